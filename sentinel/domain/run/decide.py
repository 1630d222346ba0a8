"""What a command makes of a run: events, or a refusal. `advance` holds all that follows without being asked."""

from collections.abc import Iterator
from typing import Any

from sentinel.domain.event import Happened
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run import events as e
from sentinel.domain.run.advance import advance
from sentinel.domain.run.endings import end_attempt
from sentinel.domain.run.moves import RUN_ENDS, STEP_ENDS
from sentinel.domain.run.standing import Ready, downstream, passed, standing
from sentinel.domain.run.state import Run, StepState, element_of

Decided = list[Happened] | Refusal


def decide(run: Run, command: c.Command, at: int) -> Decided:
    """The events that a command leads to, or why it cannot be carried out."""
    decided: Decided = _DECIDE[type(command)](run, command, at)
    return decided


def _start(run: Run, command: c.Start, at: int) -> Decided:
    if run.state != "queued" or run.ending is not None:
        return _wrong_state(run, "start")
    return [e.RunStarted(command.aliases, run.round + 1)]


def _advance(run: Run, command: c.Advance, at: int) -> Decided:
    return advance(run, at, command.aliases, command.counted).events


def _start_attempt(run: Run, command: c.StartAttempt, at: int) -> Decided:
    inputs = _startable(run, command.step, at)
    if isinstance(inputs, Refusal):
        return inputs
    if _runs_a_recipe(run, command.step):
        return Refusal("E-not-startable", f"Step `{command.step}` of {run.id} is a run of its own.")
    attempt = run.next_attempt(command.step)
    return [
        e.AttemptStarted(
            command.step, attempt, command.node, inputs.inputs, command.key, command.effect, command.gpus, command.about
        )
    ]  # fmt: skip


def _take_reused(run: Run, command: c.TakeReused, at: int) -> Decided:
    inputs = _startable(run, command.step, at)
    if isinstance(inputs, Refusal):
        return inputs
    if run.planned(command.step).act == "gate":
        return Refusal("E-not-startable", f"Step `{command.step}` of {run.id} is a gate, which always judges anew.")
    return [e.StepReused(command.step, command.source, inputs.inputs, command.key, command.outputs)]


def _startable(run: Run, key: str, at: int) -> Ready | Refusal:
    if run.state != "running" or run.ending is not None:
        return _wrong_state(run, "start a step")
    return _free(run, key, at)


def _free(run: Run, key: str, at: int) -> Ready | Refusal:
    """The inputs of a step that may be done now. What approves, waits or spreads is done by the clock and its parts."""
    step, planned = run.step(key), run.planned(key)
    spreads = planned.each is not None and element_of(key) is None
    if planned.act in ("approve", "wait") or spreads:
        return Refusal("E-not-startable", f"Step `{key}` of {run.id} is not done by a worker.")
    if step.live is not None or step.state not in ("pending", "waiting"):
        return Refusal("E-not-startable", f"Step `{key}` of {run.id} is {step.state}.")
    if step.state == "waiting" and (step.waits_for not in ("retry", "line") or (step.until or 0) > at):
        return Refusal("E-not-startable", f"Step `{key}` of {run.id} waits for {step.waits_for}.")
    stands = standing(run, key)
    if not isinstance(stands, Ready):
        return Refusal("E-not-startable", f"Step `{key}` of {run.id} is not ready: {stands.why}.")
    return stands


def _end_attempt(run: Run, command: c.EndAttempt, at: int) -> Decided:
    attempt = run.attempts.get(command.attempt)
    if attempt is None or attempt.state != "started":
        return Refusal("E-not-running", f"Attempt {command.attempt} does not run.")
    return end_attempt(run, attempt, command, at)


def _end_own(run: Run, command: c.EndOwn, at: int) -> Decided:
    fault = _own(run, command.step, at)
    if fault is not None:
        return fault
    if run.planned(command.step).act == "gate" and command.state in ("done", "reused"):
        return Refusal("E-not-startable", f"Step `{command.step}` of {run.id} is a gate: only a verdict passes it.")
    return [e.StepEnded(command.step, command.state, command.outcome, command.outputs, command.why)]


def _wait_own(run: Run, command: c.WaitOwn, at: int) -> Decided:
    step = run.step(command.step)
    if step.state == "waiting" and step.waits_for == command.waits_for and step.why == command.why:
        return []
    if step.child is not None or run.planned(command.step).act != "use":
        return Refusal("E-not-startable", f"Step `{command.step}` of {run.id} does not wait for the daemon's own act.")
    fault = _own(run, command.step, at)
    if fault is not None:
        return fault
    return [e.StepWaiting(command.step, command.waits_for, None, command.why)]


def _own(run: Run, key: str, at: int) -> Refusal | None:
    """Why the daemon may not do this step of its own now. The end of a child run is told whatever the run is in."""
    step = run.step(key)
    if not run.open or step.ended:
        return Refusal("E-not-running", f"Step `{key}` of {run.id} has ended.")
    if step.child is not None:
        return None
    # a step that waits for a held line may be all that is left, and then its run waits too
    held = step.state == "waiting" and step.waits_for == "line" and run.state == "waiting" and run.ending is None
    stands = _free(run, key, at) if held else _startable(run, key, at)
    return stands if isinstance(stands, Refusal) else None


def _start_subrun(run: Run, command: c.StartSubrun, at: int) -> Decided:
    stands = _startable(run, command.step, at)
    if isinstance(stands, Refusal):
        return stands
    if not _runs_a_recipe(run, command.step):
        return Refusal("E-not-startable", f"Step `{command.step}` of {run.id} runs no recipe.")
    return [e.SubrunStarted(command.step, command.run)]


def _runs_a_recipe(run: Run, key: str) -> bool:
    planned = run.planned(key)
    return planned.use == "recipe" or planned.recipe is not None


def _answer(run: Run, command: c.Answer, at: int) -> Decided:
    if not run.open or run.ending is not None:
        return _wrong_state(run, "answer")
    asking = [
        step
        for step in run.steps.values()
        if step.state == "waiting" and step.waits_for in ("approval", "person") and command.step in (None, step.key)
    ]
    if not asking:
        return Refusal(
            "E-nothing-asked", f"Nothing in {run.id} waits for a person's word.", todo=f"See `sentinel show {run.id}`."
        )
    if len(asking) > 1:
        names = ", ".join(f"`{step.key}`" for step in asking)
        return Refusal("E-which-step", f"Several steps of {run.id} wait for a word: {names}.", todo="Name one of them.")
    return _answered(asking[0], command)


def _answered(step: StepState, command: c.Answer) -> Decided:
    if step.waits_for == "approval":
        outcome = "approved" if command.approve else "rejected"
        return [e.StepEnded(step.key, "done", outcome, {}, command.reason)]
    verdict = step.verdict.verdict if step.verdict is not None else "error"
    if not command.reason.strip():
        return Refusal("E-reason", "A held gate is decided by name and reason.", todo="Add `--reason TEXT`.")
    lifted: list[Happened] = [e.GateLifted(step.key, command.reason)] if command.approve else []
    return [*lifted, e.StepEnded(step.key, "done", verdict, step.outputs, command.reason)]


def _cancel(run: Run, command: c.Cancel, at: int) -> Decided:
    if not run.open:
        return _wrong_state(run, "cancel")
    return [] if run.ending is not None else [e.CancelAsked(command.state, command.why)]


def _pause(run: Run, command: c.Pause, at: int) -> Decided:
    if run.state not in ("queued", "running", "waiting") or run.ending is not None:
        return _wrong_state(run, "pause")
    return [e.RunMoved("paused", command.why)]


def _resume(run: Run, command: c.Resume, at: int) -> Decided:
    if run.state != "paused" or run.ending is not None:
        return _wrong_state(run, "resume")
    return [e.RunMoved("queued" if run.paused_in == "queued" else "running", "")]


def _retry(run: Run, command: c.RetryRun, at: int) -> Decided:
    if run.state not in RUN_ENDS:
        return _wrong_state(run, "retry")
    known = [step.id for step in run.plan.steps]
    if command.step is not None and command.step not in known:
        return Refusal("E-unknown-step", f"{run.id} has no step `{command.step}`.", todo=f"It has {', '.join(known)}.")
    if command.step is None and run.state == "done":
        return Refusal("E-done", f"{run.id} is done.", todo="Name a step to do again with `--from STEP`.")
    reset = downstream(run, {command.step} if command.step else set(_unfinished(run)))
    keys = tuple(key for key in known if key in reset and run.step(key).state in STEP_ENDS)
    return [e.RunRetried(keys, command.why)]


def _unfinished(run: Run) -> Iterator[str]:
    for step in run.plan.steps:
        state = run.step(step.id)
        barren = state.outcome == "nothing-trained"
        if state.state not in ("done", "reused") or barren or (step.is_bar and not passed(step, state)):
            yield step.id


def _reprioritise(run: Run, command: c.Reprioritise, at: int) -> Decided:
    return [e.RunReprioritised(command.priority)] if run.open else _wrong_state(run, "move in the queue")


def _wrong_state(run: Run, verb: str) -> Refusal:
    todo = f"See `sentinel show {run.id}`."
    ending = " and is being ended" if run.ending is not None else ""
    return Refusal("E-wrong-state", f"Cannot {verb}: {run.id} is {run.state}{ending}.", todo=todo)


_DECIDE: dict[type, Any] = {
    c.Start: _start, c.Advance: _advance, c.StartAttempt: _start_attempt, c.TakeReused: _take_reused,
    c.EndAttempt: _end_attempt, c.EndOwn: _end_own, c.WaitOwn: _wait_own, c.StartSubrun: _start_subrun,
    c.Answer: _answer, c.Cancel: _cancel, c.Pause: _pause, c.Resume: _resume, c.RetryRun: _retry,
    c.Reprioritise: _reprioritise,
}  # fmt: skip
