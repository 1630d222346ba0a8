"""How high a measure is on a set of documents, with its one-sided limits."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sentinel.evidence.bootstrap import FEW, Numbers, effective, limits, resampled, units
from sentinel.evidence.tails import beta_quantile


@dataclass(frozen=True, slots=True)
class Level:
    """The estimate, its one-sided limits, and the documents that it rests on."""

    estimate: float
    lower: float
    upper: float
    n: int


def share(right: float, n: float, alpha: float = 0.05) -> Level:
    """A share of documents that are right or wrong, with exact limits; or of what weighted ones count for."""
    lower = beta_quantile(right, n - right + 1, alpha) if right else 0.0
    upper = beta_quantile(right + 1, n - right, 1 - alpha) if right < n else 1.0
    return Level(right / n if n else 0.0, lower, upper, round(n))


def level(
    values: Numbers, weights: Numbers | None = None, groups: NDArray[np.int64] | None = None, *, alpha: float = 0.05,
    seed: int = 0,
) -> Level:  # fmt: skip
    """A measure of any sort: exact where it is a plain share, resampled where it is not."""
    if weights is None and groups is None and bool(np.isin(values, (0.0, 1.0)).all()):
        return share(int(values.sum()), len(values), alpha)
    weight = np.ones(len(values)) if weights is None else weights
    sums, sizes = units(values * weight, weight, groups)
    estimate, rows = float(weight @ values / weight.sum()), effective(sizes)
    if rows * min(estimate, 1 - estimate) < FEW:
        # nothing lies between the units that were seen: resampling them would prove what so few cannot
        return replace(share(rows * estimate, rows, alpha), estimate=estimate, n=len(values))
    return Level(estimate, *limits(resampled(sums, sizes, seed), alpha), len(values))
