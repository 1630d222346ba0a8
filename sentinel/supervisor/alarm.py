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


def next_alarm(work: Work, floor: Floor, catalogue: Catalogue) -> int | None:
    """The soonest of all that is due by the clock."""
    moments = [*_runs(work, floor, catalogue), *_triggers(work, catalogue), *_room(work, floor)]
    moments.extend(row.next_at for row in work.ledger.reads.deliveries() if row.state == "waiting")
    return min(moments, default=None)


def _runs(work: Work, floor: Floor, catalogue: Catalogue) -> Iterator[int]:
    # not every open run: thousands may wait in the queue, where nothing but their hours is due by the clock
    for name in (name for held in floor.begun.values() for name in held):
        run = work.run(name)
        yield from (step.until for step in run.steps.values() if step.state == "waiting" and step.until is not None)
        yield from _budget(run, work.at)
    for name in floor.bounded:
        hours = work.run(name).plan.policy.hours
        if hours is not None and floor.wants.get(name) and not may_start(hours, catalogue.timezone, work.at):
            yield opens_at(hours, catalogue.timezone, work.at)


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


def _room(work: Work, floor: Floor) -> Iterator[int]:
    """While there is no room for an attempt's folder, every second: nothing else tells when there is again."""
    house: House = work.state(HOUSE)
    if any(floor.wants.values()) and any(alert.kind == "disk" for alert in house.alerts.values()):
        yield work.at + SECOND
