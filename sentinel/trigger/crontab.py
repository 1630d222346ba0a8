"""The text of a crontab line, read as cron reads it and matched by APScheduler.

APScheduler counts weekdays from Monday and wants both days of month and weekdays to hold; crontab(5) counts from
Sunday, and where both are given either will do. People know crontab(5).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELDS = ("minute", "hour", "day of the month", "month", "weekday")
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES: tuple[dict[str, int], ...] = (
    {}, {}, {}, {name: number for number, name in enumerate(_MONTHS, 1)},
    {name: number for number, name in enumerate(_WEEKDAYS)},
)  # fmt: skip
_PART = re.compile(r"(?:(\*)|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?")
_BEGIN, _END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2400, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Crontab:
    """A schedule on a clock that never changes. The clock's times are written as if they were UTC."""

    every_hour: bool
    """Whether it is for every hour or every n-th, rather than for certain ones."""
    parts: "tuple[CronTrigger, ...]"

    def at_or_after(self, moment: datetime) -> datetime | None:
        """The first time of the schedule that is not before this one."""
        times = [part.get_next_fire_time(None, moment) for part in self.parts]
        return min((time for time in times if time is not None), default=None)


@lru_cache(maxsize=256)
def crontab(text: str) -> Crontab:
    """The schedule of five fields. ValueError says what is wrong with which."""
    # imported here: asyncio comes with it, and whoever loads the registry would pay for it
    from apscheduler.triggers.cron import CronTrigger

    words = text.lower().split()
    if len(words) != len(_FIELDS):
        raise ValueError("a schedule has five fields, as in `30 4 * * 1-5`: minute, hour, day, month and weekday")
    minute, hour, day, month, weekday = (_field(word, place) for place, word in enumerate(words))
    both = not words[2].startswith("*") and not words[4].startswith("*")
    days = [(day, "*"), ("*", weekday)] if both else [(day, weekday)]
    parts = tuple(
        CronTrigger(minute=minute, hour=hour, day=each, month=month, day_of_week=other, timezone=UTC, end_date=_END)
        for each, other in days
    )
    found = Crontab(words[1].startswith("*"), parts)
    if found.at_or_after(_BEGIN) is None:
        raise ValueError(f"the day of {text!r} never comes")
    return found


def _field(word: str, place: int) -> str:
    """A field as APScheduler takes it: as it is written, once that is proved; weekdays one by one by their names."""
    low, high = _RANGES[place]
    found: set[int] = set()
    for part in word.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"the {_FIELDS[place]} {part!r} is not written like 5, 1-5, */10 or 1-9/2")
        star, first, last, step = match.groups()
        begin = low if star else _number(first, place)
        end = (6 if place == 4 else high) if star else _number(last, place, ends=True) if last else begin
        if step is not None and not star and last is None:
            raise ValueError(f"the {_FIELDS[place]} {part!r} has a step and no range, as {first}-{high}/{step} has")
        if begin > end:
            raise ValueError(f"the {_FIELDS[place]} {part!r} ends before it begins")
        if step is not None and not 0 < int(step) <= high:
            raise ValueError(f"the {_FIELDS[place]} {part!r} has a step that is not from 1 to {high}")
        found.update(range(begin, end + 1, int(step or 1)))
    if place < 4 or word == "*":
        return word
    return ",".join(sorted({_WEEKDAYS[number % 7] for number in found}))


def _number(word: str, place: int, ends: bool = False) -> int:
    names, (low, high) = _NAMES[place], _RANGES[place]
    if word in names:
        return 7 if ends and word == "sun" else names[word]
    if not word.isdigit():
        raise ValueError(f"the {_FIELDS[place]} {word!r} is not known")
    number = int(word)
    if not low <= number <= high:
        raise ValueError(f"the {_FIELDS[place]} {word!r} is not from {low} to {high}")
    return number
