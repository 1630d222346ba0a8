"""When the clock changes something about a run next, as long as nothing else does."""

from collections.abc import Collection, Iterator

from sentinel.domain.run.state import Run


def next_due(run: Run, wanted: Collection[str], at: int) -> int | None:
    """The soonest moment at which a step's wait is over or a budget is used up.

    `wanted` are the steps that have been found to want a slot: what is to be tried again and waits for that no longer
    waits for the clock. A run that is paused or ending waits for a person, or for its last worker.
    """
    if not run.open or run.state in ("queued", "paused") or run.ending is not None:
        return None
    return min((*_steps(run, wanted, at), *_budget(run, at)), default=None)


def _steps(run: Run, wanted: Collection[str], at: int) -> Iterator[int]:
    for key, step in run.steps.items():
        found = key in wanted and (step.until or 0) <= at
        if step.state == "waiting" and step.until is not None and not found:
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
