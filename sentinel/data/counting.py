"""Counting one feature, a few rows at a time: between the edges of its bins, or value by value."""

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sentinel.domain.profile import Numbers, Values

BINS = 257
QUANTILES = 33
MOST_KEPT = 1000
"""Values of a category that have a count of their own."""
_FINE = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bins:
    edges: Floats
    coarse: Floats


def bins_of(column: pl.Series, usual: Numbers | None) -> Bins:
    """The bins of a reference, where it has the feature; else those of these values."""
    if usual is not None:
        return Bins(np.array(usual.edges), np.array(usual.coarse))
    return own_bins(finite(column))


def own_bins(values: Floats) -> Bins:
    """Edges at the quantiles of these values; where one value is so frequent that edges meet, there are fewer."""
    if not len(values):
        return Bins(np.empty(0), np.empty(0))
    ordered = np.sort(values)
    edges = np.array(_short(np.unique(_quantiles(ordered, BINS + 1)[1:-1])))
    tenths = _quantiles(ordered, 11)[1:-1]
    coarse = np.unique(edges[np.minimum(np.searchsorted(edges, tenths), len(edges) - 1)])
    return Bins(edges, coarse)


def _quantiles(ordered: Floats, points: int) -> Floats:
    places = np.linspace(0, len(ordered) - 1, points).round().astype(int)
    taken: Floats = ordered[places]
    return taken


def finite(column: pl.Series) -> Floats:
    held = column.drop_nulls().cast(pl.Float64).to_numpy()
    with np.errstate(invalid="ignore"):  # one infinity less another is none of our business
        is_finite = bool(np.isfinite(held.sum()))
    return held if is_finite else held[np.isfinite(held)]


def _short(values: Floats) -> list[float]:
    """Values in their order with as few digits as tell each from its neighbours a thousand times over."""
    if len(values) < 2:
        return list(values.tolist())
    gaps = np.diff(values)
    nearest = np.minimum(np.append(gaps, np.inf), np.append(np.inf, gaps))
    return [
        round(value, _FINE - math.floor(math.log10(gap))) if 0 < gap < math.inf else value
        for value, gap in zip(values.tolist(), nearest.tolist(), strict=True)
    ]


@dataclass
class Counting:
    """A numeric feature as it is counted."""

    bins: Bins
    counts: NDArray[np.int64] = field(init=False)
    rows: int = 0
    nulls: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: float = math.inf
    most: float = -math.inf

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.bins.edges) + 1, dtype=np.int64)

    def add(self, column: pl.Series) -> None:
        """Count some more values."""
        values = finite(column)
        self.nulls += len(column) - len(values)
        if not len(values):
            return
        ordered = np.sort(values)
        self.counts += _counted(ordered, self.bins.edges)
        n, mean = len(values), float(values.mean())
        squares = float(values.var()) * n
        apart, both = mean - self.mean, self.rows + n
        self.mean += apart * n / both
        self.squares += squares + apart * apart * self.rows * n / both
        self.rows = both
        self.least, self.most = min(self.least, float(ordered[0])), max(self.most, float(ordered[-1]))

    def told(self, sample: pl.Series) -> Numbers:
        """What was counted."""
        own = np.sort(finite(sample))
        if len(own):
            own[0], own[-1] = self.least, self.most
        points = _short(_quantiles(own, QUANTILES)) if len(own) else []
        return Numbers(
            tuple(self.bins.edges.tolist()), tuple(self.bins.coarse.tolist()), tuple(self.counts.tolist()), self.nulls,
            self.mean, self.squares / self.rows if self.rows else 0.0, tuple(points),
        )  # fmt: skip


def _counted(ordered: Floats, edges: Floats) -> NDArray[np.int64]:
    """How many values lie in each bin, of values in their order."""
    below = np.searchsorted(ordered, edges, side="right")
    return np.diff(below, prepend=0, append=len(ordered))


@dataclass
class Taking:
    """A feature that takes one of a few values, as it is counted."""

    counts: Counter[str] = field(default_factory=Counter)
    nulls: int = 0
    lost: int = 0

    def add(self, column: pl.Series) -> None:
        """Count some more values."""
        found = column.cast(pl.String).rename("value").value_counts(name="rows")
        for value, rows in found.iter_rows():
            if value is None:
                self.nulls += rows
            else:
                self.counts[value] += rows
        if len(self.counts) > 20 * MOST_KEPT:
            kept = Counter(dict(_ranked(self.counts)[: 10 * MOST_KEPT]))
            self.lost += self.counts.total() - kept.total()
            self.counts = kept

    def told(self) -> Values:
        """What was counted."""
        kept = dict(_ranked(self.counts)[:MOST_KEPT])
        return Values(kept, self.counts.total() - sum(kept.values()) + self.lost, self.nulls)


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))
