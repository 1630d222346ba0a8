"""The bootstrap: what a weighted mean would be had other documents come, by drawing those that came, over and over.

Documents that belong together (repeats, near-duplicates) are drawn together: they are one unit. A unit is two sums, of
weighted values and of weights; equal units are drawn as one, since a multinomial over the distinct ones is the same.
"""

import numpy as np
from numpy.typing import NDArray

DRAWS = 10_000
FEW = 10
"""With fewer units than this that differ, resampling them says less than counting them does."""
_FEW_DISTINCT = 256
_CHUNK = 2**17
"""So many draws at once: they stay in the cache of a core."""

Numbers = NDArray[np.float64]


def resampled(sums: Numbers, sizes: Numbers, seed: int, draws: int = DRAWS) -> Numbers:
    """Weighted means of so many resamples of the units, drawn with replacement."""
    chance = np.random.default_rng(seed)
    n = len(sums)
    units, counts = np.unique(np.stack([sums, sizes], axis=1), axis=0, return_counts=True)
    if len(units) <= _FEW_DISTINCT:
        times = chance.multinomial(n, counts / n, size=draws)
        return np.asarray((times @ units[:, 0]) / (times @ units[:, 1]))
    drawn, alike = np.empty(draws), bool((sizes == sizes[0]).all())
    step = max(1, _CHUNK // n)
    for start in range(0, draws, step):
        chosen = chance.integers(0, n, size=(min(step, draws - start), n))
        whole = n * sizes[0] if alike else sizes.take(chosen).sum(axis=1)
        drawn[start : start + step] = sums.take(chosen).sum(axis=1) / whole
    return drawn


def units(sums: Numbers, sizes: Numbers, groups: NDArray[np.int64] | None) -> tuple[Numbers, Numbers]:
    """The units of documents: the two sums of each, where those of a group are one."""
    if groups is None:
        return sums, sizes
    _, index = np.unique(groups, return_inverse=True)
    return np.bincount(index, sums).astype(float), np.bincount(index, sizes).astype(float)


def effective(sizes: Numbers) -> float:
    """How many units of equal weight these are worth."""
    return float(sizes.sum() ** 2 / (sizes**2).sum()) if len(sizes) else 0.0


def limits(drawn: Numbers, alpha: float) -> tuple[float, float]:
    """The one-sided limits of what was drawn: this share lies below the one, and above the other."""
    lower, upper = np.quantile(drawn, (alpha, 1 - alpha))
    return float(lower), float(upper)
