"""All that happens to a run by itself: the clock, and what follows from the steps that have ended."""

from sentinel.domain.event import Happened
from sentinel.domain.plan import PlannedStep
from sentinel.domain.quantity import format_duration
from sentinel.domain.run import events as e
from sentinel.domain.run.evolve import evolve
from sentinel.domain.run.standing import Never, Ready, halted_by, passed, standing, upstream
from sentinel.domain.run.state import Run, StepState

_ENDED_BY = {"fail": "rejected", "freeze": "frozen", "inconclusive": "inconclusive", "error": "inconclusive"}


def advance(run: Run, at: int, aliases: dict[str, e.Pinned]) -> list[Happened]:
    """The events that follow now, to the point where only a worker, a person or the clock can add one."""
    events: list[Happened] = []
    while run.open and (fresh := _next(run, at, aliases)):
        for body in fresh:
            run = evolve(run, body, at)
        events.extend(fresh)
    return events


def _next(run: Run, at: int, aliases: dict[str, e.Pinned]) -> list[Happened]:
    if run.ending is not None:
        return _end_cancelled(run)
    if run.state not in ("running", "waiting"):
        return []
    spent = _overspent(run, at)
    if spent is not None:
        return [e.CancelAsked("failed", spent)]
    due = _due(run, at, aliases)
    if due:
        return due
    for key, step in run.instances():
        fresh = _step(run, key, step, at)
        if fresh:
            return fresh
    return _settle(run)


def _end_cancelled(run: Run) -> list[Happened]:
    if run.live() or any(step.child and not step.ended for step in run.steps.values()):
        return []
    state, why = run.ending or ("cancelled", "")
    if run.state in ("queued", "paused") and not run.steps:
        return [e.RunEnded(state, why)]
    left: list[Happened] = [
        e.StepEnded(key, "cancelled", "cancelled", {}, why) for key, _ in run.instances() if not run.step(key).ended
    ]
    return [*left, e.RunEnded(state, why)]


def _overspent(run: Run, at: int) -> str | None:
    budget = run.plan.policy.budget
    if budget.wall is not None and run.spent(at) > budget.wall:
        return f"its budget of {format_duration(budget.wall)} wall time is spent"
    gpu = run.gpu_ms + sum((at - attempt.started_at) * run.planned(attempt.step).needs.gpus for attempt in run.live())
    if budget.gpu is not None and gpu > budget.gpu:
        return f"its budget of {format_duration(budget.gpu)} GPU time is spent"
    return None


def _due(run: Run, at: int, aliases: dict[str, e.Pinned]) -> list[Happened]:
    for key, step in run.steps.items():
        if step.state != "waiting" or step.until is None or step.until > at:
            continue
        planned = run.planned(key)
        if step.waits_for == "wait":
            return [e.StepEnded(key, "done", "done", {}, "")]
        if step.waits_for == "approval" and planned.approval is not None:
            outcome = "approved" if planned.approval.otherwise == "approve" else "expired"
            return [e.StepEnded(key, "done", outcome, {}, "nobody answered in time")]
        if step.waits_for == "outcomes":
            return [_next_round(run, planned, aliases)]
    return []


def _next_round(run: Run, gate: PlannedStep, aliases: dict[str, e.Pinned]) -> e.RoundBegun:
    """The gate judges again, and so do the `evaluate` steps that its ports come from, over what is new."""
    above = upstream(run, {gate.id})
    again = [step.id for step in run.plan.steps if step.id in above and step.use in ("evaluate", "resolve")]
    keys = tuple(key for key in (*again, gate.id) if run.step(key).state != "pending")
    return e.RoundBegun(gate.id, keys, run.round + 1, aliases)


def _step(run: Run, key: str, step: PlannedStep, at: int) -> list[Happened]:
    state = run.step(key)
    if state.elements is not None and state.state == "running":
        return _gather(run, key, step)
    if state.state != "pending":
        return []
    stands = standing(run, key)
    if isinstance(stands, Never):
        return [e.StepSkipped(key, stands.why, stands.unset)]
    if not isinstance(stands, Ready) or run.state == "paused":
        return []
    if step.each is not None and "." not in key:
        return [e.StepSpread(key, stands.inputs.get("each", ()))]
    if step.act == "approve" and step.approval is not None:
        return [e.StepWaiting(key, "approval", at + step.approval.within, step.approval.ask)]
    if step.act == "wait" and step.wait is not None:
        return [e.StepWaiting(key, "wait", at + step.wait, "")]
    return []


def _gather(run: Run, key: str, step: PlannedStep) -> list[Happened]:
    """A step with `each` ends once every element has: done if one succeeded, nothing-trained if none."""
    elements = [run.step(f"{key}.{index}") for index in range(len(run.step(key).elements or ()))]
    if not all(element.ended for element in elements):
        return []
    good = [
        element for element in elements if element.state in ("done", "reused") and element.outcome != "nothing-trained"
    ]
    if not good:
        why = f"none of {len(elements)} succeeded" if elements else "the list was empty"
        return [e.StepEnded(key, "done", "nothing-trained", {}, why)]
    outputs = {port: tuple(a for element in good for a in element.outputs.get(port, ())) for port in step.gives}
    return [e.StepEnded(key, "done", "done", outputs, f"{len(good)} of {len(elements)} succeeded")]


def _settle(run: Run) -> list[Happened]:
    """Between running and waiting, or to the end once nothing is left to do."""
    states = [run.step(key) for key, _ in run.instances()]
    if all(state.ended for state in states):
        return [_end(run)]
    idle = all(state.ended or _sleeps(state) or _blocked(run, state) for state in states)
    if idle and run.state == "running":
        waits = next((state for state in states if _sleeps(state)), None)
        return [e.RunMoved("waiting", f"`{waits.key}` waits for {waits.waits_for}" if waits else "")]
    if not idle and run.state == "waiting":
        return [e.RunMoved("running", "")]
    return []


def _sleeps(state: StepState) -> bool:
    return state.state == "waiting" and state.waits_for != "retry"


def _blocked(run: Run, state: StepState) -> bool:
    return state.state == "pending" and not isinstance(standing(run, state.key), Ready)


def _end(run: Run) -> e.RunEnded:
    halt = halted_by(run)
    if halt is not None:
        step, state = run.planned(halt), run.step(halt)
        ended = "rejected" if step.act == "approve" else _ENDED_BY.get(state.outcome or "", "failed")
        return e.RunEnded(
            ended, f"`{halt}` ended as {state.outcome}: {state.why}" if state.why else f"`{halt}`: {state.outcome}"
        )
    barren = next((s for s in run.steps.values() if s.outcome == "nothing-trained" and "." not in s.key), None)
    if barren is not None and not run.planned(barren.key).optional:
        return e.RunEnded("nothing-trained", f"`{barren.key}`: {barren.why}")
    lifted = [
        step.id
        for step in run.plan.steps
        if step.is_bar and run.step(step.id).lifted and passed(step, run.step(step.id))
    ]
    return e.RunEnded("done", f"passed on a person's word: {', '.join(lifted)}" if lifted else "")
