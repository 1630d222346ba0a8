"""One trigger's stream: what it has accounted for, and each time it fired or held."""

from dataclasses import dataclass, replace

from sentinel.domain.digest import Json
from sentinel.domain.event import Happened, on_record


@dataclass(frozen=True, slots=True)
class Decision:
    """What a look at a trigger came to: fire or hold, with its reason and numbers."""

    fire: bool
    reason: str
    numbers: Json = None
    state: Json = None
    """What the next look is to be told, of a trigger that looks in a worker; None keeps what there is."""


@on_record
@dataclass(frozen=True, slots=True)
class TriggerArmed(Happened):
    """A trigger came into force; slots before this moment are not its own."""

    recipe: str
    line: str | None
    kind: str
    params: Json


@on_record
@dataclass(frozen=True, slots=True)
class TriggerDisarmed(Happened):
    """A trigger is no longer in force."""

    why: str


@on_record
@dataclass(frozen=True, slots=True)
class TriggerFired(Happened):
    """A trigger fired: for this slot, with so many missed before it, into this run."""

    due_at: int
    missed: int
    reason: str
    numbers: Json
    run: str
    coalesced: bool
    """Whether the run was in the queue already, asked for by an earlier firing."""


@on_record
@dataclass(frozen=True, slots=True)
class WatchReset(Happened):
    """Evidence is gathered anew: from this feed's signals after the first so many, about this version."""

    feed: str
    champion: str | None
    signals: int
    why: str


@on_record
@dataclass(frozen=True, slots=True)
class WatchMoved(Happened):
    """What a trigger watches changed its standing: ok, pending or firing."""

    standing: str
    reason: str
    numbers: Json


@on_record
@dataclass(frozen=True, slots=True)
class WentSilent(Happened):
    """Nothing has come in for longer than it should."""

    since: int


@on_record
@dataclass(frozen=True, slots=True)
class WasHeard(Happened):
    """Something came in again."""

    after: int


@on_record
@dataclass(frozen=True, slots=True)
class LookAsked(Happened):
    """A trigger looks in a worker: in this run of one step."""

    run: str


@on_record
@dataclass(frozen=True, slots=True)
class LookEnded(Happened):
    """What a look in a worker came to; where it came to nothing, why."""

    run: str
    decided: bool
    reason: str
    numbers: Json
    state: Json


@dataclass(frozen=True, slots=True)
class Looking:
    """What a trigger that looks in a worker keeps: the look that goes on, and what the last one came to."""

    run: str | None = None
    asked_at: int = 0
    ended_at: int | None = None
    decided: bool = False
    reason: str = ""
    numbers: Json = None
    state: Json = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What a trigger that gathers evidence keeps: where the evidence begins, about whom, and how it stands."""

    feed: str = ""
    champion: str | None = None
    signals: int = 0
    standing: str = "ok"
    since: int = 0
    reason: str = ""
    numbers: Json = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """A trigger's state. `accounted` is the latest slot that has fired or was let pass."""

    name: str
    recipe: str = ""
    line: str | None = None
    kind: str = ""
    params: Json = None
    armed: bool = False
    accounted: int = 0
    fired: int = 0
    last_run: str | None = None
    last_reason: str = ""
    watch: Watch | None = None
    """Of a trigger that gathers evidence, once it has begun to."""
    looking: Looking | None = None
    """Of a trigger that looks in a worker, once it has."""


def evolve(stream: Stream, body: Happened, at: int, actor: str = "") -> Stream:
    """The stream after one more event."""
    match body:
        case TriggerArmed(recipe=recipe, line=line, kind=kind, params=params):
            since = max(at, stream.accounted)
            return replace(stream, recipe=recipe, line=line, kind=kind, params=params, armed=True, accounted=since)
        case TriggerDisarmed():
            return replace(stream, armed=False)
        case TriggerFired():
            return replace(
                stream,
                accounted=max(stream.accounted, body.due_at),
                fired=stream.fired + 1,
                last_run=body.run,
                last_reason=body.reason,
            )
        case WatchReset(feed=feed, champion=champion, signals=signals, why=why):
            silent = stream.watch is not None and stream.watch.silent
            return replace(stream, watch=Watch(feed, champion, signals, since=at, reason=why, silent=silent))
        case WatchMoved(standing=standing, reason=reason, numbers=numbers):
            watch = replace(_watch(stream), standing=standing, since=at, reason=reason, numbers=numbers)
            return replace(stream, watch=watch)
        case WentSilent():
            return replace(stream, watch=replace(_watch(stream), silent=True))
        case WasHeard():
            return replace(stream, watch=replace(_watch(stream), silent=False))
        case LookAsked(run=run):
            return replace(stream, looking=replace(_looking(stream), run=run, asked_at=at))
        case LookEnded(decided=decided, reason=reason, numbers=numbers, state=state):
            before = _looking(stream)
            kept = before.state if state is None else state
            return replace(stream, looking=Looking(None, before.asked_at, at, decided, reason, numbers, kept))
    raise TypeError(f"{type(body).__name__} is no event of a trigger")


def _watch(stream: Stream) -> Watch:
    return stream.watch or Watch()


def _looking(stream: Stream) -> Looking:
    return stream.looking or Looking()


def fire(stream: Stream, due_at: int, missed: int, decision: Decision, run: str, coalesced: bool) -> list[Happened]:
    """The firing for a slot; none where that slot, or a later one, has been accounted for."""
    if not stream.armed or due_at <= stream.accounted:
        return []
    return [TriggerFired(due_at, missed, decision.reason, decision.numbers, run, coalesced)]
