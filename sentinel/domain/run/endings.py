"""What follows from the end of an attempt: the step is done, waits for another try, is judged, or has failed."""

from sentinel.domain.event import Happened
from sentinel.domain.plan import VERDICTS
from sentinel.domain.policy.backoff import pause_before
from sentinel.domain.run import events as e
from sentinel.domain.run.commands import EndAttempt
from sentinel.domain.run.state import Attempt, Run
from sentinel.domain.verdict import Verdict

LOST_AT_MOST = 5
"""How often an attempt may be lost without leaving a checkpoint before its step fails."""

_RETRIED = ("failed", "timed-out", "stalled")


def end_attempt(run: Run, attempt: Attempt, command: EndAttempt, at: int) -> list[Happened]:
    """The events of an attempt's end."""
    ended = e.AttemptEnded(
        attempt.step, attempt.id, command.end, command.outputs, command.says, command.error,
        command.receipt, command.cpu_ms, command.peak_memory, command.progressed,
    )  # fmt: skip
    step = run.planned(attempt.step)
    if command.end == "cancelled" or (run.ending is not None and command.end != "succeeded"):
        return [ended, e.StepEnded(attempt.step, "cancelled", "cancelled", {}, "the run was cancelled")]
    if command.end == "succeeded":
        return [ended, *_succeeded(run, attempt, command, at)]
    why = str(command.error) if command.error is not None else command.says or command.end
    again = _again(run, attempt, command, at)
    if again is not None:
        return [ended, e.StepWaiting(attempt.step, "retry", again, why)]
    if step.act == "gate":
        verdict = _unjudged(run, attempt, why)
        acted = act_on(run, attempt.step, verdict, {}, at, command.counted)
        return [ended, e.GateJudged(attempt.step, attempt.id, verdict), *acted]
    outcome = "timed-out" if command.end == "timed-out" else "failed"
    return [ended, e.StepEnded(attempt.step, "failed", outcome, {}, why)]


def _succeeded(run: Run, attempt: Attempt, command: EndAttempt, at: int) -> list[Happened]:
    if run.planned(attempt.step).act == "gate":
        verdict = command.verdict
        if verdict is None or verdict.verdict not in VERDICTS:
            verdict = _unjudged(run, attempt, "its worker gave no verdict")
        judged = e.GateJudged(attempt.step, attempt.id, verdict)
        return [judged, *act_on(run, attempt.step, verdict, command.outputs, at, command.counted)]
    outcome = "nothing-trained" if command.nothing else "done"
    return [e.StepEnded(attempt.step, "done", outcome, command.outputs, command.says)]


def _again(run: Run, attempt: Attempt, command: EndAttempt, at: int) -> int | None:
    """When to try again, or None where there is no further try."""
    step, state = run.planned(attempt.step), run.step(attempt.step)
    if command.end == "lost":
        return at if command.progressed or state.lost < LOST_AT_MOST else None
    if command.end in _RETRIED and state.tries < step.retry.times:
        return at + pause_before(step.retry, state.tries + 1, attempt.id)
    return None


def _unjudged(run: Run, attempt: Attempt, why: str) -> Verdict:
    gate = run.planned(attempt.step).gate
    name = gate.gate if gate is not None else attempt.step
    return Verdict(name, "error", f"The gate could not judge: {why}", None, None, run.round, ())


def act_on(
    run: Run, key: str, verdict: Verdict, outputs: e.Ports, at: int, counted: int | None
) -> list[Happened]:  # fmt: skip
    """What a gate's `then:` does with its verdict. A pass is not mapped; two looks are the most that waiting gets."""
    step, looks = run.planned(key), run.step(key).looks + 1
    gate = step.gate
    action = "pass" if verdict.verdict == "pass" or gate is None else gate.then[verdict.verdict]
    wait = gate.wait if gate is not None else None
    if action == "wait" and (wait is None or looks > 1):
        action = "hold"
    if action == "hold":
        return [e.StepWaiting(key, "person", None, verdict.sentence)]
    if action == "wait" and wait is not None:
        return [e.StepWaiting(key, "outcomes", at + wait.at_most, verdict.sentence, counted)]
    return [e.StepEnded(key, "done", verdict.verdict, outputs, verdict.sentence)]
