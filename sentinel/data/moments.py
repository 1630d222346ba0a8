"""Times as sources write them, as milliseconds since 1970 in UTC."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

ISO, SECONDS, MILLISECONDS = "iso", "s", "ms"
WAYS = (ISO, SECONDS, MILLISECONDS)
_SINCE_MS = 10**11
"""Above this a count can only be one of milliseconds: as seconds it would be the year 5138."""
_LAST = 7_258_118_400_000
"""The year 2200: whatever is later was counted in something else."""
_DIGITS = 9


def way_of(values: pl.Series) -> str | None:
    """How times are written, as far as these tell; None where there are none."""
    there = values.drop_nulls()
    if there.is_empty():
        return None
    if there.dtype.is_numeric():
        middle = there.cast(pl.Float64).abs().median()
        return MILLISECONDS if isinstance(middle, float) and middle >= _SINCE_MS else SECONDS
    text = there.cast(pl.String).str.strip_chars()
    digits = text.filter(text.str.contains(rf"^\d{{{_DIGITS},}}(\.\d+)?$"))
    return way_of(digits.cast(pl.Float64)) if 2 * len(digits) > len(text) else ISO


def moments(values: pl.Series, way: str) -> pl.Series:
    """Each time in ms; null where it is none, or lies before 1970 or after 2200."""
    if way == ISO:
        told = [_iso(value) for value in values.cast(pl.String).to_list()]
        found = pl.Series(values.name, told, dtype=pl.Int64)
    else:
        scale = 1000 if way == SECONDS else 1
        found = (values.cast(pl.Float64, strict=False) * scale).round().cast(pl.Int64, strict=False)
    return found.set((found < 0) | (found > _LAST), None)


def _iso(value: Any) -> int | None:
    """A time without a zone is one of UTC."""
    if value is None:
        return None
    try:
        told = datetime.fromisoformat(value.strip())
        whole = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
        return round(whole.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
