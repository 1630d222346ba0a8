"""What rows look like, counted: a profile of a dataset, small enough to keep and to send, and to compare with another.

A feature is a field, or something told of it: `text.length`. Numbers compare where both were counted over the same
bins, those of a reference; everything else compares by name. Profiles over the same bins add up.
"""

from dataclasses import dataclass, field

NUMBER, CATEGORY, TEXT = "number", "category", "text"
MOST_WITHIN = 20
"""Of a feature that takes one of a few values, so many are told apart in the rows of one label."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A numeric feature: counts between edges, and what its own quantiles, mean and variance are."""

    edges: tuple[float, ...]
    """Each bin reaches up to its edge, the edge included; one more bin lies above the last."""
    coarse: tuple[float, ...]
    """Those of the edges that part the reference into tenths."""
    counts: tuple[int, ...]
    nulls: int
    mean: float
    variance: float
    quantiles: tuple[float, ...]
    """Its own, at equal distances from the least to the largest, whatever the edges."""

    @property
    def rows(self) -> int:
        """How many rows have a value."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Values:
    """A feature that takes one of a few values: how often each; those beyond the most frequent are counted together."""

    counts: dict[str, int]
    others: int
    nulls: int

    @property
    def rows(self) -> int:
        """How many rows have a value."""
        return sum(self.counts.values()) + self.others

    @property
    def first(self) -> tuple[str, ...]:
        """The values that are told apart in the rows of one label: the most frequent."""
        return tuple(sorted(self.counts, key=lambda value: (-self.counts[value], value))[:MOST_WITHIN])


@dataclass(frozen=True, slots=True)
class Words:
    """In how many of so many texts each frequent word stands. A word that is not told stands in at most `least`."""

    rows: int
    counts: dict[str, int]
    least: int


@dataclass(frozen=True, slots=True)
class Within:
    """The same features in the rows of one label, over fewer bins."""

    rows: int
    counts: dict[str, tuple[int, ...]]
    """Of numbers: between the coarse edges, and nulls. Of values: the reference's first ones, and all the rest."""
    words: dict[str, Words]


@dataclass(frozen=True, slots=True)
class Mass:
    """Rows that say the same, or nearly: how many, and what the first of them says."""

    rows: int
    says: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A dataset's profile."""

    rows: int
    fields: dict[str, str]
    """The kind of each field: number, category or text."""
    numbers: dict[str, Numbers]
    values: dict[str, Values]
    words: dict[str, Words]
    label: str | None = None
    labels: dict[str, int] = field(default_factory=dict)
    unlabelled: int = 0
    within: dict[str, Within] = field(default_factory=dict)
    """By label."""
    described: int = 0
    """How many rows the features of texts and those within labels were taken from: all, or an even sample of them."""
    masses: tuple[Mass, ...] = ()
    """The largest groups of rows that say nearly the same, the largest first."""
    history: tuple[dict[str, int], ...] = ()
    """The labels of the datasets that this one came after, the latest first."""
    strays: dict[str, int] = field(default_factory=dict)
    """Of fields that the reference has as numbers, in how many rows each held something that is none."""
    version: int = 1
