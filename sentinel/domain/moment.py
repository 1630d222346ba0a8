"""Moments as people write them, in UTC unless they say otherwise; inside they are ms since 1970."""

from datetime import UTC, datetime, timedelta

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def parse_moment(text: str) -> int:
    """A moment of `2026-01-31`, `2026-01-31T06:00` or `2026-01-31T06:00+01:00`. ValueError says how it is written."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, AttributeError):
        raise ValueError("a moment is written like 2026-01-31 or 2026-01-31T06:00") from None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _BEGINNING) // _MS


def format_moment(at: int) -> str:
    """A moment in UTC, as short as it can be without being another."""
    try:
        moment = _BEGINNING + at * _MS
    except OverflowError:
        return f"{at} ms"
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%dT%H:%M" if moment.second == moment.microsecond == 0 else "%Y-%m-%dT%H:%M:%S")
