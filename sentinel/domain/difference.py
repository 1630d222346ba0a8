"""What differs between two versions, and so what can have moved their score: the data, or the recipe, or both."""

from collections.abc import Iterator
from dataclasses import dataclass

from sentinel.domain.digest import Json

SAME, DATA, RECIPE, BOTH = "nothing", "data", "recipe", "both"
_SHORT = 12
_ONE_OF = 20
"""What happens by chance once of so many times is taken for more than chance."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a version was made of and by, as far as it is on record."""

    version: str
    use: str
    step_version: int
    params: Json
    data: tuple[str, ...]
    """The digests of the datasets that it was trained on."""
    others: tuple[str, ...]
    """The digests of all else that it was made of, its base first of all."""
    seed: str
    """What its chance goes by."""
    environment: tuple[str, ...] = ()
    """The distributions that were installed."""
    took: int | None = None
    """How long its making took, in ms."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not the same."""

    of: str
    """data or recipe."""
    name: str
    one: Json
    other: Json


def changes(one: Made, other: Made) -> list[Change]:
    """Everything that differs, data first."""
    found = [Change(DATA, "rows", _shorts(one.data), _shorts(other.data))] if one.data != other.data else []
    for name, mine, theirs in (
        ("step", f"{one.use} {one.step_version}", f"{other.use} {other.step_version}"),
        ("base", _shorts(one.others), _shorts(other.others)), ("seed", one.seed, other.seed),
    ):  # fmt: skip
        if mine != theirs:
            found.append(Change(RECIPE, name, mine, theirs))
    found += [Change(RECIPE, name, mine, theirs) for name, mine, theirs in _apart(one.params, other.params, "")]
    here, there = set(one.environment), set(other.environment)
    if here and there and here != there:
        found.append(Change(RECIPE, "environment", sorted(here - there), sorted(there - here)))
    return found


def moved(found: list[Change]) -> str:
    """Which of the two can have moved the score."""
    kinds = {each.of for each in found}
    return BOTH if len(kinds) == 2 else next(iter(kinds), SAME)


def between(one: Made, other: Made, versions: list[Made]) -> tuple[str, str] | None:
    """A version that stands half-way: the data of the one and the recipe of the other; its id, and whose data it has.

    With it, what the data did and what the recipe did are told apart without training anything.
    """
    for half in versions:
        for owner, data, recipe in ((one.version, one, other), (other.version, other, one)):
            if half.version in (one.version, other.version):
                continue
            if moved(changes(half, recipe)) == DATA and half.data == data.data:
                return half.version, owner
    return None


def cheaper(one: Made, other: Made) -> tuple[Made, Made]:
    """The half to run: whose recipe, on whose data. It costs what the recipe took; where that is unknown, it counts as
    the dearer."""
    known = [each.took if each.took is not None else 2**62 for each in (one, other)]
    return (other, one) if known[1] <= known[0] else (one, other)


def _shorts(digests: tuple[str, ...]) -> list[str]:
    return [each[:_SHORT] for each in digests]


def _apart(one: Json, other: Json, path: str) -> Iterator[tuple[str, Json, Json]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _apart(one.get(key), other.get(key), f"{path}.{key}" if path else key)
    elif one != other:
        yield path or "parameters", one, other


def beyond_chance(fewer: int, more: int) -> bool:
    """Whether so many documents that went one way and the other are more uneven than a fair coin's, by the sign test.

    Documents that went alike say nothing of the difference. The test is exact, and two-sided.
    """
    n, least = fewer + more, min(fewer, more)
    tail, term = 0, 1
    for k in range(least + 1):
        tail += term
        term = term * (n - k) // (k + 1)
    return bool(2 * tail * _ONE_OF < 1 << n)
