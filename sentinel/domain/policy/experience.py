"""How long a step takes, by experience: what earlier attempts took, and what that seems to depend on.

The logarithm of the time is a sum: what such steps take, what this step of its recipe adds, its node, and each
parameter and size that has varied. Each part is held back by how little has been seen of it, so that with three
attempts it is nearly their mean, and with three hundred it knows the nodes apart. Newer attempts count for more.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from sentinel.domain.quantity import DAY

Traits = Mapping[str, float | str]
"""What an attempt's time may depend on: texts and numbers by name."""

_HALF = 60
"""An attempt counts half of one that came so many after it."""
_MOST = 24
"""So many traits are told apart, those first that tell most attempts apart."""
_USUAL, _WORTH = 0.35, 3
"""The spread that is expected of anything, as a deviation of the logarithm, and how many attempts that is worth."""
_VARIES, _FAR = 0.02, 4.0
"""A number that varies by less than two in a hundred is taken for constant; how far beyond what was seen one may lie,
in deviations, before more of it says nothing more."""
_LONGEST = math.log(30 * 365 * DAY)
_SURE = 0.03
"""How far off a pace may be, near the end."""
_ENOUGH, _LATELY = 30, 120
"""From so many attempts on, the spread of the last of them is taken as it is, with its tails."""


@dataclass(frozen=True, slots=True)
class Past:
    """One attempt that came to its end."""

    ms: int
    traits: Traits


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long one attempt is expected to last: its middle, and how far it may lie from there."""

    middle: float
    spread: float
    shape: tuple[float, ...] = ()
    """What attempts missed their own middle by, in deviations, in order; nothing where too few are known."""
    known: int = 0

    def at(self, share: float) -> float:
        """The time in ms within which this share of such attempts end."""
        return math.exp(max(0.0, min(_LONGEST, self.middle + self.spread * self._off(share))))

    def rest(self, spent: int) -> Callable[[float], float]:
        """What is left of one that has lasted so long, by the share of those that lasted as long."""
        gone = min(self.over(spent), 0.98)  # what lasts far longer than any has may last longer still
        return lambda share: max(0.0, self.at(gone + share * (1 - gone)) - spent)

    def over(self, spent: int) -> float:
        """The share of its like that had ended by then."""
        low, high = 0.0, 1.0
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if self.at(min(max(middle, 1e-6), 1 - 1e-6)) <= spent else (low, middle)
        return low

    def _off(self, share: float) -> float:
        normal = NormalDist().inv_cdf(share)
        if not self.shape:
            return _heavier(normal, self.known + _WORTH - 1)
        place = share * len(self.shape) - 0.5
        if 0 <= place <= len(self.shape) - 1:
            low = min(int(place), len(self.shape) - 2)
            return self.shape[low] + (place - low) * (self.shape[low + 1] - self.shape[low])
        last = self.shape[0] if place < 0 else self.shape[-1]
        edge = NormalDist().inv_cdf(0.5 / len(self.shape))
        return last * max(1.0, normal / (edge if place < 0 else -edge))


@dataclass(frozen=True, slots=True)
class Pace:
    """How a living attempt gets on: the ms that are left if it goes on like that, and the share that it has done."""

    rest: float
    share: float


def paced(lasts: Lasts | None, spent: int, pace: Pace) -> Lasts:
    """What is expected of a living attempt: what its like have taken, and what its own pace says, as sure as each is.

    A pace is the surer the more of the work it has seen.
    """
    middle, spread = math.log(max(1.0, spent + pace.rest)), _SURE + _USUAL * (1 - pace.share) ** 2
    if lasts is None:
        return Lasts(middle, spread, (), _ENOUGH)
    # the fewer of its like have lasted as long, the less they say
    ours, theirs = spread**-2, max(lasts.spread, 1e-6) ** -2 * (1 - lasts.over(spent))
    both = (middle * ours + lasts.middle * theirs) / (ours + theirs)
    return Lasts(both, (ours + theirs) ** -0.5, (), _ENOUGH)


@dataclass(frozen=True, slots=True)
class Experience:
    """What is known of one kind of step."""

    columns: tuple["_Column", ...]
    weights: tuple[float, ...]
    certainty: tuple[tuple[float, ...], ...]
    """The inverse of what was solved: how little is known of each column."""
    spread: float
    shape: tuple[float, ...]
    known: int

    def lasts(self, traits: Traits) -> Lasts:
        """What an attempt with these traits is expected to take."""
        row = [column.of(traits) for column in self.columns]
        middle = _dot(row, self.weights)
        doubt = sum(row[i] * _dot(self.certainty[i], row) for i in range(len(row)))
        strange = sum(column.strangeness(traits, self.columns, self.weights) for column in self.columns)
        spread = math.sqrt(self.spread**2 * (1 + doubt) + strange)
        return Lasts(middle, spread, self.shape, self.known)


def experience(pasts: Sequence[Past]) -> Experience | None:
    """What these attempts teach, the newest first; None where there are none."""
    seen = [past for past in pasts if past.ms > 0]
    if not seen:
        return None
    columns = _columns(seen)
    rows = [[column.of(past.traits) for column in columns] for past in seen]
    times = [math.log(past.ms) for past in seen]
    counts = [0.5 ** (number / _HALF) for number in range(len(seen))]
    size = range(len(columns))
    held = [[sum(c * r[i] * r[j] for c, r in zip(counts, rows, strict=True)) for j in size] for i in size]
    for i, column in enumerate(columns):
        held[i][i] += column.held_back
    aims = [sum(c * r[i] * y for c, r, y in zip(counts, rows, times, strict=True)) for i in size]
    certainty = _inverse(held)
    weights = tuple(_dot(line, aims) for line in certainty)
    misses = []
    for count, row, time in zip(counts, rows, times, strict=True):
        pull = count * sum(row[i] * _dot(certainty[i], row) for i in size)
        misses.append((time - _dot(row, weights)) / max(0.05, 1 - pull))  # as if it had not been among them
    total = sum(counts)
    spread = math.sqrt((_WORTH * _USUAL**2 + sum(c * m * m for c, m in zip(counts, misses, strict=True)))
                       / (_WORTH + total))  # fmt: skip
    shape = tuple(sorted(miss / spread for miss in misses[:_LATELY])) if len(seen) >= _ENOUGH else ()
    return Experience(columns, weights, certainty, spread, shape, len(seen))


@dataclass(frozen=True, slots=True)
class _Column:
    """One thing that the time may depend on: all of it, a text that a trait may be, or the size of a number."""

    trait: str = ""
    text: str | None = None
    middle: float = 0.0
    scale: float = 1.0

    @property
    def held_back(self) -> float:
        """How many attempts' worth of doubt there is about it before any is seen."""
        return 1e-9 if not self.trait else 1.0

    def of(self, traits: Traits) -> float:
        """What an attempt with these traits has here."""
        if not self.trait:
            return 1.0
        held = traits.get(self.trait)
        if self.text is not None:
            return 1.0 if held == self.text else 0.0
        if not isinstance(held, int | float):
            return 0.0
        return max(-_FAR, min(_FAR, (_size(held) - self.middle) / self.scale))

    def strangeness(self, traits: Traits, columns: Sequence["_Column"], weights: Sequence[float]) -> float:
        """What a text adds to the doubt that nobody has seen here: as much as those differ that were seen.

        It is told of once for each trait, by its first column.
        """
        same = [weight for column, weight in zip(columns, weights, strict=True)
                if column.trait == self.trait and column.text is not None]  # fmt: skip
        if self.text is None or self is not next(each for each in columns if each.trait == self.trait):
            return 0.0
        held = traits.get(self.trait)
        if any(column.trait == self.trait and column.text == held for column in columns):
            return 0.0
        return max(_USUAL**2, sum(weight**2 for weight in same) / len(same))


def _columns(seen: Sequence[Past]) -> tuple[_Column, ...]:
    numbers: dict[str, list[float]] = {}
    texts: dict[tuple[str, str], int] = {}
    for past in seen:
        for trait, held in past.traits.items():
            if isinstance(held, str):
                texts[trait, held] = texts.get((trait, held), 0) + 1
            else:
                numbers.setdefault(trait, []).append(_size(held))
    found: list[tuple[int, _Column]] = []
    for (trait, text), times in texts.items():
        if 1 < times < len(seen):  # what was so once may be so by chance, and what was always so tells nothing
            found.append((min(times, len(seen) - times), _Column(trait, text)))
    for trait, sizes in numbers.items():
        middle = sum(sizes) / len(sizes)
        scale = math.sqrt(sum((each - middle) ** 2 for each in sizes) / len(sizes))
        if scale > _VARIES:
            found.append((len(sizes), _Column(trait, None, middle, scale)))
    found.sort(key=lambda each: (-each[0], each[1].trait, each[1].text or ""))
    return (_Column(), *(column for _, column in found[:_MOST]))


def _size(number: float) -> float:
    """Times go with the sizes of things: twice as much, so much longer."""
    return math.copysign(math.log1p(abs(number)), number)


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(map(float.__mul__, map(float, one), map(float, other)))


def _inverse(held: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """The inverse of a matrix that is symmetric and positive."""
    size = len(held)
    wide = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(held)]
    for i in range(size):
        first = max(range(i, size), key=lambda row: abs(wide[row][i]))
        wide[i], wide[first] = wide[first], wide[i]
        lead = wide[i][i]
        wide[i] = [each / lead for each in wide[i]]
        for j in range(size):
            if j != i and wide[j][i]:
                factor = wide[j][i]
                wide[j] = [a - factor * b for a, b in zip(wide[j], wide[i], strict=True)]
    return tuple(tuple(row[size:]) for row in wide)


def _heavier(normal: float, freedom: float) -> float:
    """Student's quantile of a normal one: the fewer are known, the further out."""
    cube, fifth = normal**3, normal**5
    return normal + (cube + normal) / (4 * freedom) + (5 * fifth + 16 * cube + 3 * normal) / (96 * freedom**2)
