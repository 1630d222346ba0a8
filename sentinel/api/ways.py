"""The ways from one version to another, one change at a time: what is asked of each, and what the answers come to.

Nothing here asks, so that a program that waits for an answer can do it as well as one that does not.
"""

from typing import NamedTuple

from sentinel.domain.difference import DATA, RECIPE, beyond_chance
from sentinel.domain.digest import Json

UNSCORED = frozenset({"E-unknown-artifact", "E-viewer"})
"""Refusals of `flips` that only mean that nothing says what a way did: not both were scored, or who asks may not."""


class Way(NamedTuple):
    """A way from one version to another, and what changes on it."""

    of: str
    one: str
    other: str


def ways(told: Json) -> list[Way]:
    """From the one version to the other, by way of one that stands half-way where there is one."""
    one, other, half = told["one"], told["other"], told["between"]
    if half is None:
        return [Way(told["moved"], one, other)]
    first, then = (RECIPE, DATA) if half["data_of"] == one else (DATA, RECIPE)
    return [Way(first, one, half["version"]), Way(then, half["version"], other)]


def scored(way: Way, computed: Json) -> Json:
    """A way with what the two made of each set that both were scored on, as `flips` computed it; None if it did not."""
    sets = None if computed is None else [
        {**each, "beyond_chance": beyond_chance(each["only_one"], each["only_other"])} for each in computed["sets"]
    ]  # fmt: skip
    return {**way._asdict(), "sets": sets}
