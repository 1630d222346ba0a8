"""The alarm clock: APScheduler in memory, one alarm at a time. What is due is a row in the ledger, never here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

LONGEST_SLEEP = 60_000
"""Milliseconds: the clock on the wall may be set, so the engine looks at it at least this often while it waits."""
_ANY = 2**31


@dataclass(slots=True)
class AlarmClock:
    """Wakes somebody at a moment."""

    _wake: Callable[[], None] = lambda: None
    _scheduler: Any = field(default=None)

    def start(self, wake: Callable[[], None]) -> None:
        """Begin; `wake` is called on the loop when the alarm goes off."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._wake = wake
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.start()

    def wake_at(self, moment: int | None, now: int) -> None:
        """Set the alarm, in place of the one that was set, so long from here as the moment is from `now`.

        A moment that has passed rings at once.
        """
        if self._scheduler is None:
            return
        sleep = min(LONGEST_SLEEP, max(0, moment - now)) if moment is not None else LONGEST_SLEEP
        # from the scheduler's own present: the daemon's clock may be another one
        when = datetime.now(UTC) + timedelta(milliseconds=sleep)
        # an alarm that is due before the one that rings has come to its end rings too, and is not left out
        self._scheduler.add_job(
            self._ring, "date", run_date=when, id="alarm", replace_existing=True, misfire_grace_time=None,
            max_instances=_ANY,
        )  # fmt: skip

    def stop(self) -> None:
        """Let go of the alarm."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    async def _ring(self) -> None:
        # on the loop itself, where a plain function would go to a thread
        self._wake()
