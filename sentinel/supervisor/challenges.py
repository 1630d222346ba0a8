"""Challenges on record: which runs tried a version of the zoo, when each is due for its try, and who was judged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sentinel.domain.line.state import Version
from sentinel.domain.plan import Plan
from sentinel.domain.quantity import DAY
from sentinel.domain.run.events import GateJudged
from sentinel.domain.run.state import Run
from sentinel.domain.streams import parts_of
from sentinel.domain.trigger_stream import Stream
from sentinel.domain.verdict import Verdict
from sentinel.ledger.reads.results import verdict_of
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.work import Work

STEP = "challenger"
"""The step that chooses who challenges."""
CHECK = "mature"
PAUSE = DAY
"""How long after a try that came to no verdict a trigger asks for another."""
_NOTHING = ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Try:
    """A run that was given a version to challenge with."""

    version: str
    run: str
    began_at: int
    ended_at: int | None
    """None while the run goes on."""


def tries(work: Work, catalogue: Catalogue, line: str, since: int) -> list[Try]:
    """The tries of a line's versions in runs that were asked for since a moment."""
    return [
        Try(attempt.about, run.id, attempt.started_at, run.ended_at)
        for run in _challenging_runs(work, catalogue, line, since)
        for attempt in run.attempts.values()
        if attempt.about is not None
    ]


def _challenging_runs(work: Work, catalogue: Catalogue, line: str, since: int) -> Iterator[Run]:
    for name, recipe in sorted(catalogue.recipes.items()):
        if (recipe.lines and line not in recipe.lines) or not _chooses(recipe.plan_for(line)):
            continue
        before: int | None = None
        while rows := work.ledger.reads.runs(recipe=name, line=line, before=before):
            yield from (work.run(row.id) for row in rows if row.created_at >= since)
            if rows[-1].created_at < since:
                break
            before = rows[-1].num


def _chooses(plan: Plan) -> bool:
    return any(step.use == STEP for step in plan.steps)


def challenges(plan: Plan) -> bool:
    """Whether a run of a plan lets a version challenge, by itself or in a run of a sub-recipe."""
    return _chooses(plan) or any(map(challenges, plan.children))


def in_turn(held: Iterable[Version], made: Iterable[Try], run: str | None = None) -> list[Version]:
    """Who is next to challenge: who was not tried, the oldest first; then who was tried the longest ago.

    A try counts by its end, whatever came of it, so that one that always fails is not first for ever. Who is being
    tried is left out, but for the run itself that asks: its next attempt is at the same version.
    """
    ends: dict[str, int] = {}
    going: set[str] = set()
    for each in made:
        if each.ended_at is not None:
            ends[each.version] = max(ends.get(each.version, 0), each.ended_at)
        elif each.run != run:
            going.add(each.version)
    return sorted(
        (version for version in held if version.id not in going),
        key=lambda each: (each.id in ends, ends.get(each.id, 0), each.registered_at, each.id),
    )


def due(
    held: Iterable[Version], made: list[Try], stream: Stream, last_end: int | None, fresh: Mapping[str, bool]
) -> list[int]:
    """When each version that may challenge is due for a try, in the eyes of a trigger that asks for challenges.

    Who was not tried is due at once, and after a try that came to no verdict a day later. Where the run that the
    trigger asked for last (it ended at `last_end`) tried nobody, only who has matured since it fired is due sooner than
    a day after that run: it would ask in vain without end.
    """
    ends = {each.version: each.ended_at for each in sorted(made, key=lambda each: each.ended_at or 0)}
    in_vain = last_end is not None and not any(each.began_at >= stream.accounted for each in made)
    moments = []
    for version in in_turn(held, made):
        tried = ends.get(version.id)
        moment = 0 if tried is None else tried + PAUSE
        if in_vain and last_end is not None and not fresh[version.id]:
            moment = max(moment, last_end + PAUSE)
        moments.append(moment)
    return sorted(moments)


def has_challenged(work: Work, line: str, version: Version, gate: str | None) -> bool:
    """Whether a version was judged in a challenge: once is what its four weeks have earned it.

    That is a verdict in a run of a recipe of this line, by the gate of challenges or in a run that it was chosen for.
    A verdict on one that had not matured was none, an error judged nothing, and of a pass nothing came where another
    gate of its run ended in error, or the run failed or was cancelled.
    """
    for name, verdict in _verdicts_on(work, line, version.model):
        run = work.run(name)
        if verdict.gate != gate and not any(each.about == version.id for each in run.attempts.values()):
            continue
        early = any(found.check == CHECK and found.verdict != "pass" for found in verdict.findings)
        lost = verdict.verdict == "pass" and (run.state in _NOTHING or _has_error(run))
        if not (verdict.verdict == "error" or early or lost):
            return True
    return False


def _has_error(run: Run) -> bool:
    return any(step.verdict is not None and step.verdict.verdict == "error" for step in run.steps.values())


def _verdicts_on(work: Work, line: str, model: str) -> Iterator[tuple[str, Verdict]]:
    """The verdicts on a model in runs of a line's recipes, with those that are not on record yet."""
    for row in work.ledger.reads.verdicts_on(model, line=line):
        yield row.run, verdict_of(row)
    for stream, bodies in work.changes:
        for body in bodies:
            if isinstance(body, GateJudged) and body.verdict.subject == model:
                run = work.run(parts_of(stream)[1])
                if run.line == line and run.kind == "recipe":
                    yield run.id, body.verdict
