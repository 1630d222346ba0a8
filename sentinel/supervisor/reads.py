"""What a step or a check reads of the world besides its ports, as it is on record when the attempt is made."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.feed import TIME, Feed
from sentinel.domain.form import to_json
from sentinel.domain.plan import PlannedStep
from sentinel.domain.quantity import DAY
from sentinel.domain.run.events import Ports
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.domain.trigger_stream import Stream, TriggerFired
from sentinel.supervisor.board import submitted
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.lineage import lineage_facts
from sentinel.supervisor.look_facts import look_facts
from sentinel.supervisor.maturity import maturity_facts, next_challenger
from sentinel.supervisor.scored import scored_version
from sentinel.supervisor.shadows import in_slots
from sentinel.supervisor.trained import trained_facts
from sentinel.supervisor.usage import usage_facts
from sentinel.supervisor.work import Work
from sentinel.supervisor.zoo import zoo_facts

EARLIER = "earlier"
"""The word for reports that there are already about a step's model; it saves work, and changes no result."""
_OF_A_STEP, _REPORTS, _LOOKED_AT = 3, 24, 2000
"""So many reports of one step of a recipe are told, and so many in all, of so many that are looked at."""
_ABOUT = 400
"""So many of those on the same model are read."""
_LATELY = 28
"""So many signals say how many rows come in a day."""


def resolved(work: Work, run: Run, step: PlannedStep, catalogue: Catalogue, inputs: Ports) -> Json:
    """Each word that is read, with what it stands for now. `inputs` is what the step's ports get."""
    found = {word: _READ[word](work, run, catalogue) for word in step.reads if word in _READ}
    for word in step.reads:
        if word in _READ_BY_STEP:
            found[word] = _READ_BY_STEP[word](work, run, step, catalogue, inputs)
    return found


def _counted(work: Work, run: Run, name: str | None) -> Json:
    """The documents of a set that signals have counted already: by metric and version, none for what was champion."""
    found: list[Json] = []
    for row in work.ledger.reads.feeds(run.line) if run.line is not None and name is not None else ():
        _, set_name, metric, *shadow = row.feed.split(".")
        feed: Feed = work.state(stream_of("feed", row.feed))
        if set_name == name and feed.documents:
            found.append({
                "metric": metric, "version": shadow[0] if shadow else None, "documents": sorted(feed.documents),
            })  # fmt: skip
    line = work.line(run.line) if run.line is not None else None
    scored = (scored_version(line, each.model) for each in line.versions.values()) if line is not None else ()
    models = {each.model: None if each.was_champion else each.id for each in scored if each is not None}
    return {"feeds": found, "models": models}


def _earlier(work: Work, run: Run, inputs: Ports) -> list[str]:
    """The newest reports on what these ports hold to be scored, newest first: of each step the newest few.

    A recipe that scores one set each day would otherwise leave no room for the one that scores them all once a month.
    """
    subject = _subject(each for held in inputs.values() for each in held)
    found = dict.fromkeys(_just_made(run, subject))
    rows = (row for model in sorted(each.digest for each in subject if each.kind == "Model")
            for row in work.ledger.reads.reported(model, _LOOKED_AT, _ABOUT))  # fmt: skip
    of_step: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if len(found) >= _REPORTS:
            break
        wanted = of_step[row.recipe, row.step] < _OF_A_STEP and row.report not in found
        if wanted and _subject(_held(row.inputs)) == subject:
            of_step[row.recipe, row.step] += 1
            found[row.report] = None
    return list(found)[:_REPORTS]


def _subject(held: Iterable[Artifact]) -> frozenset[Artifact]:
    """What a report is about, of all that is on a step's ports: a model, and adapters upon it."""
    return frozenset(each for each in held if each.kind in ("Model", "Adapter"))


def _just_made(run: Run, subject: Collection[Artifact]) -> Iterator[str]:
    """Reports of this run, which may have been made in this very breath and not be on record yet."""
    for attempt in reversed(run.attempts.values()) if subject else ():
        if _subject(each for held in attempt.inputs.values() for each in held) == subject:
            made = (each for held in attempt.outputs.values() for each in held)
            yield from (each.digest for each in made if each.kind == "EvalReport")


def _held(inputs: str) -> Iterator[Artifact]:
    """The artifacts of a row's ports."""
    for held in json.loads(inputs).values():
        yield from map(Artifact.from_json, held)


def chosen_version(reads: Json) -> str | None:
    """The version that an attempt was told to challenge with, which goes on record with its start."""
    told: Json = (reads or {}).get("challenger")
    return told["version"] if told is not None else None


def _clock(work: Work, _run: Run, _catalogue: Catalogue) -> Json:
    return work.at


def _line(_work: Work, run: Run, catalogue: Catalogue) -> Json:
    return {"name": run.line, **catalogue.lines.get(run.line or "", {})}


def _decision(work: Work, run: Run, _catalogue: Catalogue) -> Json:
    """Why there is this run: what it was asked for with, and everything that fired into it or into its parents."""
    # a verdict that is asked for by hand is on what an earlier run has made: by the bar that held for that run
    first = work.run(run.purpose["answers"]) if (run.purpose or {}).get("answers") else run
    while first.parent is not None:
        first = work.run(first.parent)
    return {"trigger": first.trigger, "reason": first.reason, "fired": list(_fired(work, first.id))}


def _fired(work: Work, run: str) -> Iterator[Json]:
    on_record = [
        (stream_of("trigger", row.trigger), row.reason, row.numbers) for row in work.ledger.reads.fires_into(run)
    ]
    fresh = [
        (stream, body.reason, json.dumps(body.numbers))
        for stream, bodies in work.changes
        for body in bodies
        if isinstance(body, TriggerFired) and body.run == run
    ]
    for name, reason, numbers in [*on_record, *fresh]:
        stream: Stream = work.state(name)
        params = stream.params if isinstance(stream.params, dict) else {}
        feed = stream.watch.feed if stream.watch is not None else None
        yield {
            "kind": stream.kind, "reason": reason, "numbers": None if numbers is None else json.loads(numbers),
            "set": params.get("set"), "feed": feed, "metric": feed.split(".")[2] if feed else params.get("metric"),
        }  # fmt: skip


def _baseline(work: Work, run: Run, _catalogue: Catalogue) -> Json:
    """What the line is held to, by set and metric, and how many labelled rows a day come in there."""
    found: dict[str, Json] = {}
    for row in work.ledger.reads.feeds(run.line) if run.line is not None else ():
        feed: Feed = work.state(stream_of("feed", row.feed))
        _, name, metric, *shadow = row.feed.split(".")
        if shadow:
            continue
        base = feed.baseline
        found.setdefault(name, {})[metric] = {
            "rate": base.rate if base is not None else None, "rows": base.rows if base is not None else 0,
            "per_day": _per_day(feed),
        }  # fmt: skip
    return found


def _per_day(feed: Feed) -> float | None:
    lately = list(feed.signals.values())[-_LATELY:]
    timed = [each for each in lately if each.of == TIME]
    if timed:
        span = max(each.last for each in timed) - min(each.first for each in timed)
        return sum(each.n for each in timed) * DAY / span
    # by settle numbers: what came with the first began before anybody looked
    span = lately[-1].taken_at - lately[0].taken_at if lately else 0
    return sum(each.n for each in lately[1:]) * DAY / span if span > 0 else None


def _drift(work: Work, run: Run, catalogue: Catalogue) -> Json:
    """How every drift trigger on the line stands."""
    found: list[Json] = []
    for trigger in catalogue.of_kind("drift"):
        stream: Stream = work.state(trigger.stream)
        if run.line is not None and trigger.line == run.line and stream.watch is not None:
            watch = stream.watch
            found.append({
                "recipe": trigger.recipe, "set": trigger.params["set"], "feed": watch.feed, "standing": watch.standing,
                "since": watch.since, "reason": watch.reason, "silent": watch.silent,
            })  # fmt: skip
    return found


def _looks(work: Work, run: Run, _catalogue: Catalogue) -> Json:
    """How often gates have judged on each set before, by the digest of its documents."""
    found: dict[str, dict[str, int]] = {}
    for (name, documents), held in work.line(run.line).looks.items() if run.line is not None else ():
        found.setdefault(name, {})[documents] = held.times
    return found


_READ: dict[str, Callable[[Work, Run, Catalogue], Json]] = {
    "clock": _clock, "line": _line, "decision": _decision, "baseline": _baseline, "drift": _drift, "looks": _looks,
    "hub": lambda _work, _run, catalogue: {"token": catalogue.hub_token},
    "board": lambda _work, _run, catalogue: catalogue.board,
    "look": look_facts, "zoo": zoo_facts,
    "trained": trained_facts, "submitted": lambda work, run, _: submitted(work, run.line),
    "nodes": lambda _work, _run, catalogue: to_json(catalogue.nodes),
    "shadows": lambda work, run, catalogue: in_slots(work, catalogue, run.line),
    "challenger": lambda work, run, catalogue: next_challenger(work, catalogue, run.line, run.id),
}  # fmt: skip

_READ_BY_STEP: dict[str, Callable[[Work, Run, PlannedStep, Catalogue, Ports], Json]] = {
    "maturity": lambda work, run, step, catalogue, _: maturity_facts(work, run, step, catalogue),
    "usage": lambda work, run, step, catalogue, _: usage_facts(work, run, step, catalogue),
    "lineage": lambda work, run, _step, _catalogue, inputs: lineage_facts(work, run, inputs),
    "counted": lambda work, run, step, _catalogue, _inputs: _counted(work, run, (step.params or {}).get("set")),
    EARLIER: lambda work, run, _step, _catalogue, inputs: _earlier(work, run, inputs),
}
"""What depends on the step and on what it gets, too."""
