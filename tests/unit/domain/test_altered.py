"""A frozen value with some fields changed, at half the price of the library's own."""

from dataclasses import dataclass, replace

import pytest

from sentinel.domain.altered import altered
from sentinel.domain.run.state import StepState


@dataclass(frozen=True)
class Pair:
    """A value of two."""

    left: int
    right: int = 2


def test_what_is_altered_is_what_replace_gives() -> None:
    assert altered(Pair(1), right=5) == replace(Pair(1), right=5) == Pair(1, 5)
    step = StepState("a", why="x")
    assert altered(step, state="waiting", until=3) == replace(step, state="waiting", until=3)
    assert step.state == "pending"


def test_a_field_that_is_not_there_is_not_altered() -> None:
    with pytest.raises(KeyError):
        altered(Pair(1), middle=3)
