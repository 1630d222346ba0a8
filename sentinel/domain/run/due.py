"""When the clock changes something about a run next, as long as nothing else does."""

from collections.abc import Iterator

from sentinel.domain.run.state import Run


def next_due(run: Run, at: int) -> int | None:
    """The soonest moment at which a step's wait is over or a budget is used up.

    What is to be tried again and whose time has come waits for a slot, or for what it binds, and no longer for the
    clock. A run that is paused or ending waits for a person, or for its last worker.
    """
    if not run.open or run.state in ("queued", "paused") or run.ending is not None:
        return None
    return min((*_steps(run, at), *_budget(run, at)), default=None)


def _steps(run: Run, at: int) -> Iterator[int]:
    for step in run.steps.values():
        if step.state == "waiting" and step.until is not None and (step.waits_for != "retry" or step.until > at):
            yield step.until


def _budget(run: Run, at: int) -> Iterator[int]:
    budget = run.plan.policy.budget
    if run.state != "running":
        return
    if budget.wall is not None:
        yield at + max(0, budget.wall - run.spent(at)) + 1
    gpus = sum(run.planned(attempt.step).needs.gpus for attempt in run.live())
    if budget.gpu is not None and gpus:
        spent = run.gpu_ms + sum(
            (at - attempt.started_at) * run.planned(attempt.step).needs.gpus for attempt in run.live()
        )
        yield at + max(0, budget.gpu - spent) // gpus + 1
