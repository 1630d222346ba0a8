"""How high a measure is on a set of documents, with its one-sided limits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentinel.evidence.bootstrap import Numbers, limits, resampled, units
from sentinel.evidence.tails import beta_quantile


@dataclass(frozen=True, slots=True)
class Level:
    """The estimate, its one-sided limits, and the documents that it rests on."""

    estimate: float
    lower: float
    upper: float
    n: int


def share(right: int, n: int, alpha: float = 0.05) -> Level:
    """A share of documents that are right or wrong, with exact limits."""
    lower = beta_quantile(right, n - right + 1, alpha) if right else 0.0
    upper = beta_quantile(right + 1, n - right, 1 - alpha) if right < n else 1.0
    return Level(right / n if n else 0.0, lower, upper, n)


def level(
    values: Numbers, weights: Numbers | None = None, groups: NDArray[np.int64] | None = None, *, alpha: float = 0.05,
    seed: int = 0,
) -> Level:  # fmt: skip
    """A measure of any sort: exact where it is a plain share, resampled where it is not."""
    if weights is None and groups is None and bool(np.isin(values, (0.0, 1.0)).all()):
        return share(int(values.sum()), len(values), alpha)
    weight = np.ones(len(values)) if weights is None else weights
    drawn = resampled(*units(values * weight, weight, groups), seed)
    return Level(float(weight @ values / weight.sum()), *limits(drawn, alpha), len(values))
