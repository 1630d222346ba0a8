"""Moments and durations as people read them."""

import time

from sentinel.domain.quantity import rough_duration


def clock(at: int | None) -> str:
    """A moment in this machine's own time."""
    if at is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at / 1000))


def day(at: int, now: int) -> str:
    """A moment ahead by its day, in this machine's own time; with the year where that is another one."""
    when = time.localtime(at / 1000)
    year = " %Y" if when.tm_year != time.localtime(now / 1000).tm_year else ""
    return time.strftime(f"%a %d %b{year} %H:%M", when)


def ago(at: int | None, now: int) -> str:
    """How long ago a moment was, or how long it is until then."""
    if at is None:
        return ""
    return f"{rough_duration(now - at)} ago" if now >= at else f"in {rough_duration(at - now)}"


def took(start: int | None, end: int | None, now: int) -> str:
    """How long something took, or has taken so far."""
    if start is None:
        return ""
    return rough_duration(max(0, (end if end is not None else now) - start))


def lasts(half: int | None, most: int | None) -> str:
    """How long something is expected to take: half of its like, and nine in ten."""
    if half is None:
        return "unknown"
    bound = "nobody can tell for most" if most is None else f"nine in ten within {rough_duration(most)}"
    return rough_duration(half) if half == most else f"{rough_duration(half)}; {bound}"


def due(half: int | None, most: int | None, at: int) -> str:
    """How long it is to a moment that is expected: in half of all cases, and in nine of ten."""
    if half is None:
        return "unknown"
    return f"{rough_duration(max(0, half - at))}, {'?' if most is None else rough_duration(max(0, most - at))}"


def now() -> int:
    """UTC, in ms."""
    return time.time_ns() // 1_000_000
