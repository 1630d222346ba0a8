"""Durations, sizes, shares and rates, read and written as people write them. Durations are ms, sizes bytes."""

import re
import sys
from dataclasses import dataclass
from typing import TypeGuard

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
YEAR = 365 * DAY

_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_WORDS = {
    "second": SECOND, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK, "month": 30 * DAY, "year": YEAR,
}  # fmt: skip
_SIZES = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_DURATION_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d|w)")
_SIZE = re.compile(r"([0-9]{1,18})(\.[0-9]{1,6})?\s?([A-Za-z]{1,3})")
_SHARE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,17})?(?:[eE]-[0-9]{1,2})?)(%?)")
_RATE = re.compile(r"([0-9]{1,9})\s+(?:per|in)\s+(?:([0-9]{1,6})\s+)?([a-z]+?)s?")
_LONGEST = 1000 * YEAR
_LARGEST = sys.float_info.max


def parse_duration(text: str) -> int:
    """Milliseconds of `90s`, `1h30m`, `30d` or `0s`. ValueError says how durations are written."""
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("a duration is written like 90s, 15m, 6h, 1h30m, 30d or 2w")
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if total > _LONGEST:
        raise ValueError("a duration may be 1000 years at most")
    return round(total)


def format_duration(ms: int) -> str:
    """A duration as people write it, exact: `parse_duration` reads it back to the same number."""
    if ms == 0:
        return "0s"
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, ms = divmod(ms, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def rough_duration(ms: int) -> str:
    """A duration in its two largest units, for the eye."""
    if ms < SECOND:
        return f"{ms}ms"
    if ms < 10 * SECOND:
        return f"{ms / SECOND:.1f}s"
    parts = _DURATION_PART.findall(format_duration(ms // SECOND * SECOND))
    return "".join(number + unit for number, unit in parts[:2])


def parse_size(text: str) -> int:
    """Bytes of `20GiB`, `512MB` or `0B`. ValueError says how sizes are written."""
    found = _SIZE.fullmatch(text)
    if found is None or found[3] not in _SIZES:
        raise ValueError("a size is written like 512MiB, 20GiB or 1.5GB")
    # whole numbers stay whole: a float would round what is above 2^53
    return int(found[1]) * _SIZES[found[3]] + round(float(found[2] or 0) * _SIZES[found[3]])


def format_size(size: int) -> str:
    """A size as people write it, exact: `parse_size` reads it back to the same number."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size and size % _SIZES[unit] == 0:
            return f"{size // _SIZES[unit]}{unit}"
    return f"{size}B"


def rough_size(size: int) -> str:
    """A size in its largest unit, for the eye."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size >= _SIZES[unit]:
            return f"{size / _SIZES[unit]:.1f}{unit}"
    return f"{size}B"


def parse_share(text: str) -> float:
    """A share between 0 and 1, of `20%` or `0.2`."""
    found = _SHARE.fullmatch(text)
    value = float(found[1]) / (100 if found[2] else 1) if found is not None else -1.0
    if not 0 <= value <= 1:
        raise ValueError("a share is written like 5% or 0.05, between 0 and 1")
    return value


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times in so long, as `1 per 3 years`."""

    times: int
    per_ms: int

    def __str__(self) -> str:
        """The rate as it is written in a recipe."""
        for word in ("year", "week", "day", "hour", "minute", "second"):
            count, rest = divmod(self.per_ms, _WORDS[word])
            if count and not rest:
                return f"{self.times} per {word}" if count == 1 else f"{self.times} per {count} {word}s"
        return f"{self.times} per {format_duration(self.per_ms)}"


def parse_rate(text: str) -> Rate:
    """A rate of `1 per 3 years`, `5 per day`."""
    found = _RATE.fullmatch(text)
    if found is None or found[3] not in _WORDS or int(found[2] or 1) == 0:
        raise ValueError("a rate is written like `1 per 3 years` or `5 per day`")
    if int(found[1]) == 0:
        raise ValueError("a rate is once in some time at least, such as `1 per 100 years`")
    rate = Rate(int(found[1]), int(found[2] or 1) * _WORDS[found[3]])
    if rate.per_ms > _LONGEST:
        raise ValueError("a rate may be counted over 1000 years at most")
    return rate


def is_number(value: object) -> TypeGuard[float]:
    """Whether it can be reckoned with: no yes or no, and not beyond what a float can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
