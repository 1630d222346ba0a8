"""An outcome: a label that came back for one served answer, and why that answer was labelled.

The same answer may be labelled for several reasons, each an outcome of its own. Only one that was chosen with a known
chance says how good a line is; the others train.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from sentinel.domain import measure
from sentinel.domain.digest import Json, digest_of
from sentinel.domain.event import Happened, on_record, upgrade
from sentinel.domain.measure import Measured
from sentinel.domain.moment import format_moment
from sentinel.domain.quantity import DAY
from sentinel.domain.refusal import Refusal

AUDIT, CORRECTION, FEEDBACK, INFORMATIVE = "audit", "correction", "feedback", "informative"
WHYS = (AUDIT, CORRECTION, FEEDBACK, INFORMATIVE)
"""Picked at random; put right by somebody who met it; volunteered; picked since the model was unsure."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells of one answer: how good it was, why they looked, and by what chance they came to."""

    id: str
    at: int
    """When the answer was served."""
    value: float
    """1 for right and 0 for wrong; else a score between them."""
    counts: bool
    why: str
    chance: float | None = None
    """How likely it was that this answer would be labelled; None where nobody knows."""
    version: str | None = None
    answer: str | None = None
    label: str | None = None
    """What the answer should have been, where it is a word."""


@on_record
@dataclass(frozen=True, slots=True)
class OutcomeTaken(Happened):
    """A label came in for a served answer."""

    line: str
    told: Told
    due: int
    """From when on it counts: early complaints are no drift."""


@on_record
@dataclass(frozen=True, slots=True)
class OutcomeRetold(Happened):
    """The same answer was labelled once more, to see how far labels can be trusted."""

    value: float
    label: str | None
    because: str


@on_record
@dataclass(frozen=True, slots=True)
class OutcomeSettled(Happened):
    """An outcome got its place in the order in which labels settle, in the round that ended at `slot`."""

    number: int
    slot: int
    late: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """A label as it stands on record."""

    name: str
    line: str = ""
    told: Told | None = None
    due: int = 0
    taken_at: int = 0
    actor: str = ""
    again: tuple[float, ...] = ()
    """What it was worth by each further label."""
    number: int | None = None
    slot: int | None = None
    late: bool = False


@on_record
@dataclass(frozen=True, slots=True)
class SlotClosed(Happened):
    """A round of settling is over: all that had come in for it has its number, and was counted."""

    VERSION: ClassVar[int] = 2

    slot: int
    next: int
    counted: int
    """Those of the round that were left to a known chance."""


@upgrade("SlotClosed", 1)
def _uncounted(payload: Json) -> Json:
    """What had counted by then no gate waits for."""
    return {**payload, "counted": 0}


@on_record
@dataclass(frozen=True, slots=True)
class FileFollowed(Happened):
    """Lines of the file that a line's outcomes are written to were read, up to here."""

    file: str
    head: str
    """A name for which file it is and the last that was read of it: a file that was put in its place has another."""
    offset: int
    taken: int
    lines: int
    faulty: int
    fault: str
    """What is wrong with the last line that could not be taken; nothing where all could."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How far a file has been read."""

    file: str = ""
    head: str = ""
    offset: int = 0
    taken: int = 0
    lines: int = 0
    faulty: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """How far the outcomes of a line have settled, and how far the file that brings them has been read."""

    line: str
    closed: int = 0
    """The end of the last round that is over."""
    next: int = 0
    """The number that the next outcome gets."""
    counted: int = 0
    """How many of them, in rounds that are over, say how good the line is: they were left to a known chance."""
    followed: Followed | None = None


def outcome_name(line: str, id: str, why: str) -> str:
    """The name of an outcome's stream: an answer is labelled once for each reason."""
    return digest_of([line, id, why])[:32]


def evolve(outcome: Outcome, body: Happened, at: int, actor: str = "") -> Outcome:
    """The outcome after one more event."""
    match body:
        case OutcomeTaken(line=line, told=told, due=due):
            whole = replace(told, value=float(told.value), chance=None if told.chance is None else float(told.chance))
            return replace(outcome, line=line, told=whole, due=due, taken_at=at, actor=actor)
        case OutcomeRetold(value=value):
            return replace(outcome, again=(*outcome.again, float(value)))
        case OutcomeSettled(number=number, slot=slot, late=late):
            return replace(outcome, number=number, slot=slot, late=late)
    raise TypeError(f"{type(body).__name__} is no event of an outcome")


def evolve_settling(settling: Settling, body: Happened, at: int, actor: str = "") -> Settling:
    """How far a line's outcomes have settled, after one more event."""
    match body:
        case SlotClosed(slot=slot, next=number, counted=counted):
            return replace(settling, closed=slot, next=number, counted=settling.counted + counted)
        case FileFollowed(file=file, head=head, offset=offset, taken=taken, lines=lines, faulty=faulty, fault=fault):
            return replace(settling, followed=Followed(file, head, offset, taken, lines, faulty, fault))
    raise TypeError(f"{type(body).__name__} is no event of a line's outcomes")


def take(outcome: Outcome, told: Told, line: str, settle: int, at: int, known: Iterable[Outcome] = ()) -> (
    list[Happened] | Refusal
):  # fmt: skip
    """The events of a label that comes in: none where it is there already. `known` are the answer's other labels."""
    wrong = _wrong(told, at)
    if wrong is not None:
        return wrong
    held = outcome.told
    if held is not None:
        return [] if _same(held, told) else _other(held)
    # the same answer counts once: a second chance at it tells nothing new
    counted = any(each.told is not None and each.told.chance is not None for each in known)
    once = replace(told, chance=None) if counted else told
    return [OutcomeTaken(line, once, told.at + settle)]


def retell(outcome: Outcome, value: float, label: str | None, because: str) -> list[Happened] | Refusal:
    """The event of a further label of the same answer, which only shows how far labels can be trusted."""
    if outcome.told is None:
        return Refusal("E-unknown-outcome", "This answer has not been labelled yet.", todo="Label it first.")
    if not 0 <= value <= 1:
        return Refusal("E-outcome", f"{value:g} is no share.", todo="Give right or wrong, or a score in 0..1.")
    return [OutcomeRetold(value, label, because)]


def _wrong(told: Told, at: int) -> Refusal | None:
    if told.why not in WHYS:
        return Refusal("E-outcome", f"{told.why!r} is no reason to label an answer.", todo=f"One of {', '.join(WHYS)}.")
    if not 0 <= told.value <= 1 or (told.counts and told.value not in (0.0, 1.0)):
        return Refusal("E-outcome", f"{told.value:g} is neither right nor wrong, nor a score.",
                       todo="Give `right: true` or `false`, or `score` in 0..1.")  # fmt: skip
    if told.chance is not None and not 0 < told.chance <= 1:
        return Refusal("E-outcome", f"{told.chance:g} is no chance.", todo="Give `chance` above 0 and at most 1.")
    if told.why == INFORMATIVE and told.chance is not None:
        return Refusal("E-outcome", "What was picked since the model was unsure was not left to chance.",
                       todo="Leave `chance` out.")  # fmt: skip
    if told.at < 0 or told.at > at + DAY:
        return Refusal("E-outcome", f"{format_moment(told.at)} has not been.", todo="`at` is when it was served.")
    return None


def _same(one: Told, other: Told) -> bool:
    """Whether two say the same of an answer; who says it twice need not know the version or the chance again."""
    return (one.value, one.counts, one.at) == (other.value, other.counts, other.at) and (
        other.label is None or one.label is None or one.label == other.label
    )


def _other(held: Told) -> Refusal:
    word = f"{held.value:g}" if not held.counts else "right" if held.value else "wrong"
    what = f"{held.id} was labelled as {word} already, served {format_moment(held.at)}, by {held.why}."
    return Refusal("E-outcome-changed", what, todo="A label never changes: tell it as a correction, or as another id.")


def slot_of(due: int, every: int, closed: int) -> int:
    """The end of the round in which an outcome settles: the first that is not over."""
    return max(-(-due // every) * every, closed + every if closed else 0)


def measured(told: Sequence[Told]) -> Measured | None:
    """How good a line was by these labels; None where none of them was left to a known chance.

    An answer that had a small chance stands for many. Labels of unlike chances are worth fewer: n is what as many alike
    ones would be worth.
    """
    held = [each for each in told if each.chance is not None]
    if not held:
        return None
    weights = [1 / (each.chance or 1.0) for each in held]
    return measure.measured([each.value for each in held], all(each.counts for each in held), weights)
