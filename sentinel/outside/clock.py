"""What time it is."""

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for the record, monotonic time for waiting."""

    def now(self) -> int:
        """UTC, in milliseconds since 1970."""

    def monotonic(self) -> float:
        """Seconds that never go back, from an unknown beginning."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """UTC, in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class FakeClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> int:
        """The time that was set."""
        return self._now

    def monotonic(self) -> float:
        """The seconds that were advanced."""
        return self._monotonic

    def set(self, now: int) -> None:
        """Put the wall clock to a time, back too, as a machine's administrator may."""
        self._now = now

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        if seconds < 0:
            raise ValueError("time does not run backwards; `set` puts the wall clock back")
        self._now += round(seconds * 1000)
        self._monotonic += seconds
