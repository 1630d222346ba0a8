"""How far two distributions are apart, less what chance alone would show, and how sure it is that they differ.

Both are counts over the same bins: of a reference, and of what is compared with it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentinel.evidence.tails import chi_square_above

RARE = 5
"""Bins where fewer rows than this are to be expected are counted together."""
_DRAWS = 400
_HALF = 0.5

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]
Distance = Callable[[Counts, Counts], Numbers]


@dataclass(frozen=True, slots=True)
class Apart:
    """What lies between two distributions: the effect less its bias, and the p-value of there being none."""

    effect: float
    p: float
    raw: float
    bins: int


def psi(reference: Counts, now: Counts, seed: int = 0) -> Apart:
    """The population stability index, less what as many rows of one distribution show on average."""
    return _debiased(reference, now, _psi, seed)


def js(reference: Counts, now: Counts, seed: int = 0) -> Apart:
    """The Jensen-Shannon distance in bits, less what as many rows of one distribution show on average."""
    return _debiased(reference, now, _js, seed)


def ks(reference: Counts, now: Counts) -> Apart:
    """The largest gap between two cumulative distributions over ordered bins, less its mean under no difference."""
    n, m = int(reference.sum()), int(now.sum())
    if not n or not m:
        return Apart(0.0, 1.0, 0.0, len(reference))
    gap = float(np.abs(np.cumsum(reference) / n - np.cumsum(now) / m).max())
    root = math.sqrt(n * m / (n + m))
    # the mean of Kolmogorov's distribution is √(π/2)·ln 2
    bias = math.sqrt(math.pi / 2) * math.log(2) / root
    return Apart(max(0.0, gap - bias), kolmogorov_above((root + 0.12 + 0.11 / root) * gap), gap, len(reference))


def kolmogorov_above(value: float) -> float:
    """The share of Kolmogorov's distribution above a value."""
    if value < 0.2:
        return 1.0
    terms = ((-1) ** (step - 1) * math.exp(-2 * (step * value) ** 2) for step in range(1, 101))
    return min(1.0, max(0.0, 2 * math.fsum(terms)))


def homogeneous(reference: Counts, now: Counts) -> float:
    """Chi-square's p-value that both come from one distribution; empty bins say nothing."""
    held = np.stack([reference, now])[:, reference + now > 0].astype(float)
    rows, columns = held.sum(axis=1, keepdims=True), held.sum(axis=0, keepdims=True)
    if held.shape[1] < 2 or not rows.all():
        return 1.0
    expected = rows * columns / held.sum()
    return chi_square_above(float(((held - expected) ** 2 / expected).sum()), held.shape[1] - 1)


def as_expected(counts: Counts, shares: Numbers) -> float:
    """Chi-square's p-value that counts come from these shares."""
    expected = counts.sum() * shares / shares.sum()
    return chi_square_above(float(((counts - expected) ** 2 / expected).sum()), len(counts) - 1)


def pooled(reference: Counts, now: Counts) -> tuple[Counts, Counts]:
    """The same counts, with the bins taken together in which too few rows are to be expected on either side."""
    both = reference + now
    total = both.sum()
    if not total:
        return reference, now
    rare = both * (min(reference.sum(), now.sum()) / total) < RARE
    if rare.sum() < 2:
        return reference, now
    return tuple(np.append(each[~rare], each[rare].sum()) for each in (reference, now))  # type: ignore[return-value]


def _debiased(reference: Counts, now: Counts, distance: Distance, seed: int) -> Apart:
    held, new = pooled(reference, now)
    if not held.sum() or not new.sum():
        return Apart(0.0, 1.0, 0.0, len(held))
    raw = float(distance(held[None, :], new[None, :])[0])
    # every way to deal the same rows to two sides is as likely where they come from one distribution
    dealt = np.random.default_rng(seed).multivariate_hypergeometric(
        held + new, int(new.sum()), size=_DRAWS, method="marginals"
    )
    usual = float(distance((held + new)[None, :] - dealt, dealt).mean())
    return Apart(max(0.0, raw - usual), homogeneous(held, new), raw, len(held))


def _shares(counts: Counts) -> Numbers:
    return np.asarray((counts + _HALF) / (counts.sum(axis=1, keepdims=True) + _HALF * counts.shape[1]))


def _psi(reference: Counts, now: Counts) -> Numbers:
    p, q = _shares(reference), _shares(now)
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=1))


def _js(reference: Counts, now: Counts) -> Numbers:
    p, q = _shares(reference), _shares(now)
    middle = (p + q) / 2
    bits = (p * np.log2(p / middle) + q * np.log2(q / middle)).sum(axis=1) / 2
    return np.asarray(np.sqrt(np.maximum(bits, 0.0)))
