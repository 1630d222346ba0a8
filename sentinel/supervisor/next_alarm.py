"""When something is due next: one moment, worked out from the rows; the alarm clock itself keeps nothing."""

from collections.abc import Collection, Iterator

from sentinel.domain.delivery import is_due
from sentinel.domain.house import House
from sentinel.domain.quantity import SECOND
from sentinel.domain.streams import HOUSE
from sentinel.domain.trigger_stream import Stream
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.drift import next_look, watchers
from sentinel.supervisor.local_time import may_start, opens_at
from sentinel.supervisor.looking import lookers, next_worker_look
from sentinel.supervisor.outbox import may_start as may_start_delivery
from sentinel.supervisor.own_triggers import LOOKS, next_row_look
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.settling import next_settling
from sentinel.supervisor.triggers import next_slot
from sentinel.supervisor.work import Work


def next_alarm(work: Work, floor: Floor, catalogue: Catalogue, starts: bool = True) -> int | None:
    """The soonest of all that is due by the clock; not what is due and waits for something else, or it rang for ever.

    `starts` says whether anything may start; not while draining.
    """
    closed = dict(_closed(work, floor, catalogue))
    moments = [*floor.due.values(), *closed.values(), *_triggers(work, catalogue), *_drifts(work, catalogue),
               *_rounds(work, catalogue), *_rows(work, catalogue), *_looks(work, catalogue)]  # fmt: skip
    if starts:
        moments.extend(_starts(work, floor, closed))
    return min(moments, default=None)


def _closed(work: Work, floor: Floor, catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    """The runs that would start something and may not at this hour, each with the moment from which it may."""
    for name in floor.bounded:
        run = work.run(name)
        hours = run.plan.policy.hours
        # one in the queue may want no slot at first, and begins all the same only when it may
        waits = run.state == "queued" or floor.wants.get(name)
        if hours is not None and waits and not may_start(hours, catalogue.timezone, work.at):
            yield name, opens_at(hours, catalogue.timezone, work.at)


def _triggers(work: Work, catalogue: Catalogue) -> Iterator[int]:
    for trigger in catalogue.of_kind("cron"):
        state: Stream = work.state(trigger.stream)
        due = next_slot(state, trigger, catalogue.timezone) if state.armed else None
        if due is not None:
            yield due


def _drifts(work: Work, catalogue: Catalogue) -> Iterator[int]:
    looks = (next_look(work, catalogue, trigger) for trigger in watchers(catalogue))
    yield from (moment for moment in looks if moment is not None)


def _rows(work: Work, catalogue: Catalogue) -> Iterator[int]:
    looks = (next_row_look(work, catalogue, trigger) for trigger in catalogue.of_kind(*LOOKS))
    yield from (moment for moment in looks if moment is not None)


def _looks(work: Work, catalogue: Catalogue) -> Iterator[int]:
    looks = (next_worker_look(work, trigger) for trigger in lookers(catalogue))
    yield from (moment for moment in looks if moment is not None)


def _rounds(work: Work, catalogue: Catalogue) -> Iterator[int]:
    rounds = (next_settling(work, catalogue, line) for line in catalogue.lines)
    yield from (moment for moment in rounds if moment is not None)


def _starts(work: Work, floor: Floor, closed: Collection[str]) -> Iterator[int]:
    """Deliveries; and every second while there is no room for an attempt: nothing tells when there is again."""
    house: House = work.state(HOUSE)
    full = any(alert.kind == "disk" for alert in house.alerts.values())
    # one that waits for its repository starts when another ends, which needs no alarm
    rows = may_start_delivery(work.ledger.reads.deliveries())
    due = [work.at if is_due(row.next_at, work.at) else row.next_at for row in rows]
    yield from (moment for moment in due if moment > work.at or not full)
    if full and (due or any(wants for name, wants in floor.wants.items() if name not in closed)):
        yield work.at + SECOND
