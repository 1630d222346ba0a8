"""All that happens to a run by itself: the clock, and what follows from the steps that have ended."""

from collections.abc import Iterator
from typing import NamedTuple

from sentinel.domain.artifact import REPORTS
from sentinel.domain.event import Happened
from sentinel.domain.plan import PlannedStep
from sentinel.domain.quantity import format_duration
from sentinel.domain.run import events as e
from sentinel.domain.run.awaited import OUTCOMES, is_over
from sentinel.domain.run.evolve import evolve
from sentinel.domain.run.standing import (
    Never,
    Ready,
    halted,
    halted_by,
    halting,
    passed,
    standing,
    upstream,
)
from sentinel.domain.run.state import Run, StepState, step_of


class Advanced(NamedTuple):
    """What follows, and what the run is once it has."""

    events: list[Happened]
    run: Run


class _Look(NamedTuple):
    """The steps for which something may have changed, and the steps whose end ends the run."""

    steps: tuple[PlannedStep, ...]
    halts: tuple[str, ...]
    whole: bool


def advance(run: Run, at: int, aliases: dict[str, e.Pinned], counted: int | None = None) -> Advanced:
    """The events that follow now, to the point where only a worker, a person, an outcome or the clock can add one.

    `counted` is how many outcomes of the run's line have counted so far.
    """
    events: list[Happened] = []
    look = _whole(run)
    while run.open:
        fresh = _next(run, at, aliases, counted, look)
        for body in fresh:
            run = evolve(run, body, at)
        events.extend(fresh)
        if fresh:
            look = _near(run, fresh, look)
        elif not look.whole:
            look = _whole(run)
        else:
            break
    return Advanced(events, run)


def _whole(run: Run) -> _Look:
    return _Look(run.plan.steps, halting(run), True)


def _near(run: Run, fresh: list[Happened], look: _Look) -> _Look:
    """Where steps were only done or skipped, or wait: they and those right below them, so that long plans go fast."""
    places: set[int] = set()
    for body in fresh:
        if not isinstance(body, e.StepEnded | e.StepSkipped | e.StepWaiting) or run.planned(body.step).is_bar:
            return _whole(run)
        if isinstance(body, e.StepEnded) and body.state != "done":
            return _whole(run)
        name = step_of(body.step)
        places |= {run.plan.position(name), *run.plan.below(name)}
    return _Look(tuple(run.plan.steps[place] for place in sorted(places)), look.halts, False)


def _next(run: Run, at: int, aliases: dict[str, e.Pinned], counted: int | None, look: _Look) -> list[Happened]:
    if run.ending is not None:
        return _end_cancelled(run)
    if run.state not in ("running", "waiting"):
        return []
    spent = _overspent(run, at)
    if spent is not None:
        return [e.CancelAsked("failed", spent)]
    return _due(run, at, aliases, counted, look) or _sweep(run, at, look)


def _end_cancelled(run: Run) -> list[Happened]:
    if run.live() or any(step.child and not step.ended for step in run.steps.values()):
        return []
    state, why = run.ending or ("cancelled", "")
    left: list[Happened] = [
        e.StepEnded(key, "cancelled", "cancelled", {}, why) for key, _ in run.instances() if not run.step(key).ended
    ]
    return [*left, e.RunEnded(state, why)]


def _overspent(run: Run, at: int) -> str | None:
    budget = run.plan.policy.budget
    if budget.wall is not None and run.spent(at) > budget.wall:
        return f"its budget of {format_duration(budget.wall)} wall time is spent"
    if budget.gpu is None:
        return None
    gpu = run.gpu_ms + sum((at - attempt.started_at) * run.planned(attempt.step).needs.gpus for attempt in run.live())
    return f"its budget of {format_duration(budget.gpu)} GPU time is spent" if gpu > budget.gpu else None


def _due(run: Run, at: int, aliases: dict[str, e.Pinned], counted: int | None, look: _Look) -> list[Happened]:
    fresh: list[Happened] = []
    for planned in look.steps:  # and no elements: what they wait for is no time of their own
        key, approval, step = planned.id, planned.approval, run.step(planned.id)
        if step.waits_for == OUTCOMES and is_over(run, step, at, counted):
            return fresh or [_next_round(run, planned, aliases)]
        if step.state != "waiting" or step.until is None or step.until > at:
            continue
        if step.waits_for == "wait":
            fresh.append(e.StepEnded(key, "done", "done", {}, ""))
        elif step.waits_for == "approval" and approval is not None:
            outcome = "approved" if approval.otherwise == "approve" else "expired"
            fresh.append(e.StepEnded(key, "done", outcome, {}, "nobody answered in time"))
    return fresh


def _next_round(run: Run, gate: PlannedStep, aliases: dict[str, e.Pinned]) -> e.RoundBegun:
    """The gate judges again, and what only writes reports for its ports is done again: over what is new by then."""
    ports, above = gate.bound, upstream(run, {gate.id})
    again = {
        step.id
        for step in run.plan.steps
        if (_only_reports(step) and step.id in ports) or (step.use == "resolve" and step.id in above)
    }
    keys = (step.id for step in run.plan.steps if step.id in again or step.id == gate.id)
    return e.RoundBegun(gate.id, tuple(key for key in keys if run.step(key).state != "pending"), run.round + 1, aliases)


def _only_reports(step: PlannedStep) -> bool:
    """Whether all that a step gives are reports: what trains besides is not done twice for a gate's sake."""
    given = [port.kind for port in step.gives.values()]
    return step.act == "use" and step.use != "recipe" and bool(given) and all(kind in REPORTS for kind in given)


def _sweep(run: Run, at: int, look: _Look) -> list[Happened]:
    """What follows for each step. Nothing that follows for one changes another's standing before the next sweep."""
    halts = look.halts
    fresh: list[Happened] = []
    moving, ended, sleeper = False, True, None
    for step in look.steps:
        state = run.step(step.id)
        if state.ended:
            continue
        ended = False
        if state.elements is not None and state.state == "running":
            fresh.extend(_elements(run, step, halts) or _gather(run, step))
            moving = True
        elif state.state == "running":
            moving = True
        elif state.state == "waiting":
            fresh.extend(_given_up(run, step, state, halts))
            moving = moving or state.waits_for == "retry"
            sleeper = sleeper or (None if state.waits_for == "retry" else state)
        else:
            stands = standing(run, step.id, halts)
            moving = moving or isinstance(stands, Ready)
            if isinstance(stands, Never):
                fresh.append(e.StepSkipped(step.id, stands.why, stands.unset))
            elif isinstance(stands, Ready):
                fresh.extend(_begun(step, stands, at))
    if fresh or not look.whole:
        return fresh
    return [_end(run)] if ended else _moved(run, moving, sleeper)


def _begun(step: PlannedStep, stands: Ready, at: int) -> list[Happened]:
    """What a step that is ready begins with by itself; most begin with a worker."""
    if step.each is not None:
        return [e.StepSpread(step.id, stands.inputs.get("each", ()))]
    if step.act == "approve" and step.approval is not None:
        return [e.StepWaiting(step.id, "approval", at + step.approval.within, step.approval.ask)]
    if step.act == "wait" and step.wait is not None:
        return [e.StepWaiting(step.id, "wait", at + step.wait, "")]
    return []


def _given_up(run: Run, step: PlannedStep, state: StepState, halts: tuple[str, ...]) -> list[Happened]:
    """Nobody is asked and nothing is tried again for a run that is ending, or for a source that is gone."""
    tries = state.waits_for in ("retry", "line")
    stands = standing(run, state.key, halts) if tries else halted(run, step, halts)
    return [e.StepSkipped(state.key, stands.why, stands.unset)] if isinstance(stands, Never) else []


def _elements(run: Run, step: PlannedStep, halts: tuple[str, ...]) -> list[Happened]:
    """The elements that are not begun any more: all of those that wait for a worker, or none."""
    left = (
        state.key
        for state in _last_first(run, step)
        if state.state == "pending" or state.waits_for in ("retry", "line")
    )
    # the element itself is there for each of them, so what they stand on otherwise is the same
    one = next(left, None)
    stands = standing(run, one, halts) if one is not None else None
    if one is None or not isinstance(stands, Never):
        return []
    return [e.StepSkipped(key, stands.why, stands.unset) for key in reversed([one, *left])]


def _gather(run: Run, step: PlannedStep) -> list[Happened]:
    """A step with `each` ends once every element has: done if one succeeded, nothing-trained if none."""
    if any(not element.ended for element in _last_first(run, step)):
        return []
    elements = [*_last_first(run, step)][::-1]
    good = [
        element for element in elements if element.state in ("done", "reused") and element.outcome != "nothing-trained"
    ]
    if not good:
        why = f"none of {len(elements)} succeeded" if elements else "the list was empty"
        return [e.StepEnded(step.id, "done", "nothing-trained", {}, why)]
    outputs = {port: tuple(a for element in good for a in element.outputs.get(port, ())) for port in step.gives}
    return [e.StepEnded(step.id, "done", "done", outputs, f"{len(good)} of {len(elements)} succeeded")]


def _last_first(run: Run, step: PlannedStep) -> Iterator[StepState]:
    """The elements from the last one on: it begins last, and so says soonest that something is left to do."""
    for index in reversed(range(len(run.step(step.id).elements or ()))):
        yield run.step(f"{step.id}.{index}")


def _moved(run: Run, moving: bool, sleeper: StepState | None) -> list[Happened]:
    """A run waits while only a person or the clock can move it, and runs otherwise."""
    if not moving and run.state == "running":
        return [e.RunMoved("waiting", f"`{sleeper.key}` waits for {sleeper.waits_for}" if sleeper else "")]
    return [e.RunMoved("running", "")] if moving and run.state == "waiting" else []


def _end(run: Run) -> e.RunEnded:
    halt = halted_by(run)
    if halt is not None:
        state = run.step(halt)
        why = f"`{halt}` ended as {state.outcome}: {state.why}" if state.why else f"`{halt}`: {state.outcome}"
        return e.RunEnded(_ended_by(run.planned(halt), state), why)
    for step in run.plan.steps:
        state = run.step(step.id)
        if state.outcome == "nothing-trained" and not step.optional:
            return e.RunEnded("nothing-trained", f"`{step.id}`: {state.why}")
    lifted = [
        step.id
        for step in run.plan.steps
        if step.is_bar and run.step(step.id).lifted and passed(step, run.step(step.id))
    ]
    return e.RunEnded("done", f"passed on a person's word: {', '.join(lifted)}" if lifted else "")


def _ended_by(step: PlannedStep, state: StepState) -> str:
    """How a run ends that this step ended: as a gate's `then:` says, or as the person who was asked did."""
    if step.act == "approve":
        return "rejected"
    if step.gate is None or state.outcome not in step.gate.then:
        return "failed"
    action = step.gate.then[state.outcome]
    if action in ("reject", "freeze"):
        return "rejected" if action == "reject" else "frozen"
    return "inconclusive" if state.outcome in ("inconclusive", "error") else "rejected"
