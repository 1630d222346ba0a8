"""Two models on the same documents: how much better one is, with what certainty, and how often they disagree.

Each document gives a difference, candidate minus champion, and may weigh more than another.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentinel.evidence.bootstrap import FEW, Numbers, effective, limits, resampled, units
from sentinel.evidence.interval import variance_at
from sentinel.evidence.tails import binomial_at_most, normal_quantile

COUNTS, BOOTSTRAP = "counts", "bootstrap"


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus champion: the estimate, its one-sided limits, and the documents that it rests on."""

    estimate: float
    lower: float
    upper: float
    n: int
    wins: int
    """Documents on which only the candidate is right, or is the better of the two."""
    losses: int
    p: float
    """Exact McNemar: how likely so lopsided a disagreement is where neither is better, on both sides."""
    how: str
    """What the limits come from: the counts, or a bootstrap where documents weigh differently or belong together."""

    @property
    def disagreement(self) -> float:
        """The share of documents on which the two disagree."""
        return (self.wins + self.losses) / self.n if self.n else 0.0


def difference(
    candidate: Numbers, champion: Numbers, weights: Numbers | None = None, groups: NDArray[np.int64] | None = None,
    *, alpha: float = 0.05, seed: int = 0,
) -> Difference:  # fmt: skip
    """Compare two models' values on the same documents, in the same order."""
    gaps = candidate - champion
    wins, losses, n = int((gaps > 0).sum()), int((gaps < 0).sum()), len(gaps)
    if weights is None and groups is None and bool(np.isin(gaps, (-1.0, 0.0, 1.0)).all()):
        return of_counts(wins, losses, n, alpha=alpha)
    weight = np.ones(n) if weights is None else weights
    estimate, p = float(weight @ gaps / weight.sum()), mcnemar(wins, losses)
    sums, sizes = units(gaps * weight, weight, groups)
    rows, mean = effective(sizes), sums / sizes
    # what each unit gains or loses counts as so much of a document won or lost: no spread is wider
    won, lost = (rows * float(sizes @ np.maximum(side * mean, 0)) / float(sizes.sum()) for side in (1, -1))
    if won + lost < FEW:
        low, high = (_score_limit(won, lost, rows, alpha, side) for side in (-1, 1))
        return Difference(estimate, low, high, n, wins, losses, p, COUNTS)
    return Difference(estimate, *limits(resampled(sums, sizes, seed), alpha), n, wins, losses, p, BOOTSTRAP)


def of_counts(wins: int, losses: int, n: int, *, alpha: float = 0.05) -> Difference:
    """The same, where a document is right or wrong and weighs as much as any other: the counts say it all.

    Score limits: they hold however few disagree, and need no chance.
    """
    estimate = (wins - losses) / n if n else 0.0
    lower, upper = (_score_limit(wins, losses, n, alpha, side) for side in (-1, 1))
    return Difference(estimate, lower, upper, n, wins, losses, mcnemar(wins, losses), COUNTS)


def mcnemar(wins: int, losses: int) -> float:
    """Exact McNemar, two-sided: a fair coin for each document on which the two disagree."""
    return min(1.0, 2 * binomial_at_most(min(wins, losses), wins + losses, 0.5))


def _score_limit(wins: float, losses: float, n: float, alpha: float, side: int) -> float:
    """One side of the score interval: the true mean at which the estimate is only just likely enough."""
    if not n:
        return float(side)
    z, estimate = normal_quantile(1 - alpha), (wins - losses) / n
    near, far = estimate, float(side)
    for _ in range(60):
        middle = (near + far) / 2
        if abs(n * (estimate - middle)) <= z * math.sqrt(n * variance_at(middle, wins, losses, n)):
            near = middle
        else:
            far = middle
    return near
