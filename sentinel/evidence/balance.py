"""Labels against those of the sets that were accepted before: each class within the range that it has had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sentinel.evidence.distances import homogeneous, js
from sentinel.evidence.multiplicity import holm

SURE = 0.01
FEWEST = 200
"""Fewer labels than this say nothing."""

Labels = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outside:
    """A class whose share lies outside the range that it has had."""

    name: str
    share: float
    low: float
    high: float
    p: float

    @property
    def by(self) -> float:
        """How far outside."""
        return max(self.share - self.high, self.low - self.share, 0.0)


@dataclass(frozen=True, slots=True)
class Balance:
    """How the labels lie against those before."""

    n: int
    sets: int
    effect: float
    """The Jensen-Shannon distance to the nearest of the sets before, less what chance shows."""
    p: float
    classes: tuple[Outside, ...]
    """The farthest outside first."""


def balance(now: Labels, before: Sequence[Labels], seed: int = 0) -> Balance:
    """Hold labels against those of the sets before, as far as those have labels enough."""
    told = [each for each in before if sum(each.values()) >= FEWEST]
    n = sum(now.values())
    if not told or n < FEWEST:
        return Balance(n, len(told), 0.0, 1.0, ())
    names = sorted({*now, *(name for each in told for name in each)})
    drawn = np.array([now.get(name, 0) for name in names])
    apart = [js(np.array([each.get(name, 0) for name in names]), drawn, seed) for each in told]
    nearest = min(apart, key=lambda each: each.effect)
    found = [_outside(name, now, told) for name in names]
    adjusted = holm([each.p for each in found])
    classes = [Outside(o.name, o.share, o.low, o.high, p) for o, p in zip(found, adjusted, strict=True)]
    return Balance(
        n, len(told), nearest.effect, nearest.p, tuple(sorted(classes, key=lambda each: (-each.by, each.name)))
    )


def _outside(name: str, now: Labels, before: Sequence[Labels]) -> Outside:
    """A class against its range; the p-value is that of its share being that of the nearest of the sets before."""
    n, count = sum(now.values()), now.get(name, 0)
    had = [(each.get(name, 0) / sum(each.values()), each.get(name, 0), sum(each.values())) for each in before]
    share, low, high = count / n, min(had), max(had)
    if low[0] <= share <= high[0]:
        return Outside(name, share, low[0], high[0], 1.0)
    _, rows, of = low if share < low[0] else high
    p = homogeneous(np.array([rows, of - rows]), np.array([count, n - count]))
    return Outside(name, share, low[0], high[0], p)
