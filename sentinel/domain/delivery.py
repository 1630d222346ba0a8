"""The outbox: one effect on the outside world each, on record before it is tried and after it is done."""

from dataclasses import dataclass, replace

from sentinel.domain.digest import Json
from sentinel.domain.event import Happened, on_record
from sentinel.domain.plan import Retry
from sentinel.domain.policy.backoff import pause_before
from sentinel.domain.quantity import DAY, HOUR, SECOND
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.moves import moved

MOVES: dict[str, frozenset[str]] = {
    "": frozenset({"waiting"}),
    "waiting": frozenset({"trying", "given-up", "overtaken"}),
    "trying": frozenset({"waiting", "done", "given-up"}),
    "done": frozenset(),
    "given-up": frozenset({"waiting", "overtaken"}),
    "overtaken": frozenset(),
}
GIVES_UP_AFTER = 7 * DAY
LONGEST_PAUSE = DAY + HOUR
"""Longer than any pause between two tries."""
_RETRY = Retry(times=0, backoff=10 * SECOND)


@on_record
@dataclass(frozen=True, slots=True)
class DeliveryIntended(Happened):
    """An effect is wanted: which, on what target, with which key and content."""

    effect: str
    target: str
    key: str
    content: Json


@on_record
@dataclass(frozen=True, slots=True)
class DeliveryTried(Happened):
    """An attempt at it starts."""

    attempt: str


@on_record
@dataclass(frozen=True, slots=True)
class DeliveryPutOff(Happened):
    """It did not succeed, and will be tried again at this time."""

    why: str
    next_at: int
    maybe_sent: bool


@on_record
@dataclass(frozen=True, slots=True)
class DeliveryDone(Happened):
    """It was done; this is what the outside answered."""

    receipt: Json


@on_record
@dataclass(frozen=True, slots=True)
class DeliveryGivenUp(Happened):
    """It will not be tried again by itself."""

    why: str


@on_record
@dataclass(frozen=True, slots=True)
class DeliveryAskedAgain(Happened):
    """A person wants what was given up to be tried once more, and for as long as at first."""


@on_record
@dataclass(frozen=True, slots=True)
class DeliveryOvertaken(Happened):
    """What was wanted later takes its place: done now, it would undo that."""

    by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One effect in the outbox."""

    id: str
    state: str = ""
    effect: str = ""
    target: str = ""
    key: str = ""
    content: Json = None
    attempts: int = 0
    live: str | None = None
    next_at: int = 0
    why: str = ""
    maybe_sent: bool = False
    receipt: Json = None
    intended_at: int = 0

    @property
    def next_attempt(self) -> str:
        """The id of the next attempt at it."""
        return f"{self.id}.{self.effect}.a{self.attempts + 1}"


def is_due(next_at: int, at: int) -> bool:
    """Whether its moment has come. One that lies further ahead than any pause was set before the clock was put back."""
    return next_at <= at or next_at > at + LONGEST_PAUSE


def is_delivery(name: str) -> bool:
    """Whether a name is that of a delivery, and not of a run."""
    return name.startswith("d") and name[1:].isdigit()


def evolve(delivery: Delivery, body: Happened, at: int, actor: str = "") -> Delivery:
    """The delivery after one more event."""
    match body:
        case DeliveryIntended(effect=effect, target=target, key=key, content=content):
            fresh = replace(delivery, effect=effect, target=target, key=key, content=content, intended_at=at)
            return _to(fresh, "waiting", next_at=at)
        case DeliveryTried(attempt=attempt):
            return _to(delivery, "trying", attempts=delivery.attempts + 1, live=attempt)
        case DeliveryPutOff(why=why, next_at=next_at, maybe_sent=maybe):
            return _to(delivery, "waiting", live=None, why=why, next_at=next_at, maybe_sent=maybe)
        case DeliveryDone(receipt=receipt):
            return _to(delivery, "done", live=None, receipt=receipt, why="")
        case DeliveryAskedAgain():
            fresh = replace(delivery, next_at=at, intended_at=at)
            return fresh if delivery.state == "waiting" else _to(fresh, "waiting")
        case DeliveryGivenUp(why=why):
            return _to(delivery, "given-up", live=None, why=why)
        case DeliveryOvertaken(by=by):
            return _to(delivery, "overtaken", why=f"{by} takes its place")
    raise TypeError(f"{type(body).__name__} is no event of a delivery")


def _to(delivery: Delivery, state: str, **more: Json) -> Delivery:
    return replace(delivery, state=moved(MOVES, f"delivery {delivery.id}", delivery.state, state), **more)


def end(
    delivery: Delivery, end: str, error: Refusal | None, receipt: Json, at: int, pause: int = 0
) -> list[Happened]:  # fmt: skip
    """What follows from the end of an attempt at it. A lost attempt may have been heard: it is shown as maybe-sent.

    `pause` is how long the other side wants not to be asked, of which a day is heeded.
    """
    if end == "succeeded":
        return [DeliveryDone(receipt)]
    why = str(error) if error is not None else end
    maybe = delivery.maybe_sent or end in ("lost", "timed-out", "stalled")
    ours = pause_before(_RETRY, delivery.attempts, delivery.live or delivery.id)
    put_off = DeliveryPutOff(why, at + max(ours, min(pause, DAY)), maybe)
    if end != "refused" and at - delivery.intended_at <= GIVES_UP_AFTER:
        return [put_off]
    # what is given up may have been heard all the same, and has to say so
    return [put_off, DeliveryGivenUp(why)] if maybe else [DeliveryGivenUp(why)]
