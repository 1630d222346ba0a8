"""Allowed hours: a window of the local day in which attempts may start."""

import re

MINUTES_A_DAY = 24 * 60
_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_HOURS = re.compile(f"{_CLOCK}-{_CLOCK}")


def parse_hours(text: str) -> tuple[int, int]:
    """The minutes after midnight of `20:00-06:00`. ValueError says how hours are written."""
    found = _HOURS.fullmatch(text)
    if found is not None:
        start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if start != end:
            return start, end
    raise ValueError('hours are written like "20:00-06:00"')


def within(hours: tuple[int, int] | None, minute: int) -> bool:
    """Whether a minute of the local day lies in the window; a window may pass midnight."""
    if hours is None:
        return True
    start, end = hours
    return start <= minute < end if start < end else minute >= start or minute < end


def minutes_until(hours: tuple[int, int], minute: int) -> int:
    """How many minutes until the window opens; nought where it is open."""
    return 0 if within(hours, minute) else (hours[0] - minute) % MINUTES_A_DAY
