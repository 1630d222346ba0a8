"""Cron: five fields in the workspace's time zone. A slot fires at most once, and missed ones give one catch-up.

Where clocks change, the schedule does what a person expects. A schedule for certain hours has each of its slots once:
one in the hour that is skipped comes when that hour would have begun, one in the hour that comes twice comes the
first time. A schedule for every hour (`*` or `*/n`) follows real time: it skips with the clock, and repeats with it.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, WithJsonSchema

from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import trigger
from sentinel.contract.scalars import Duration
from sentinel.domain.digest import Json
from sentinel.domain.quantity import HOUR
from sentinel.domain.trigger_stream import Decision
from sentinel.trigger.crontab import Crontab, crontab

MOST_MISSED = 100
"""Missed slots are counted no further: the number is for the eye."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def _written(text: str) -> str:
    crontab(text)
    return text


CronText = Annotated[
    str, AfterValidator(_written), WithJsonSchema({"type": "string", "examples": ["30 4 * * 1-5", "0 */6 * * *"]})
]


@trigger("cron")
def cron(look: TriggerLook, *, at: CronText, jitter: Duration = 0) -> Decision:
    """Fires by the clock, at the slots of a crontab line; `jitter` puts each off by up to so long."""
    params = {"at": at, "jitter": jitter}
    since = look.since if look.since is not None else look.now
    due, missed = due_slots(params, look.timezone, since, look.now, f"{look.recipe}.{look.line or '-'}")
    if due is None:
        return Decision(False, f"the schedule {at!r} has no slot due")
    late = f", {missed} missed before it" if missed else ""
    return Decision(True, f"the schedule {at!r} was due{late}", {"slot": due, "missed": missed})


def due_slots(params: Json, timezone: str, after: int, now: int, trigger: str = "") -> tuple[int | None, int]:
    """The latest slot after `after` that is due by now, and how many due ones it stands for besides; UTC in ms."""
    schedule = _Schedule(params, timezone, trigger)
    first = list(islice(schedule.slots(after, now), MOST_MISSED + 2))
    if not first:
        return None, 0
    last: int | None = first[-1] if len(first) < MOST_MISSED + 2 else schedule.latest(after, now)
    if last is not None and schedule.due(last) > now:
        first = [slot for slot in first if slot < last]
        last = schedule.latest(after, last - 1)
    return last, min(max(len(first) - 1, 0), MOST_MISSED)


def next_due(params: Json, timezone: str, after: int, trigger: str = "") -> int | None:
    """When the first slot after `after` is due; UTC in ms."""
    schedule = _Schedule(params, timezone, trigger)
    slot = schedule.next(after)
    return schedule.due(slot) if slot is not None else None


class _Schedule:
    """A trigger's slots, as moments in ms."""

    def __init__(self, params: Json, timezone: str, trigger: str) -> None:
        self._crontab: Crontab = crontab(params["at"])
        self._zone = _zone(timezone)
        self._jitter: int = params.get("jitter") or 0
        self._trigger = trigger

    def slots(self, after: int, until: int) -> Iterator[int]:
        """The slots after one moment, up to and with another."""
        slot = self.next(after)
        while slot is not None and slot <= until:
            yield slot
            slot = self.next(slot)

    def next(self, after: int) -> int | None:
        """The first slot after a moment."""
        return self._by_time(after + 1) if self._crontab.every_hour else self._by_clock(after)

    def latest(self, after: int, until: int) -> int | None:
        """The last slot after one moment, up to and with another: found by halving, however many there are."""
        found = self.next(after)
        if found is None or found > until:
            return None
        low, high = found, until
        while low < high:
            middle = (low + high) // 2
            later = self.next(middle)
            if later is not None and later <= until:
                low = found = later
            else:
                high = middle
        return found

    def due(self, slot: int) -> int:
        """When a slot is due: put off by chance that is none, and never into the next slot."""
        if not self._jitter:
            return slot
        following = self.next(slot)
        room = self._jitter if following is None else min(self._jitter, following - slot - 1)
        number = hashlib.sha256(f"{self._trigger}\0{slot}".encode()).digest()[:8]
        return slot + int.from_bytes(number) % (room + 1)

    def _by_clock(self, after: int) -> int | None:
        """Each time on the clock once: the first time that it comes, or where it is skipped the moment of the skip."""
        clock = _EPOCH + (after + self._offset(after)) * _MS
        while (found := self._crontab.at_or_after(clock)) is not None:
            moment = self._first(round((found - _EPOCH) / _MS))
            if moment > after:
                return moment
            clock = found + timedelta(minutes=1)
        return None

    def _by_time(self, start: int) -> int | None:
        """The first moment at which the clock shows a time of the schedule, looked for between changes of the clock."""
        while True:
            offset = self._offset(start)
            found = self._crontab.at_or_after(_EPOCH + (start + offset) * _MS)
            if found is None:
                return None
            moment = round((found - _EPOCH) / _MS) - offset
            # near ones too, since a clock put back shows again what it showed just before
            for until in (min(moment, start + 3 * HOUR), moment):
                if self._offset(until) != offset:
                    start = self._change(start, until)
                    break
            else:
                return moment

    def _first(self, clock: int) -> int:
        """The moment at which the clock first shows a time, or passes over it."""
        local = (_EPOCH + clock * _MS).replace(tzinfo=self._zone)
        moment = clock - _ms(local.replace(fold=0).utcoffset())
        other = clock - _ms(local.replace(fold=1).utcoffset())
        return moment if other >= moment else self._change(other, moment)

    def _change(self, start: int, until: int) -> int:
        """The moment between two at which the clock is changed."""
        offset = self._offset(start)
        while until - start > 1:
            middle = (start + until) // 2
            start, until = (middle, until) if self._offset(middle) == offset else (start, middle)
        return until

    def _offset(self, moment: int) -> int:
        return _ms((_EPOCH + moment * _MS).astimezone(self._zone).utcoffset())


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _ms(offset: timedelta | None) -> int:
    return round((offset or timedelta()) / _MS)
