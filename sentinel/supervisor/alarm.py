"""When something is due next: one moment, worked out from the rows; the alarm clock itself keeps nothing."""

from collections.abc import Iterator

from sentinel.domain.house import House
from sentinel.domain.quantity import SECOND
from sentinel.domain.run.state import Run
from sentinel.domain.stream import Stream
from sentinel.domain.streams import HOUSE
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.local_time import may_start, opens_at
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.triggers import next_slot
from sentinel.supervisor.work import Work


def next_alarm(work: Work, floor: Floor, catalogue: Catalogue, starts: bool = True) -> int | None:
    """The soonest of all that is due by the clock; not what is due and waits for something else, or it rang for ever.

    `starts` says whether anything may start; not while draining.
    """
    moments = [*_runs(work, floor, catalogue), *_triggers(work, catalogue)]
    if starts:
        moments.extend(_starts(work, floor))
    return min(moments, default=None)


def _runs(work: Work, floor: Floor, catalogue: Catalogue) -> Iterator[int]:
    # not every open run: thousands may wait in the queue, where nothing but their hours is due by the clock
    for name in (name for held in floor.begun.values() for name in held):
        run = work.run(name)
        if run.state == "paused" or run.ending is not None:
            continue  # until a person resumes it, or its last worker has ended
        yield from _steps(run, {wanting.step for wanting in floor.wants.get(name, ())}, work.at)
        yield from _budget(run, work.at)
    for name in floor.bounded:
        hours = work.run(name).plan.policy.hours
        if hours is not None and floor.wants.get(name) and not may_start(hours, catalogue.timezone, work.at):
            yield opens_at(hours, catalogue.timezone, work.at)


def _steps(run: Run, wanted: set[str], at: int) -> Iterator[int]:
    for key, step in run.steps.items():
        # what is to be tried again and has been found to want a slot waits for that, and no longer for the clock
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


def _triggers(work: Work, catalogue: Catalogue) -> Iterator[int]:
    for trigger in catalogue.of_kind("cron"):
        state: Stream = work.state(trigger.stream)
        due = next_slot(state, trigger, catalogue.timezone) if state.armed else None
        if due is not None:
            yield due


def _starts(work: Work, floor: Floor) -> Iterator[int]:
    """Deliveries; and every second while there is no room for an attempt: nothing tells when there is again."""
    house: House = work.state(HOUSE)
    full = any(alert.kind == "disk" for alert in house.alerts.values())
    due = [row.next_at for row in work.ledger.reads.deliveries() if row.state == "waiting"]
    yield from (moment for moment in due if moment > work.at or not full)
    if full and (any(floor.wants.values()) or due):
        yield work.at + SECOND
