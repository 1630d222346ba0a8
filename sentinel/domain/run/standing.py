"""Where a step stands: still blocked, ready with its inputs, or never to be done. Pure, over the run alone."""

from dataclasses import dataclass

from sentinel.domain.artifact import Artifact
from sentinel.domain.plan import PlannedStep, Source
from sentinel.domain.run.events import Ports
from sentinel.domain.run.state import Run, StepState, element_of


@dataclass(frozen=True, slots=True)
class Blocked:
    """It waits for something above it."""

    why: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Whatever it binds is there."""

    inputs: Ports


@dataclass(frozen=True, slots=True)
class Never:
    """It will not be done in this round. `unset` says that an alias it needs stands for nothing."""

    why: str
    unset: bool = False


Standing = Blocked | Ready | Never


def standing(run: Run, key: str, halts: tuple[str, ...] | None = None) -> Standing:
    """Where a step or an element stands. `halts`, where the caller has it already, is what `halting` gives."""
    step = run.planned(key)
    if run.only is not None:
        return _only(run, step, key)
    halt = halted(run, step, halting(run) if halts is None else halts)
    if element_of(key) is not None:
        return halt or _bindings(run, step, key)
    return halt or _when(run, step) or _bars(run, step) or _after(run, step) or _bindings(run, step, key)


def halting(run: Run) -> tuple[str, ...]:
    """The steps whose end ends the run: a failure that is not optional, or a bar that did not pass."""
    return tuple(
        step.id for step in run.plan.steps if (state := run.steps.get(step.id)) and state.ended and _halts(step, state)
    )


def halted_by(run: Run) -> str | None:
    """The first step whose end ends the run."""
    return next(iter(halting(run)), None)


def halted(run: Run, step: PlannedStep, halts: tuple[str, ...]) -> Never | None:
    """Whether a step is not begun any more since the run is ending; a `when:` that names one of the causes lets it.

    What a `when:` names and still runs may become a cause: two failures do not silence each other's handlers.
    """
    if not halts or run.only is not None or any(name in halts or not run.step(name).ended for name in step.when):
        return None
    return Never(f"the run ends because `{halts[0]}` ended as {run.step(halts[0]).outcome}")


def passed(step: PlannedStep, state: StepState) -> bool:
    """Whether a bar lets the steps below it start."""
    if step.act == "approve":
        return state.outcome == "approved"
    return state.outcome == "pass" or (state.lifted and state.ended)


def upstream(run: Run, steps: set[str]) -> set[str]:
    """These steps and every step that they bind, however far up."""
    found, fresh = set(steps), set(steps)
    while fresh:
        fresh = {name for each in fresh for name in run.plan.step(each).bound} - found
        found |= fresh
    return found


def downstream(run: Run, steps: set[str]) -> set[str]:
    """These steps and every step that binds them or waits for them, however far down."""
    found = set(steps)
    for _ in run.plan.steps:
        for step in run.plan.steps:
            bars = {above.id for above in run.plan.bars_above(step.id)}
            if (step.bound | set(step.after) | set(step.when) | bars) & found:
                found.add(step.id)
    return found


def _halts(step: PlannedStep, state: StepState) -> bool:
    if state.state == "skipped":
        return False
    if step.is_bar:
        return not passed(step, state)
    return state.state in ("failed", "cancelled") and not step.optional


def _only(run: Run, step: PlannedStep, key: str) -> Standing:
    """With `--only`, the step and what it binds are done; bars and order above them do not hold them up."""
    wanted = key != step.id or step.id in upstream(run, {run.only or ""})
    return _bindings(run, step, key) if wanted else Never(f"only `{run.only}` was asked for")


def _when(run: Run, step: PlannedStep) -> Standing | None:
    for name, outcomes in step.when.items():
        state = run.step(name)
        if not state.ended:
            return Blocked(f"`when` waits for `{name}`")
        if state.outcome not in outcomes:
            return Never(f"`when` asks that `{name}` end as {' or '.join(outcomes)}; it ended as {state.outcome}")
    return None


def _bars(run: Run, step: PlannedStep) -> Standing | None:
    for above in run.plan.bars_above(step.id):
        if above.id in step.when:
            continue
        state = run.step(above.id)
        if not state.ended:
            return Blocked(f"`{above.id}` has not passed yet")
        if not passed(above, state):
            return Never(f"`{above.id}` ended as {state.outcome}", unset=state.unset)
    return None


def _after(run: Run, step: PlannedStep) -> Standing | None:
    for name in step.after:
        if not run.step(name).ended:
            return Blocked(f"it comes after `{name}`")
    return None


def _bindings(run: Run, step: PlannedStep, key: str) -> Standing:
    inputs: Ports = {}
    blocked: Blocked | None = None
    sources = dict(step.binds)
    if step.each is not None and element_of(key) is None:
        sources = {"each": (step.each,), **{port: held for port, held in sources.items() if not _takes_it(held)}}
    for port, held in sources.items():
        found: list[Artifact] = []
        for source in held:
            got = _artifacts(run, key, source)
            if isinstance(got, Never):
                return got
            if isinstance(got, Blocked):
                blocked = blocked or got
            else:
                found.extend(got)
        declared = step.takes.get(port)
        if not found and blocked is None and declared is not None and not declared.optional and not declared.many:
            names = ", ".join(map(str, held))
            return Never(f"its port `{port}` is left without: {names} stands for nothing", unset=True)
        if found or (declared is not None and declared.many):
            inputs[port] = tuple(found)
    return blocked or Ready(inputs)


def _takes_it(sources: tuple[Source, ...]) -> bool:
    return any(source.of == "it" for source in sources)


def _artifacts(run: Run, key: str, source: Source) -> tuple[Artifact, ...] | Blocked | Never:
    if source.of == "it":
        index = element_of(key)
        elements = run.step(key.partition(".")[0]).elements or ()
        return (elements[index],) if index is not None else ()
    if source.of == "input":
        return tuple(Artifact.from_json(each) for each in _listed(run.inputs.get(source.name)))
    if source.of == "alias":
        return _alias(run, source)
    state = run.step(source.name)
    if not state.ended:
        return Blocked(f"`{source.name}` has not given its {source.port} yet")
    if state.state == "skipped":
        if state.unset and source.maybe:
            return ()
        return Never(f"`{source.name}` was skipped: {state.why}", unset=state.unset)
    if state.state in ("failed", "cancelled") or state.outcome == "nothing-trained":
        return Never(f"`{source.name}` ended as {state.outcome}")
    return state.outputs.get(source.port, ())


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _alias(run: Run, source: Source) -> tuple[Artifact, ...] | Never:
    pinned = run.aliases.get(source.name)
    artifact = pinned.ports.get(source.port) if pinned is not None else None
    if artifact is not None:
        return (artifact,)
    return () if source.maybe else Never(f"`{source}` stands for nothing: the line has none yet", unset=True)
