"""What moved, in words: the unit that seems to have changed, the value that rose, the word that is gone."""

import math
from collections.abc import Sequence

from sentinel.domain.profile import Numbers, Profile, Values

_CLOSE, _CLOSE_ENOUGH = 0.05, 0.25
"""How near, as a share of it, quantiles have to be to those that another unit would give: so near, or where few rows
of a wide feature leave them that uncertain, a little farther off."""
_APART = 0.2
_LARGE = 10
_UNITS: tuple[tuple[float, float], ...] = (
    *((10.0**power, 0.0) for power in range(1, 10)),
    (60.0, 0.0), (3600.0, 0.0), (86400.0, 0.0),
    (2.54, 0.0), (25.4, 0.0), (30.48, 0.0), (0.3048, 0.0), (1.609344, 0.0),
    (0.45359237, 0.0), (28.349523, 0.0), (3.785412, 0.0), (1.8, 32.0),
)  # fmt: skip
"""Factor, and what is added: of one unit to another."""


def of_lost(field: str, old: Numbers | Values, rows: int, strays: int | None) -> str:
    """How a field has no value any more: so many of its rows hold something else; None where there is no such field."""
    if strays is None:
        return f"`{field}` is gone"
    if strays:
        return f"`{field}` is no number any more in {_percent(_share(strays, rows))} of rows"
    return f"`{field}` is missing in 100 % of rows, and was in {_percent(_share(old.nulls, old.rows + old.nulls))}"


def of_numbers(name: str, old: Numbers, new: Numbers, strays: int = 0) -> str:
    """How a numeric feature moved, of whose rows so many hold something else than a number."""
    gone, left = _share(old.nulls, old.rows + old.nulls), _share(new.nulls, new.rows + new.nulls)
    if abs(left - gone) >= 0.05:
        if 2 * strays > new.nulls:
            return f"`{name}` is no number any more in {_percent(_share(strays, new.rows + new.nulls))} of rows"
        return f"`{name}` is missing in {_percent(left)} of rows, and was in {_percent(gone)}"
    unit = unit_of(old.quantiles, new.quantiles, min(old.rows, new.rows))
    if unit is not None:
        return f"`{name}` {unit}"
    before, after = _middle(old.quantiles), _middle(new.quantiles)
    return f"the median of `{name}` went from {_number(before)} to {_number(after)}"


def of_values(name: str, old: Values, new: Values) -> str:
    """How a feature of few values moved: by the value that moved the most."""
    n, m = old.rows + old.nulls, new.rows + new.nulls
    names = {**old.counts, **new.counts}
    most = max(names, key=lambda v: abs(_share(new.counts.get(v, 0), m) - _share(old.counts.get(v, 0), n)), default="")
    before, after = _share(old.counts.get(most, 0), n), _share(new.counts.get(most, 0), m)
    if abs(_share(new.nulls, m) - _share(old.nulls, n)) > abs(after - before):
        gone, left = _percent(_share(old.nulls, n)), _percent(_share(new.nulls, m))
        return f"`{name}` is missing in {left} of rows, and was in {gone}"
    return f"`{most}` of `{name}` went from {_percent(before)} to {_percent(after)} of rows"


def of_word(field: str, word: str, counts: tuple[int, int], rows: tuple[int, int], label: str | None) -> str:
    """How often a word stands in a text."""
    before, after = (_percent(_share(count, of)) for count, of in zip(counts, rows, strict=True))
    what = f"`{word}` stood in the `{field}` of {before} of rows and stands in {after}"
    return what if label is None else f"what `{label}` means has moved: of its rows, {what}"


def of_bins(name: str, label: str, reference: Profile, old: Sequence[int], new: Sequence[int]) -> str:
    """How a feature moved within the rows of one label."""
    n, m = sum(old), sum(new)
    place = max(range(len(old)), key=lambda index: abs(_share(new[index], m) - _share(old[index], n)))
    before, after = _percent(_share(old[place], n)), _percent(_share(new[place], m))
    return (
        f"what `{label}` means has moved: of its rows, {_bin(name, reference, place, len(old))} went from {before} to "
        f"{after}"
    )


def unit_of(old: Sequence[float], new: Sequence[float], rows: int = 10_000) -> str | None:
    """The change of unit that would make these quantiles of those; none where nothing known does."""
    pairs = [(a, b) for a, b in zip(old, new, strict=False) if a and b][1:-1]
    if len(pairs) < 5 or _miss(pairs, 1.0, 0.0) < _APART:
        return None
    turned = [(b, a) for a, b in pairs]
    told = [
        (_miss(held, factor, added), factor, added, is_more)
        for factor, added in _UNITS
        for held, is_more in ((pairs, True), (turned, False))
    ]
    # small factors lie near each other, and near what moves by itself
    near = [each for each in told if each[0] <= (_close(old, rows) if each[1] >= _LARGE else _CLOSE)]
    return _unit(*min(near)[1:]) if near else None


def _close(quantiles: Sequence[float], rows: int) -> float:
    """How near is near enough: within twice what chance does to the median of so many rows."""
    quarter = len(quantiles) // 4
    low, middle, high = (quantiles[quarter * place] for place in (1, 2, 3))
    plain = (high - low) / abs(middle) if middle else math.inf
    wide = math.log(high / low) if low > 0 else plain
    # the median of n rows strays by 1.25 standard deviations over √n, on either side; quartiles lie 1.35 of them apart
    return min(_CLOSE_ENOUGH, max(_CLOSE, 2 * math.sqrt(2) * 1.25 * wide / 1.35 / math.sqrt(rows)))


def _unit(factor: float, added: float, is_more: bool) -> str:
    if added:
        return f"looks like {'Fahrenheit, and was Celsius' if is_more else 'Celsius, and was Fahrenheit'}"
    return f"looks like × {factor:g}" if is_more else f"looks like ÷ {factor:g}"


def _miss(pairs: Sequence[tuple[float, float]], factor: float, added: float) -> float:
    """By how much the middle quantile misses, as a share of it."""
    found = sorted(abs(b - (factor * a + added)) / max(abs(b), abs(factor * a)) for a, b in pairs)
    return found[len(found) // 2]


def _bin(name: str, reference: Profile, place: int, bins: int) -> str:
    if place == bins - 1:
        return f"those without `{name}`"
    if name in reference.numbers:
        coarse = reference.numbers[name].coarse
        if place == 0:
            return f"those with `{name}` up to {_number(coarse[0])}" if coarse else f"those with `{name}`"
        return f"those with `{name}` above {_number(coarse[place - 1])}" + (
            f", up to {_number(coarse[place])}" if place < len(coarse) else ""
        )
    first = reference.values[name].first
    return f"`{first[place]}` of `{name}`" if place < len(first) else f"other values of `{name}`"


def _middle(quantiles: Sequence[float]) -> float:
    return quantiles[len(quantiles) // 2] if quantiles else math.nan


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _number(value: float) -> str:
    return f"{value:.4g}"
