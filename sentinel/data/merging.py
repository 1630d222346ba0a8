"""Two profiles over the same bins, added up: as if the rows of both had been counted together."""

import numpy as np

from sentinel.data.counting import QUANTILES
from sentinel.domain.profile import Numbers, Profile, Values, Within, Words


def merged(one: Profile, other: Profile) -> Profile:
    """The profile of both together. ValueError where they were not counted over the same bins."""
    if (one.fields, one.label) != (other.fields, other.label):
        raise ValueError("the two profiles are of other fields")
    return Profile(
        one.rows + other.rows, one.fields,
        {name: _numbers_of(held, other.numbers[name]) for name, held in one.numbers.items()},
        {name: _values_of(held, other.values[name]) for name, held in one.values.items()},
        {name: _words_of(held, other.words[name]) for name, held in one.words.items()},
        one.label, _summed(one.labels, other.labels), one.unlabelled + other.unlabelled,
        _within_of(one.within, other.within), one.described + other.described,
        tuple(sorted((*one.masses, *other.masses), key=lambda mass: -mass.rows)), one.history or other.history,
        _summed(one.strays, other.strays),
    )  # fmt: skip


def _numbers_of(one: Numbers, other: Numbers) -> Numbers:
    if (one.edges, one.coarse) != (other.edges, other.coarse):
        raise ValueError("the two profiles were counted over other bins")
    n, m = one.rows, other.rows
    both = n + m
    mean = (one.mean * n + other.mean * m) / both if both else 0.0
    squares = sum(each.rows * (each.variance + (each.mean - mean) ** 2) for each in (one, other))
    return Numbers(
        one.edges, one.coarse, tuple(a + b for a, b in zip(one.counts, other.counts, strict=True)),
        one.nulls + other.nulls, mean, squares / both if both else 0.0, _mixed(one, other),
    )  # fmt: skip


def _mixed(one: Numbers, other: Numbers) -> tuple[float, ...]:
    """The quantiles of both together, each of their own standing for as many rows."""
    held = [each for each in (one, other) if each.rows]
    if len(held) < 2:
        return held[0].quantiles if held else ()
    values = np.concatenate([each.quantiles for each in held])
    weights = np.concatenate([np.full(len(each.quantiles), each.rows / len(each.quantiles)) for each in held])
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    places = np.searchsorted(reached, np.linspace(0, 1, QUANTILES)).clip(max=len(values) - 1)
    return tuple(values[order][places].tolist())


def _values_of(one: Values, other: Values) -> Values:
    return Values(_summed(one.counts, other.counts), one.others + other.others, one.nulls + other.nulls)


def _words_of(one: Words, other: Words) -> Words:
    return Words(one.rows + other.rows, _summed(one.counts, other.counts), one.least + other.least)


def _within_of(one: dict[str, Within], other: dict[str, Within]) -> dict[str, Within]:
    found = dict(one)
    for label, held in other.items():
        mine = found.get(label)
        if mine is not None:
            counts = {
                name: tuple(a + b for a, b in zip(bins, held.counts[name], strict=True))
                for name, bins in mine.counts.items()
            }
            words = {name: _words_of(mine.words[name], held.words[name]) for name in mine.words}
            found[label] = Within(mine.rows + held.rows, counts, words)
        else:
            found[label] = held
    return found


def _summed(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
