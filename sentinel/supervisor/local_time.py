"""The local day of the workspace's time zone, for allowed hours."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from sentinel.domain.policy.hours import minutes_until, within
from sentinel.domain.quantity import MINUTE


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(at: int, timezone: str) -> datetime:
    """A moment in the workspace's own time."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(_zone(timezone))


def may_start(hours: tuple[int, int] | None, timezone: str, at: int) -> bool:
    """Whether attempts may start at this moment."""
    if hours is None:
        return True
    now = local(at, timezone)
    return within(hours, now.hour * 60 + now.minute)


def opens_at(hours: tuple[int, int], timezone: str, at: int) -> int:
    """When the window opens next; in the night of a clock change it may be an hour early, and is looked at again."""
    now = local(at, timezone)
    return at + minutes_until(hours, now.hour * 60 + now.minute) * MINUTE - at % MINUTE
