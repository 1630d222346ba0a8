"""What each event makes of a run."""

from collections.abc import Iterable
from typing import Any

from sentinel.domain.altered import altered
from sentinel.domain.event import Event, Happened
from sentinel.domain.plan import Plan
from sentinel.domain.run import events as e
from sentinel.domain.run.moves import ATTEMPT_MOVES, RUN_MOVES, STEP_MOVES, IllegalMove, moved
from sentinel.domain.run.state import Attempt, Run, StepState, step_of


def replay(run: str, plan: Plan, events: Iterable[Event]) -> Run:
    """The run that these events have made."""
    state = Run(run, plan)
    for event in events:
        state = evolve(state, event.body, event.at, event.actor)
    return state


def evolve(run: Run, body: Happened, at: int, actor: str = "") -> Run:
    """The run after one more event. Raises IllegalMove for a move that no table allows."""
    after: Run = _EVOLVE[type(body)](run, body, at, actor)
    return after


def _queued(run: Run, body: e.RunQueued, at: int, actor: str) -> Run:
    moved(RUN_MOVES, f"run {run.id}", run.state, "queued")
    return altered(
        run, state="queued", recipe=body.recipe, line=body.line, inputs=body.inputs, priority=body.priority,
        trigger=body.trigger, reason=body.reason, actor=actor, kind=body.kind, only=body.only, parent=body.parent,
        parent_step=body.parent_step, purpose=body.purpose, commit=body.commit, dirty=body.dirty, created_at=at,
    )  # fmt: skip


def _run_to(run: Run, state: str, at: int, **more: Any) -> Run:
    moved(RUN_MOVES, f"run {run.id}", run.state, state)
    running = state == "running"
    return altered(run, state=state, ran_ms=run.spent(at), running_since=at if running else None, **more)


def _started(run: Run, body: e.RunStarted, at: int, actor: str) -> Run:
    first = at if run.started_at is None else run.started_at
    return _run_to(run, "running", at, aliases=body.aliases, round=body.round, started_at=first, why="")


def _moved(run: Run, body: e.RunMoved, at: int, actor: str) -> Run:
    paused_in = run.state if body.to == "paused" else None
    return _run_to(run, body.to, at, why=body.why, paused_in=paused_in)


def _reprioritised(run: Run, body: e.RunReprioritised, at: int, actor: str) -> Run:
    return altered(run, priority=body.priority)


def _foreseen(run: Run, body: e.RunForeseen, at: int, actor: str) -> Run:
    return run


def _cancel_asked(run: Run, body: e.CancelAsked, at: int, actor: str) -> Run:
    return altered(run, ending=(body.state, body.why))


def _ended(run: Run, body: e.RunEnded, at: int, actor: str) -> Run:
    return _run_to(run, body.state, at, why=body.why, ended_at=at)


def _retried(run: Run, body: e.RunRetried, at: int, actor: str) -> Run:
    run = _run_to(run, "queued", at, why=body.why, ended_at=None, ending=None)
    return altered(run, ran_ms=0, gpu_ms=0, steps=_again(run, body.steps, looks=False))


def _again(run: Run, keys: tuple[str, ...], looks: bool, fresh_from: int | None = None) -> dict[str, StepState]:
    """The steps with these back to pending. A gate's looks are kept within a run's life, since each was paid for."""
    steps = {key: step for key, step in run.steps.items() if "." not in key or step_of(key) not in keys}
    for key in keys:
        if key in steps:
            moved(STEP_MOVES, f"step {key}", steps[key].state, "pending")
            fresh = steps[key].fresh_from if fresh_from is None else fresh_from
            steps[key] = StepState(key, looks=steps[key].looks if looks else 0, fresh_from=fresh)
    return steps


def _step_to(run: Run, key: str, state: str, at: int, **more: Any) -> Run:
    step = run.step(key)
    moved(STEP_MOVES, f"step {key} of {run.id}", step.state, state)
    begun = at if step.started_at is None else step.started_at
    more.setdefault("waits_for", None)
    more.setdefault("until", None)
    more.setdefault("counted", None)
    return altered(run, steps={**run.steps, key: altered(step, state=state, started_at=begun, **more)})


def _attempt_started(run: Run, body: e.AttemptStarted, at: int, actor: str) -> Run:
    if run.state != "running":
        raise IllegalMove(f"attempt {body.attempt} cannot start: run {run.id} is {run.state}")
    run = _step_to(run, body.step, "running", at, live=body.attempt, why="")
    attempt = Attempt(
        body.attempt,
        body.step,
        "started",
        body.node,
        at,
        inputs=body.inputs,
        key=body.key,
        effect=body.effect,
        gpus=body.gpus,
        about=body.about,
    )
    return altered(run, attempts={**run.attempts, body.attempt: attempt})


def _attempt_ended(run: Run, body: e.AttemptEnded, at: int, actor: str) -> Run:
    attempt = run.attempts[body.attempt]
    moved(ATTEMPT_MOVES, f"attempt {body.attempt}", attempt.state, body.end)
    attempt = altered(
        attempt, state=body.end, ended_at=at, outputs=body.outputs, says=body.says, error=body.error,
        receipt=body.receipt, cpu_ms=body.cpu_ms, peak_memory=body.peak_memory,
    )  # fmt: skip
    step = run.step(body.step)
    lost = 0 if body.progressed else step.lost + (body.end == "lost")
    tries = step.tries + (body.end in ("failed", "timed-out", "stalled"))
    gpus = run.planned(body.step).needs.gpus
    return altered(
        run,
        gpu_ms=run.gpu_ms + gpus * (at - attempt.started_at),
        attempts={**run.attempts, attempt.id: attempt},
        steps={**run.steps, body.step: altered(step, live=None, lost=lost, tries=tries)},
    )


def _waiting(run: Run, body: e.StepWaiting, at: int, actor: str) -> Run:
    return _step_to(
        run, body.step, "waiting", at, waits_for=body.waits_for, until=body.until, counted=body.counted, why=body.why
    )


def _spread(run: Run, body: e.StepSpread, at: int, actor: str) -> Run:
    run = _step_to(run, body.step, "running", at, elements=body.elements)
    keys, since = [f"{body.step}.{index}" for index in range(len(body.elements))], run.step(body.step).fresh_from
    return altered(run, steps={**run.steps, **{key: StepState(key, fresh_from=since) for key in keys}})


def _subrun(run: Run, body: e.SubrunStarted, at: int, actor: str) -> Run:
    return _step_to(run, body.step, "running", at, child=body.run)


def _judged(run: Run, body: e.GateJudged, at: int, actor: str) -> Run:
    # a held gate has not ended, and still has to give its verdict to the steps below once a person lifts it
    given = run.attempts[body.attempt].outputs
    judged = altered(run.step(body.step), verdict=body.verdict, outputs=given)
    return altered(run, steps={**run.steps, body.step: altered(judged, looks=judged.looks + 1)})


def _lifted(run: Run, body: e.GateLifted, at: int, actor: str) -> Run:
    step = run.step(body.step)
    return altered(run, steps={**run.steps, body.step: altered(step, lifted=True)})


def _step_ended(run: Run, body: e.StepEnded, at: int, actor: str) -> Run:
    return _step_to(
        run, body.step, body.state, at, outcome=body.outcome, outputs=body.outputs, why=body.why, ended_at=at
    )


def _reused(run: Run, body: e.StepReused, at: int, actor: str) -> Run:
    return _step_to(
        run, body.step, "reused", at, outcome="reused", why="", outputs=body.outputs, source=body.source, ended_at=at
    )


def _skipped(run: Run, body: e.StepSkipped, at: int, actor: str) -> Run:
    return _step_to(run, body.step, "skipped", at, outcome="skipped", why=body.why, unset=body.unset, ended_at=at)


def _round(run: Run, body: e.RoundBegun, at: int, actor: str) -> Run:
    return altered(run, round=body.round, aliases=body.aliases, steps=_again(run, body.steps, True, at))


_EVOLVE: dict[type[Happened], Any] = {
    e.RunQueued: _queued, e.RunStarted: _started, e.RunMoved: _moved, e.RunReprioritised: _reprioritised,
    e.RunForeseen: _foreseen,
    e.CancelAsked: _cancel_asked, e.RunEnded: _ended, e.RunRetried: _retried, e.AttemptStarted: _attempt_started,
    e.AttemptEnded: _attempt_ended, e.StepWaiting: _waiting, e.StepSpread: _spread, e.SubrunStarted: _subrun,
    e.GateJudged: _judged, e.GateLifted: _lifted, e.StepEnded: _step_ended, e.StepReused: _reused,
    e.StepSkipped: _skipped, e.RoundBegun: _round,
}  # fmt: skip
