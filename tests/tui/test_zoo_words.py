"""The zoo in sentences."""

from typing import Any

import pytest

from sentinel.domain.quantity import DAY, HOUR
from sentinel.tui.shown.zoo import calendar, moment, sentences
from tests.tui.house import NOW

pytestmark = pytest.mark.usefixtures("utc")


SATURDAY = NOW + 5 * DAY + 18 * HOUR


def spec(name: str, turn: int | None, at: int | None = None, word: str = "waits") -> dict[str, Any]:
    """A spec as far as its turn goes."""
    return {"spec": name, "turn": turn, "trains_at": at, "word": word}


def rotation(*specs: dict[str, Any], recipe: str = "rotation", next_at: int | None = None) -> dict[str, Any]:
    """A rotation with its specs."""
    return {"recipe": recipe, "line": "tickets", "specs": list(specs), "next_at": next_at}


def test_it_says_which_specs_train_on_which_day() -> None:
    told = rotation(spec("small", 1, SATURDAY), spec("deep", 1, SATURDAY), next_at=SATURDAY)
    assert sentences(told, NOW) == ["Saturday 28 Nov 03:00 (in 5d18h): small and deep train"]
    assert sentences(rotation(spec("small", 1, SATURDAY)), NOW)[0].endswith(": small trains")


def test_a_rotation_that_waits_in_the_queue_comes_before_the_next_day_of_the_schedule() -> None:
    told = rotation(spec("small", 1), spec("deep", 2, SATURDAY), next_at=SATURDAY)
    assert sentences(told, NOW) == ["As soon as the rotation starts that waits in the queue: small trains"]
    assert list(calendar(told, NOW)) == [("next", "", "small"), ("Sat 28 Nov 03:00", "in 5d18h", "deep")]


def test_without_a_schedule_nobody_can_tell_when() -> None:
    told = rotation(spec("small", 1), spec("wide", 3))
    assert sentences(told, NOW) == ["The next rotation, whenever that is: small trains"]
    assert list(calendar(told, NOW)) == [("next", "", "small"), ("in 3 rotations", "", "wide")]


def test_what_trains_now_is_told_besides() -> None:
    told = rotation(spec("small", 1, SATURDAY), spec("deep", 2, word="trains"), next_at=SATURDAY)
    assert sentences(told, NOW)[1] == "deep trains now."


def test_where_nothing_can_train_it_says_so() -> None:
    told = rotation(spec("plain", None, word="retired"), next_at=SATURDAY)
    assert sentences(told, NOW) == ["Saturday 28 Nov 03:00 (in 5d18h): nothing trains, for no spec can"]
    assert "The zoo is empty" in sentences(rotation(), NOW)[0]
    assert "No recipe in force rotates the zoo" in sentences(rotation(spec("a", 1), recipe=""), NOW)[0]


def test_a_moment_of_another_year_names_it() -> None:
    assert moment(NOW + 60 * DAY, NOW) == "Thursday 21 Jan 2027 09:00"
