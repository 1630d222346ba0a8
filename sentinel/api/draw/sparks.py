"""Numbers over time as bars of letters."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparks(values: Sequence[float | None], low: float, high: float) -> str:
    """A bar for each value; blank where there is none."""
    return "".join(_bar(value, low, high) for value in values)


def _bar(value: float | None, low: float, high: float) -> str:
    if value is None:
        return " "
    return _BARS[max(0, min(7, int(8 * (value - low) / (high - low))))] if high > low else _BARS[3]


def gathered(values: Sequence[float | None], width: int, most: bool = False) -> list[float | None]:
    """As many values as there is room for: the mean of neighbours, or the most of them."""
    buckets = min(width, len(values))
    return [_one(values[n * len(values) // buckets : (n + 1) * len(values) // buckets], most) for n in range(buckets)]


def _one(values: Sequence[float | None], most: bool) -> float | None:
    held = [value for value in values if value is not None]
    if not held:
        return None
    return max(held) if most else sum(held) / len(held)
