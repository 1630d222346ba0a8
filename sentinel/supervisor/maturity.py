"""How far the versions of the zoo have matured in the shadow, and which of them may challenge."""

from sentinel.contract.signature import arguments_of
from sentinel.contract.types import registered
from sentinel.domain.digest import Json
from sentinel.domain.feed import Feed, feed_name
from sentinel.domain.form import to_json
from sentinel.domain.line.state import Version
from sentinel.domain.plan import GatePlan, Plan, PlannedStep
from sentinel.domain.policy.shadow import Maturity, Needed, maturity_of
from sentinel.domain.quantity import WEEK
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.evidence.power import documents_needed
from sentinel.gate.mature import mature
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.challenges import CHECK, challenges, due, has_challenged, in_turn, tries
from sentinel.supervisor.work import Work
from sentinel.supervisor.zoo import versions_of

METRIC = "accuracy"
PARAMS = registered(mature).params
"""What the check is told, as its function reads it."""


def maturity_facts(work: Work, run: Run, step: PlannedStep, catalogue: Catalogue) -> Json:
    """What the check `mature` of a gate judges by: for each set, how far each model of the line has come."""
    if run.line is None or step.gate is None:
        return {}
    found: dict[str, Json] = {}
    for needed in (needed_of(check.params) for check in step.gate.checks if check.use == CHECK):
        feed = feed_name(run.line, needed.set, _metric(catalogue, run.line)) + "."
        names = [row.feed for row in work.ledger.reads.feeds(run.line) if row.feed.startswith(feed)]
        versions = work.line(run.line).versions
        held = [versions[name.removeprefix(feed)] for name in names if name.removeprefix(feed) in versions]
        found[needed.set] = {
            version.model: {"version": version.id, **to_json(maturity(work, catalogue, run.line, version, needed))}
            for version in held
        }
    return found


def maturity(
    work: Work, catalogue: Catalogue, line: str, version: Version, needed: Needed, upto: int | None = None
) -> Maturity:
    """How far a version has matured, or had by a moment."""
    feed: Feed = work.state(stream_of("feed", shadow_feed(catalogue, line, needed.set, version.id)))
    held = [each for each in feed.signals.values() if upto is None or each.taken_at <= upto]
    return maturity_of(held, version.registered_at, needed)


def shadow_feed(catalogue: Catalogue, line: str, set: str, version: str) -> str:
    """The feed of what a version answered in the shadow."""
    return f"{feed_name(line, set, _metric(catalogue, line))}.{version}"


def _metric(catalogue: Catalogue, line: str) -> str:
    metric: str = (catalogue.lines.get(line) or {}).get("metric") or METRIC
    return metric


def needed_of(params: Json) -> Needed:
    """What a check `mature` asks for: so many weeks, and the outcomes by which its margin can be seen."""
    given = arguments_of(PARAMS.model_validate(params or {}))
    outcomes = given["outcomes"]
    if outcomes is None:
        outcomes = documents_needed(given["disagreement"], given["margin"]) or 0
    return Needed(outcomes, given["weeks"] * WEEK, given["set"])


def needed_for(catalogue: Catalogue, line: str | None) -> tuple[Needed, str | None]:
    """What a version of a line needs before it may challenge, and the gate in force that says so, if one does."""
    gate = challenge_gate(catalogue, line)
    if gate is None:
        return needed_of({}), None
    return next(needed_of(check.params) for check in gate.checks if check.use == CHECK), gate.gate


def challenge_gate(catalogue: Catalogue, line: str | None) -> GatePlan | None:
    """The gate in force that challenges of a line are judged by: the first that asks for maturity."""
    for _, recipe in sorted(catalogue.recipes.items()):
        if line is not None and recipe.lines and line not in recipe.lines:
            continue
        for gate in _gates(recipe.plan_for(line)):
            if any(check.use == CHECK for check in gate.checks):
                return gate
    return None


def _gates(plan: Plan) -> list[GatePlan]:
    own = [step.gate for step in plan.steps if step.gate is not None]
    return own + [gate for child in plan.children for gate in _gates(child)]


def next_challenger(work: Work, catalogue: Catalogue, line: str | None, run: str | None = None) -> Json:
    """The version whose turn it is to challenge, in a run; none where none may."""
    held = mature_versions(work, catalogue, line) if line is not None else []
    if line is None or not held:
        return None
    made = tries(work, catalogue, line, min(each.registered_at for each in held))
    first = next(iter(in_turn(held, made, run)), None)
    return {"version": first.id, "label": first.label, "model": first.model} if first is not None else None


def mature_versions(work: Work, catalogue: Catalogue, line: str) -> list[Version]:
    """The versions of a line's zoo that have matured and have not challenged yet, oldest first: who may challenge."""
    needed, gate = needed_for(catalogue, line)
    found = []
    for version in candidates(work, catalogue, line):
        if maturity(work, catalogue, line, version, needed).mature and not has_challenged(work, line, version, gate):
            found.append(version)
    return found


def challenges_due(work: Work, catalogue: Catalogue, trigger: TriggerInForce, tried: Run | None) -> list[int]:
    """When each version that may challenge is due, in the eyes of a trigger whose last run is `tried`, soonest first.

    A trigger whose recipe lets nobody challenge is told of each version once: as it has matured.
    """
    line, stream = trigger.line or "", work.state(trigger.stream)
    held = mature_versions(work, catalogue, line)
    if not held:
        return []
    needed, _ = needed_for(catalogue, line)
    fresh = {
        version.id: not maturity(work, catalogue, line, version, needed, upto=stream.accounted).mature
        for version in held
    }
    if not challenges(catalogue.plan(trigger.recipe, trigger.line)):
        return [0 for version in held if fresh[version.id]]
    made = tries(work, catalogue, line, min(each.registered_at for each in held))
    return due(held, made, stream, tried.ended_at if tried is not None else None, fresh)


def candidates(work: Work, catalogue: Catalogue, line: str) -> list[Version]:
    """The versions of a line that came of an active spec and may ever challenge, oldest first."""
    champion = work.line(line).champion
    held = [
        version
        for spec in catalogue.specs.values()
        if spec.active
        for version in versions_of(work, spec, line)
        if version.frozen is None and version.id != champion and not version.was_champion
    ]
    return sorted(held, key=lambda each: (each.registered_at, each.id))
