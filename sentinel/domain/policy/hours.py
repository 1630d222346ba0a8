"""Allowed hours: a window of the local day in which attempts may start."""

MINUTES_A_DAY = 24 * 60


def parse_hours(text: str) -> tuple[int, int]:
    """The minutes after midnight of `20:00-06:00`. ValueError says how hours are written."""
    parts = [part.split(":") for part in text.split("-")]
    if len(parts) == 2 and all(len(part) == 2 and all(p.isdigit() and len(p) == 2 for p in part) for part in parts):
        start, end = (int(hour) * 60 + int(minute) for hour, minute in parts)
        if max(int(part[0]) for part in parts) < 24 and max(int(part[1]) for part in parts) < 60 and start != end:
            return start, end
    raise ValueError("hours are written like 20:00-06:00")


def within(hours: tuple[int, int] | None, minute: int) -> bool:
    """Whether a minute of the local day lies in the window; a window may pass midnight."""
    if hours is None:
        return True
    start, end = hours
    return start <= minute < end if start < end else minute >= start or minute < end


def minutes_until(hours: tuple[int, int], minute: int) -> int:
    """How many minutes until the window opens; nought where it is open."""
    return 0 if within(hours, minute) else (hours[0] - minute) % MINUTES_A_DAY
