"""When a recipe is asked for by the clock: the moments that come, as far as its triggers can tell them ahead."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from sentinel.domain.trigger_stream import Stream
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.own_triggers import next_row_look
from sentinel.supervisor.work import Work
from sentinel.trigger.cron import next_due


def coming(work: Work, catalogue: Catalogue, recipe: str, line: str | None, many: int) -> list[int]:
    """The next moments, so many at most: every slot of its schedules, and the next time alone that a floor is due."""
    own = [each for each in catalogue.of_kind("cron", "floor") if (each.recipe, each.line) == (recipe, line)]
    slots = merge(*(_slots(work, catalogue, each) for each in own if each.kind == "cron"))
    found = list(islice(_apart(slots), many))
    floors = (next_row_look(work, catalogue, each) for each in own if each.kind == "floor")
    return sorted([*found, *(moment for moment in floors if moment is not None)])[:many]


def _slots(work: Work, catalogue: Catalogue, trigger: TriggerInForce) -> Iterator[int]:
    """The moments at which a schedule is due: what was missed is due at once, and once."""
    state: Stream = work.state(trigger.stream)
    after = state.accounted if state.armed else None
    while after is not None:
        due = next_due(trigger.params, catalogue.timezone, after, trigger.stream)
        after = max(due, work.at) if due is not None else None
        if after is not None:
            yield after


def _apart(moments: Iterator[int]) -> Iterator[int]:
    """Each moment once, however many schedules have it."""
    last = None
    for moment in moments:
        if moment != last:
            yield moment
        last = moment
