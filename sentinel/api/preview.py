"""What a run would reuse if it were asked for now, and how long the rest takes by experience."""

import asyncio
from collections.abc import Mapping

from sentinel.api.site import Site
from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.plan import Plan, PlannedStep, Source
from sentinel.domain.policy.experience import Lasts
from sentinel.domain.policy.forecast import BOUND, MIDDLE
from sentinel.domain.run.events import Ports
from sentinel.domain.run.state import Run
from sentinel.ledger import Ledger
from sentinel.supervisor.attempts import attempt_in, reuse_key
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.own import OWN_STEPS
from sentinel.supervisor.pins import pinned_aliases
from sentinel.supervisor.work import Work

PREVIEW = "preview"
_RUNS_EACH_TIME = "a program runs each time, unless its step promises `pure: true`"
_READS_THE_MOMENT = "it reads what changes from one moment to the next"


class _Unknown(Exception):
    """What a step would be given cannot be known yet. The argument says why."""


def pictured(ledger: Ledger, plan: Plan, inputs: Mapping[str, Json], at: int) -> Run:
    """The run that there would be, if it were asked for now."""
    aliases = pinned_aliases(Work(ledger, at, PREVIEW), plan.line)
    return Run("r0", plan, recipe=plan.recipe, line=plan.line, inputs=dict(inputs), aliases=aliases)


async def beforehand(site: Site, run: Run, at: int) -> dict[str, Json]:
    """What is foreseen of each step of a run that nobody has asked for yet."""
    foresight, engine = site.daemon.foresight, site.engine
    seen = await foresight.seen(site.look, (), (run,))
    lasts = await asyncio.to_thread(lambda: {step.id: foresight.lasts(seen, run, step) for step in run.plan.steps})
    return await site.look(lambda ledger: preview(engine, ledger, run, lasts, at))


def preview(engine: Engine, ledger: Ledger, run: Run, lasts: Mapping[str, Lasts | None], at: int) -> dict[str, Json]:
    """For each step: yes, no, never or unknown, why, and the ms by which half of such steps are over, and nine in ten.
    Nothing is put on record.
    """
    given: dict[str, Ports] = {}
    foreseen = {}
    for step in run.plan.steps:
        reuse, why, outputs = _foresee(engine, ledger, run, step, given, at)
        if outputs is not None:
            given[step.id] = outputs
        half, most = (0, 0) if reuse == "yes" else (step.wait, step.wait)
        known = lasts.get(step.id)
        if reuse != "yes" and known is not None:
            half, most = round(known.at(MIDDLE)), round(known.at(BOUND))
        foreseen[step.id] = {"reuse": reuse, "why": why, "expected_ms": half, "expected_bound_ms": most}
    return foreseen


def _foresee(
    engine: Engine, ledger: Ledger, run: Run, step: PlannedStep, given: Mapping[str, Ports], at: int
) -> tuple[str, str, Ports | None]:
    never = _never(step)
    if never:
        return "never", never, None
    if step.each is not None:
        return "unknown", f"it depends on the list that `{step.each}` gives", None
    try:
        inputs = _inputs(run, step, given)
    except _Unknown as error:
        return "unknown", str(error), None
    key = reuse_key(attempt_in(Work(ledger, at, PREVIEW), run, step.id, inputs, engine.catalogue, engine.places), step)
    if key is None:
        return "never", _RUNS_EACH_TIME if step.use == "program" else _READS_THE_MOMENT, None
    found = ledger.reads.find_result(key)
    if found is None:
        return "no", "no result with the same inputs, parameters and version is kept", None
    outputs = {port: tuple(Artifact.from_json(each) for each in held) for port, held in found.outputs.items()}
    return "yes", f"from {found.attempt}", outputs


def _never(step: PlannedStep) -> str:
    if step.act == "gate":
        return "a gate judges anew each time"
    if step.act == "approve":
        return "a person is asked each time"
    if step.act == "wait":
        return "it only lets time pass"
    if step.use in OWN_STEPS:
        return "the daemon does it itself"
    return "it acts on the outside world" if step.effect is not None else ""


def _inputs(run: Run, step: PlannedStep, given: Mapping[str, Ports]) -> Ports:
    inputs: Ports = {}
    for port, sources in step.binds.items():
        held = tuple(artifact for source in sources for artifact in _artifacts(run, source, given))
        declared = step.takes.get(port)
        if held or (declared is not None and declared.many):
            inputs[port] = held
    return inputs


def _artifacts(run: Run, source: Source, given: Mapping[str, Ports]) -> tuple[Artifact, ...]:
    if source.of == "input":
        value = (run.inputs or {}).get(source.name)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(Artifact.from_json(each) for each in listed)
    if source.of == "alias":
        pinned = run.aliases.get(source.name)
        artifact = pinned.ports.get(source.port) if pinned is not None else None
        if artifact is None and not source.maybe:
            raise _Unknown(f"`{source}` stands for nothing yet, so it would be skipped")
        return (artifact,) if artifact is not None else ()
    if source.name not in given:
        raise _Unknown(f"it depends on what `{source.name}` will give")
    return given[source.name].get(source.port, ())
