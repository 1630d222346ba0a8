"""The bootstrap: what a weighted mean would be had other documents come, by drawing those that came, over and over.

Documents that belong together (repeats, near-duplicates) are drawn together: they are one unit. A unit is two sums, of
weighted values and of weights; equal units are drawn as one, since a multinomial over the distinct ones is the same.
Where few are equal, those of nearly the same value are drawn as one, and how far they differ is put back as chance.
"""

import numpy as np
from numpy.typing import NDArray

DRAWS = 10_000
FEW = 10
"""With fewer units than this that differ, resampling them says less than counting them does."""
_FEW_DISTINCT = 256
_POOLS = 16
"""Units of nearly the same value are in one of so many pools, all equally wide."""
_CHUNK = 2**17
"""So many draws at once: they stay in the cache of a core."""

Numbers = NDArray[np.float64]


def resampled(sums: Numbers, sizes: Numbers, seed: int, draws: int = DRAWS) -> Numbers:
    """Weighted means of so many resamples of the units, drawn with replacement."""
    chance = np.random.default_rng(seed)
    n = len(sums)
    units, counts = np.unique(np.stack([sums, sizes], axis=1), axis=0, return_counts=True)
    alike = bool((sizes == sizes[0]).all())
    if len(units) <= (2 * _POOLS if alike else _FEW_DISTINCT):
        times = chance.multinomial(n, counts / n, size=draws)
        return np.asarray((times @ units[:, 0]) / (times @ units[:, 1]))
    if alike:
        return np.asarray(_pooled(sums, draws, chance) / (n * sizes[0]))
    drawn = np.empty(draws)
    step = max(1, _CHUNK // n)
    for start in range(0, draws, step):
        chosen = chance.integers(0, n, size=(min(step, draws - start), n))
        drawn[start : start + step] = sums.take(chosen).sum(axis=1) / sizes.take(chosen).sum(axis=1)
    return drawn


def _pooled(values: Numbers, draws: int, chance: np.random.Generator) -> Numbers:
    """Sums of so many resamples of units of equal weight: how many come from each pool, and what they differ within it.

    A pool of few units is narrow, and one of many units adds up to a normal sum: either way little is left to err in.
    """
    low, high = values.min(), values.max()
    pools = ((values - low) * (_POOLS / (high - low))).astype(np.int64).clip(max=_POOLS - 1)
    counts = np.bincount(pools, minlength=_POOLS)
    there = counts > 0
    means = np.bincount(pools, values, _POOLS)[there] / counts[there]
    apart = (values - (np.bincount(pools, values, _POOLS) / np.maximum(counts, 1))[pools]) ** 2
    spreads = np.bincount(pools, apart, _POOLS)[there] / counts[there]
    times = chance.multinomial(len(values), counts[there] / len(values), size=draws)
    return np.asarray(times @ means + np.sqrt(times @ spreads) * chance.standard_normal(draws))


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


def studentised(sums: Numbers, sizes: Numbers, alpha: float, seed: int, draws: int = 2000) -> tuple[float, float]:
    """The one-sided limits of a weighted mean whose units lie far to one side, by the bootstrap of its t.

    Where few units hold most of the sum, plain limits are too narrow on that side: a sample without such a unit looks
    both lower and surer than it is. How far resamples lie from the mean in their own standard errors shows that.
    """
    chance = np.random.default_rng(seed)
    n, mean = len(sums), float(sums.sum() / sizes.sum())
    own = _error(sums, sizes, np.asarray(mean))
    if n < FEW or own == 0:
        return mean, mean
    scores = np.empty(draws)
    step = max(1, _CHUNK // n)
    for start in range(0, draws, step):
        chosen = chance.integers(0, n, size=(min(step, draws - start), n))
        some, weights = sums.take(chosen), sizes.take(chosen)
        means = some.sum(axis=1) / weights.sum(axis=1)
        errors = np.maximum(_error(some, weights, means[:, None]), own * 1e-6)
        scores[start : start + step] = (means - mean) / errors
    low, high = np.quantile(scores, (alpha, 1 - alpha))
    return mean - float(high) * float(own), mean - float(low) * float(own)


def _error(sums: Numbers, sizes: Numbers, mean: Numbers) -> Numbers:
    """The standard error of a weighted mean, from how far each unit's sum is from what the mean would make it."""
    n = sums.shape[-1]
    apart = ((sums - mean * sizes) ** 2).sum(axis=-1)
    return np.asarray(np.sqrt(apart * n / (n - 1)) / sizes.sum(axis=-1))
