"""Shadow scoring: what matures a version, who holds a slot for it, and how long the others wait.

A week in which nothing was measured counts for nothing: else much on the first day and a little four weeks later would
pass for four weeks.

Slots go to the oldest versions that have not matured, each until it has. Newest first would starve exactly those: a
version would be pushed out each time that a newer one comes, and none would ever see its four weeks.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import ceil

from sentinel.domain.feed import TIME, Signal
from sentinel.domain.quantity import DAY, WEEK

LEAST = 28 * DAY
"""Four weeks: every day of the week four times, and the turn of a month."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What a version needs before it may challenge: to have been scored for so long, on so many outcomes."""

    outcomes: int
    ms: int = LEAST
    set: str = "canary"


@dataclass(frozen=True, slots=True)
class Maturity:
    """How far a version has matured: what came in on it since it was registered."""

    needed: Needed
    ms: int = 0
    """From the first moment that was scored to the last, without the weeks in which nothing was."""
    n: float = 0.0
    value: float = 0.0
    """So much of n was right; of means, their sum weighted by rows."""
    squares: float | None = None
    """Of means, the sum of the variances weighted by rows; None of counts."""

    @property
    def mature(self) -> bool:
        """Whether it may challenge."""
        return self.ms >= self.needed.ms and self.n >= self.needed.outcomes

    @property
    def share(self) -> float:
        """How much of the way it has gone, by what lacks most."""
        parts = [self.ms / self.needed.ms if self.needed.ms else 1.0]
        parts += [self.n / self.needed.outcomes] if self.needed.outcomes else []
        return min(1.0, *parts)

    @property
    def debt(self) -> str:
        """What it lacks, in words; nothing where it is mature."""
        lacks = []
        if self.ms < self.needed.ms:
            days = -(-(self.needed.ms - self.ms) // DAY)
            lacks.append(f"{days} more {'day' if days == 1 else 'days'}")
        if self.n < self.needed.outcomes:
            lacks.append(f"{ceil(self.needed.outcomes - self.n)} more outcomes")
        return " and ".join(lacks)


def maturity_of(signals: Iterable[Signal], registered_at: int, needed: Needed) -> Maturity:
    """How far the signals of a version's shadow have brought it.

    What was measured before the version was made counts for nothing: it may have learned from that very time.
    """
    held = [each for each in signals if each.n > 0 and _began(each) >= registered_at]
    if not held:
        return Maturity(needed)
    means = held[0].variance is not None
    return Maturity(
        needed,
        _watched([(_began(each), _ended(each)) for each in held]),
        sum(each.n for each in held),
        sum(each.value * each.n if means else each.value for each in held),
        sum((each.variance or 0.0) * each.n for each in held) if means else None,
    )


def _watched(spans: Collection[tuple[int, int]]) -> int:
    """How long something was watched: from the first moment to the last, without the weeks between in which none is."""
    first, last = min(began for began, _ in spans), max(ended for _, ended in spans)
    weeks = {week for began, ended in spans for week in range((began - first) // WEEK, (ended - first) // WEEK + 1)}
    return last - first - WEEK * ((last - first) // WEEK + 1 - len(weeks))


def _began(signal: Signal) -> int:
    return signal.first if signal.of == TIME else signal.taken_at


def _ended(signal: Signal) -> int:
    return signal.last if signal.of == TIME else signal.taken_at


@dataclass(frozen=True, slots=True)
class Shadow:
    """A version that has not matured yet."""

    version: str
    registered_at: int


def in_turn(shadows: Iterable[Shadow]) -> list[Shadow]:
    """The versions in the order in which they get a slot: the oldest first."""
    return sorted(shadows, key=lambda each: (each.registered_at, each.version))


def holders(shadows: Iterable[Shadow], slots: int) -> tuple[str, ...]:
    """The versions that hold a slot."""
    return tuple(each.version for each in in_turn(shadows)[:slots])


def longest_wait(older: int, slots: int, ms: int = LEAST) -> int | None:
    """How long a version waits for its slot at most, with so many older ones before it, in ms; None without slots.

    It holds while each version matures in `ms`: one that outcomes are too few for, or that is not scored in every week,
    holds its slot for longer.
    """
    return ms * -(-older // slots) if slots > 0 else None
