"""An input's value is told as it is written in a recipe."""

import pytest

from sentinel.api.draw.inputs import as_written, input_words
from sentinel.domain.digest import Json
from sentinel.domain.quantity import DAY


@pytest.mark.parametrize(
    ("kind", "default", "told"),
    [
        ("duration", 30 * DAY, "30d"), ("size", 2**30, "1GiB"), ("flag", True, "true"), ("int", 3, "3"),
        ("rate", {"times": 1, "per_ms": 3 * 365 * DAY}, "1 per 3 years"), ("text", "as it is", "as it is"),
        ("one_of", "wide", "wide"), ("text", None, "nothing"), ("int", False, "false"),
    ],
)  # fmt: skip
def test_a_value_is_told_as_it_is_written(kind: str, default: Json, told: str) -> None:
    assert as_written({"type": kind, "default": default, "required": False}) == told


def test_an_input_says_what_it_is_unless_it_is_given() -> None:
    given = {"type": "duration", "default": 7 * DAY, "required": False}
    assert input_words("window", given) == "window: duration, is 7d unless given"
    assert input_words("spec", {**given, "type": "Spec", "required": True}) == "spec: Spec, must be given"
