"""Which rows the state of a stream stands for, and which of them an event changes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sentinel.domain.board import Board, Stands
from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import Json, canonical
from sentinel.domain.feed import Feed, Signal
from sentinel.domain.form import to_json
from sentinel.domain.house import House
from sentinel.domain.kept import KeptArtifact, KeptPlan
from sentinel.domain.line.state import Line, Looks, Version
from sentinel.domain.outcome import Followed, Outcome, Settling, Told
from sentinel.domain.run.events import Ports
from sentinel.domain.run.state import Attempt, Run, StepState, element_of, step_of
from sentinel.domain.run.traits import traits_of
from sentinel.domain.sending import SEND
from sentinel.domain.trigger_stream import Stream, Watch
from sentinel.ledger import tables as t

Key = tuple[Any, ...]


class Place(NamedTuple):
    """Where a row stands: its table and its key."""

    table: str
    key: Key


@dataclass(frozen=True, slots=True)
class Made:
    """A state as rows are made from it. `plan` is the digest of a run's plan, too dear to be taken each time."""

    word: str
    state: Any
    plan: str = ""


def all_rows(made: Made) -> dict[Place, t.Row]:
    """Every row of a state."""
    return {
        Place(part.table, part.key(made.state, name)): part.row(made, name, member)
        for part in _PARTS[made.word]
        for name, member in part.all(made.state).items()
    }


def changed(before: Made, after: Made) -> Iterator[tuple[Place, t.Row | None]]:
    """The rows that may differ between two states, with what they are now; None where a row is gone."""
    for part in _PARTS[after.word]:
        # states share what did not change, so that what is the same object is the same row
        was, now = part.held(before.state), part.held(after.state)
        if was is now:
            continue
        for name, member in now.items():
            if name not in was or was[name] is not member:
                yield Place(part.table, part.key(after.state, name)), part.row(after, name, member)
        for name in was.keys() - now.keys():
            left = part.all(after.state)
            row = part.row(after, name, left[name]) if name in left else None
            yield Place(part.table, part.key(after.state, name)), row


Held = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of an aggregate: the members of a state that rows are made of, by name, and how."""

    table: str
    held: Callable[[Any], Held]
    key: Callable[[Any, Any], Key]
    row: Callable[[Made, Any, Any], t.Row]
    whole: Callable[[Any], Held] | None = None
    """All members, where `held` leaves out some that are there from the beginning."""

    def all(self, state: Any) -> Held:
        """Every member."""
        return (self.whole or self.held)(state)


def _text(value: Json) -> str:
    return canonical(value).decode()


def _inputs(inputs: Json) -> str:
    # most runs have none, and the encoder costs more than all else that a row needs
    return "{}" if inputs == {} else _text(inputs)


def _ports(ports: Ports) -> str:
    return "{}" if not ports else canonical(to_json(ports)).decode()


def _maybe(value: Json) -> str | None:
    return None if value is None else _text(value)


def _itself(table: str, name: str, row: Callable[[Made, Any, Any], t.Row]) -> _Part:
    """One row for the state as a whole."""
    return _Part(table, lambda state: {getattr(state, name): state}, _alone, row)


def _alone(_state: Any, name: Any) -> Key:
    return (name,)


def _in_run(run: Run, name: str) -> Key:
    return run.id, name


def _in_line(line: Line, name: str) -> Key:
    return line.name, name


# The house


def _house_row(_made: Made, _name: str, house: House) -> t.Row:
    return t.HouseRow("house", house.commit, house.dirty, _text(to_json(house.broken)), house.daemon)


def _files(house: House) -> Held:
    return {path: (house.files.get(path), house.broken_files.get(path)) for path in house.files | house.broken_files}


def _file_row(_made: Made, name: str, digests: tuple[str | None, str | None]) -> t.Row:
    in_force, broken = digests
    return t.FileRow(name, in_force, broken)


def _alert_row(_made: Made, _name: str, alert: Any) -> t.Row:
    return t.AlertRow(alert.id, alert.kind, alert.about, alert.sentence, alert.raised_at)


def _node_row(_made: Made, name: str, slots: Any) -> t.Row:
    return t.NodeRow(name, slots.cpus, slots.gpus, slots.gpu_memory, slots.memory)


# What is kept by digest


def _plan_row(_made: Made, _name: str, kept: KeptPlan) -> t.Row:
    plan = kept.plan
    if plan is None:
        return t.PlanRow(kept.digest, "", None, 0, "")
    return t.PlanRow(kept.digest, plan.recipe, plan.line, len(plan.steps), plan.source)


def _artifact_row(_made: Made, _name: str, kept: KeptArtifact) -> t.Row:
    return t.ArtifactRow(kept.digest, kept.kind, kept.size, kept.attempt, kept.kept_at, kept.dropped)


# Runs


def number_of(name: str) -> int:
    """The number in a minted id: 17 of r17."""
    return int(name[1:])


def _run_row(made: Made, _name: str, run: Run) -> t.Row:
    return t.RunRow(
        run.id, number_of(run.id), run.recipe, run.line, made.plan, run.state, run.kind, run.priority, run.trigger,
        run.reason, run.actor, _inputs(run.inputs), run.only, run.parent, run.parent_step, _maybe(run.purpose),
        run.commit, run.dirty, run.why, run.ending[0] if run.ending else None, run.round, run.created_at,
        run.started_at, run.ended_at, run.running_since, run.ran_ms, run.gpu_ms,
    )  # fmt: skip


def _steps(run: Run) -> Held:
    """Every step of the plan, those that nothing has happened to as None; then whatever else the run holds."""
    return {**{step.id: None for step in run.plan.steps}, **run.steps}


def _step_row(made: Made, name: str, member: StepState | None) -> t.Row:
    run: Run = made.state
    step = member or StepState(name)
    base = step_of(step.key)
    position, planned = next((index, each) for index, each in enumerate(run.plan.steps) if each.id == base)
    return t.StepRow(
        run.id, step.key, position, element_of(step.key), planned.act, planned.use, step.state, step.outcome,
        step.why, step.tries, step.lost, step.live, step.waits_for, step.until, _ports(step.outputs),
        None if step.elements is None else len(step.elements), step.child,
        None if step.verdict is None else step.verdict.verdict, step.lifted, step.looks, step.unset, step.source,
        step.started_at, step.ended_at,
    )  # fmt: skip


def _attempt_row(made: Made, _name: str, attempt: Attempt) -> t.Row:
    run: Run = made.state
    return t.AttemptRow(
        attempt.id, run.id, attempt.step, step_of(attempt.step), run.recipe, attempt.state, attempt.node,
        _text(list(attempt.gpus)) if attempt.gpus else "[]",
        attempt.started_at, attempt.ended_at, _ports(attempt.inputs), attempt.key, attempt.effect,
        _ports(attempt.outputs), attempt.says, _maybe(to_json(attempt.error)), _maybe(attempt.receipt),
        attempt.cpu_ms, attempt.peak_memory, *_time_of(run, step_of(attempt.step)),
    )  # fmt: skip


def _time_of(run: Run, base: str) -> tuple[str, str]:
    step = run.planned(base)
    return step.use, _text(traits_of(run, step))


# Lines


def _line_row(_made: Made, _name: str, line: Line) -> t.Row:
    return t.LineRow(line.name, line.champion, line.adopted, line.held, line.frozen)


def _version_row(made: Made, _name: str, version: Version) -> t.Row:
    return t.VersionRow(
        made.state.name, version.id, version.model, version.run, version.step, version.label, _text(version.pins),
        version.registered_at, version.frozen, version.rejected, _text(list(version.cites)), version.was_champion,
    )  # fmt: skip


def _looks_row(made: Made, name: tuple[str, str], looks: Looks) -> t.LooksRow:
    return t.LooksRow(made.state.name, *name, looks.times, looks.last, looks.last_at)


def _alias_row(made: Made, alias: str, version: str) -> t.Row:
    return t.AliasRow(made.state.name, alias, version)


def _lineage(line: Line) -> Held:
    return {(version.id, *origin): origin for version in line.versions.values() for origin in _origins(version)}


def _in_lineage(line: Line, name: tuple[str, ...]) -> Key:
    return line.name, *name


def _origins(version: Version) -> Iterator[tuple[str, str]]:
    """A version's parents, its model, and the digests that its pins name under `inputs`, by port."""
    yield from ((parent, "parent") for parent in version.parents)
    yield version.model, "model"
    inputs = version.pins.get("inputs") if isinstance(version.pins, dict) else None
    for port, held in inputs.items() if isinstance(inputs, dict) else ():
        for each in held if isinstance(held, list) else [held]:
            digest = each.get("digest") if isinstance(each, dict) else each
            if isinstance(digest, str):
                yield digest, port


def _lineage_row(made: Made, name: tuple[str, str, str], _origin: tuple[str, str]) -> t.Row:
    child, parent, kind = name
    return t.LineageRow(made.state.name, child, parent, kind)


# Triggers and deliveries


def _trigger_row(_made: Made, _name: str, stream: Stream) -> t.Row:
    return t.TriggerRow(
        stream.name, stream.recipe, stream.line, stream.kind, _text(stream.params), stream.armed, stream.accounted,
        stream.fired, stream.last_run, stream.last_reason,
    )  # fmt: skip


def _watches(stream: Stream) -> Held:
    return {} if stream.watch is None else {stream.name: stream.watch}


def _watch_row(_made: Made, name: str, watch: Watch) -> t.Row:
    return t.WatchRow(
        name, watch.feed, watch.champion, watch.signals, watch.standing, watch.since, watch.reason,
        _maybe(watch.numbers), watch.silent,
    )  # fmt: skip


def _feed_row(_made: Made, name: str, feed: Feed) -> t.Row:
    base, line = feed.baseline, name.partition(".")[0]
    if base is None:
        return t.FeedRow(name, line, None, None, None, None, feed.because, feed.set_at)
    return t.FeedRow(name, line, base.rate, base.spread, base.rows, base.signals, feed.because, feed.set_at)


def _in_feed(feed: Feed, name: str) -> Key:
    return feed.name, name


def _signal_row(made: Made, name: str, signal: Signal) -> t.Row:
    return t.SignalRow(
        made.state.name, name, signal.value, signal.n, signal.variance, signal.version, signal.of, signal.first,
        signal.last, signal.taken_at, signal.late,
    )  # fmt: skip


def _outcome_row(_made: Made, name: str, outcome: Outcome) -> t.Row:
    told = outcome.told or Told("", 0, 0.0, True, "")
    return t.OutcomeRow(
        name, outcome.line, told.id, told.at, told.value, told.counts, told.why, told.chance, told.version, told.answer,
        told.label, outcome.due, outcome.taken_at, outcome.actor, _text(list(outcome.again)), outcome.number,
        outcome.slot, outcome.late,
    )  # fmt: skip


def _settling_row(_made: Made, name: str, settling: Settling) -> t.Row:
    read = settling.followed or Followed()
    file, head = (read.file, read.head) if settling.followed is not None else (None, None)
    return t.SettlingRow(
        name, settling.closed, settling.next, file, head, read.offset, read.taken, read.lines, read.faulty, read.fault
    )


def _delivery_row(_made: Made, _name: str, delivery: Any) -> t.Row:
    return t.DeliveryRow(
        delivery.id, number_of(delivery.id), delivery.state, delivery.effect, delivery.target, delivery.key,
        _text(delivery.content), delivery.attempts, delivery.live, delivery.next_at, delivery.why,
        delivery.maybe_sent, _maybe(delivery.receipt), delivery.intended_at,
    )  # fmt: skip


def _sendings(delivery: Delivery) -> Held:
    return {delivery.id: delivery.content} if delivery.effect == SEND else {}


def _sending_row(made: Made, name: str, content: Json) -> t.Row:
    datasets = _text(sorted({entry["dataset"] for entry in content["entries"]}))
    run, act, model, submission = (content[word] for word in ("run", "act", "model", "submission"))
    return t.SendingRow(name, number_of(name), made.state.target, made.state.key, content["line"], run, act, model,
                        submission, content["request"], datasets)  # fmt: skip


def _board_row(_made: Made, name: str, board: Board) -> t.Row:
    rejected, seen = (_text(to_json(held)) for held in (board.rejected, board.seen))
    return t.BoardRow(name, rejected, _text(list(board.unread)), seen, board.read_at)


def _place_row(made: Made, _key: Key, stands: Stands) -> t.Row:
    at = stands.place
    return t.PlaceRow(
        made.state.line, at.repo, at.dataset, at.derived, at.rank, at.of, at.value, stands.since
    )  # fmt: skip


_PARTS: dict[str, tuple[_Part, ...]] = {
    "house": (
        _Part("house", lambda house: {"house": house}, _alone, _house_row),
        _Part("files", _files, _alone, _file_row),
        _Part("alerts", lambda house: house.alerts, _alone, _alert_row),
        _Part("nodes", lambda house: house.nodes, _alone, _node_row),
    ),
    "plan": (_itself("plans", "digest", _plan_row),),
    "artifact": (_itself("artifacts", "digest", _artifact_row),),
    "run": (
        _itself("runs", "id", _run_row),
        _Part("steps", lambda run: run.steps, _in_run, _step_row, whole=_steps),
        _Part("attempts", lambda run: run.attempts, _in_run, _attempt_row),
    ),
    "line": (
        _itself("lines", "name", _line_row),
        _Part("versions", lambda line: line.versions, _in_line, _version_row),
        _Part("aliases", lambda line: line.aliases, _in_line, _alias_row),
        _Part("lineage", _lineage, _in_lineage, _lineage_row),
        _Part("looks", lambda line: line.looks, _in_lineage, _looks_row),
    ),
    "trigger": (
        _itself("triggers", "name", _trigger_row),
        _Part("watches", _watches, _alone, _watch_row),
    ),
    "feed": (
        _itself("feeds", "name", _feed_row),
        _Part("signals", lambda feed: feed.signals, _in_feed, _signal_row),
    ),
    "outcome": (_itself("outcomes", "name", _outcome_row),),
    "settling": (_itself("settlings", "line", _settling_row),),
    "delivery": (
        _itself("deliveries", "id", _delivery_row),
        _Part("sendings", _sendings, _alone, _sending_row),
    ),
    "board": (
        _itself("boards", "line", _board_row),
        _Part("places", lambda board: board.places, lambda board, key: (board.line, *key), _place_row),
    ),
}
