"""Labels of served answers, as they come in: each by itself, so that one that is wrong is told of."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sentinel.contract.outcome import read_outcome
from sentinel.domain.digest import Json
from sentinel.domain.names import suggest
from sentinel.domain.outcome import AUDIT, WHYS, Outcome, Told, outcome_name, retell, take
from sentinel.domain.refusal import Refusal
from sentinel.domain.streams import stream_of
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.settling import Labels, labels_of
from sentinel.supervisor.work import Work


@dataclass(slots=True)
class Taken:
    """What came of a batch: how many were new, how many were there already, and what was wrong with the others."""

    new: int = 0
    known: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)
    """The place of each in the batch, and the sentence."""


def take_outcomes(engine: Engine, actor: str, line: str, given: Sequence[Json]) -> Done:
    """Take a batch of outcomes in, each by itself: one that is wrong is told of, and the others are taken."""

    def act(work: Work) -> Refusal | Json:
        lines = engine.catalogue.lines
        if line not in lines:
            return Refusal("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=suggest(line, lines, "line"))
        taken = take_all(work, engine.catalogue, line, given)
        faults = [{"index": index, "says": says} for index, says in taken.faults]
        return {"line": line, "new": taken.new, "known": taken.known, "faults": faults}

    return engine.do(actor, act)


def tell_again(engine: Engine, actor: str, line: str, id: str, value: float, label: str | None) -> Done:
    """Put on record what a further label of an audited answer says."""

    def act(work: Work) -> Refusal | Json:
        stream = stream_of("outcome", outcome_name(line, id, AUDIT))
        held: Outcome = work.state(stream)
        events = retell(held, value, label, "a second label")
        if isinstance(events, Refusal):
            return events
        work.apply(stream, events)
        return {"line": line, "id": id, "agrees": held.told is not None and held.told.value == value}

    return engine.do(actor, act)


def take_all(work: Work, catalogue: Catalogue, line: str, given: Sequence[Json | bytes]) -> Taken:
    """Take what is given, lines of JSON or their values, and say what is wrong with each that cannot be taken."""
    labels, taken, champions = labels_of(catalogue, line), Taken(), _champions(work, line)
    for index, each in enumerate(given):
        try:
            told = read_outcome(each, labels.audit)
        except ValueError as error:
            taken.faults.append((index, f"{str(error).rstrip('.')}."))
            continue
        done = _take_one(work, line, labels, told, champions)
        if isinstance(done, Refusal):
            taken.faults.append((index, done.what))
        elif done:
            taken.new += 1
        else:
            taken.known += 1
    return taken


def _take_one(
    work: Work, line: str, labels: Labels, told: Told, champions: list[tuple[int, str | None]]
) -> bool | Refusal:
    if told.version is None:
        told = replace(told, version=next((version for at, version in champions if at <= told.at), None))
    elif told.version not in work.line(line).versions:
        return Refusal("E-unknown-version", f"{line} has no version {told.version!r}.")
    streams = {why: stream_of("outcome", outcome_name(line, told.id, why)) for why in WHYS}
    held: dict[str, Outcome] = {why: work.state(stream) for why, stream in streams.items()}
    known = [other for why, other in held.items() if why != told.why and other.told is not None]
    if any(other.told is not None and other.told.counts != told.counts for other in known):
        return Refusal("E-outcome", f"{told.id} is right or wrong by one label, and has a score by another.")
    begun = held.get(told.why) or Outcome("")
    events = take(begun, told, line, labels.settle, work.at, known)
    if isinstance(events, Refusal):
        return events
    work.apply(streams[told.why], events)
    return bool(events)


def _champions(work: Work, line: str) -> list[tuple[int, str | None]]:
    """Who was champion from when on, newest first: who served an answer that names no version."""
    return [(move.at, move.version) for move in work.ledger.reads.alias_moves(line) if move.alias == "champion"]
