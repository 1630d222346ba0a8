"""Moments and durations as people read them."""

import time

from sentinel.domain.quantity import rough_duration


def clock(at: int | None) -> str:
    """A moment in this machine's own time."""
    if at is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at / 1000))


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


def now() -> int:
    """UTC, in ms."""
    return time.time_ns() // 1_000_000
