"""Allowed hours: windows of the local day, across midnight too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.policy.hours import MINUTES_A_DAY, minutes_until, parse_hours, within

minutes = st.integers(0, MINUTES_A_DAY - 1)


def clock(text: str) -> int:
    """Minutes after midnight."""
    return int(text[:2]) * 60 + int(text[3:])


def test_hours_are_read_as_people_write_them() -> None:
    assert parse_hours("20:00-06:00") == (1200, 360)
    assert parse_hours("00:00-23:59") == (0, 1439)


@pytest.mark.parametrize(
    "text",
    ["", "20-06", "20:00", "20:00-24:00", "20:60-06:00", "8:00-10:00", "20:00 - 06:00", "20:00-20:00", "²0:00-06:00",
     "\u0662\u0660:00-06:00", "20:00-06:00\n", "-1:00-06:00"],
)  # fmt: skip
def test_what_are_no_hours_is_refused_with_how_hours_are_written(text: str) -> None:
    with pytest.raises(ValueError, match=r'^hours are written like "20:00-06:00"$'):
        parse_hours(text)


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        ("09:00-17:00", ["09:00", "12:00", "16:59"], ["17:00", "08:59", "00:00"]),
        ("20:00-06:00", ["20:00", "23:59", "00:00", "05:59"], ["06:00", "19:59", "12:00"]),
        ("00:00-06:00", ["00:00", "05:59"], ["06:00", "23:59"]),
        ("22:00-00:00", ["22:00", "23:59"], ["00:00", "21:59"]),
    ],
)
def test_a_window_holds_its_first_minute_and_not_its_last(hours: str, inside: list[str], outside: list[str]) -> None:
    assert all(within(parse_hours(hours), clock(text)) for text in inside)
    assert not any(within(parse_hours(hours), clock(text)) for text in outside)


def test_without_hours_every_minute_is_allowed() -> None:
    assert within(None, 0)


@pytest.mark.parametrize(("now", "left"), [("12:00", 480), ("19:59", 1), ("20:00", 0), ("03:00", 0), ("06:00", 840)])
def test_the_minutes_until_a_window_opens(now: str, left: int) -> None:
    assert minutes_until(parse_hours("20:00-06:00"), clock(now)) == left


@given(st.tuples(minutes, minutes).filter(lambda hours: hours[0] != hours[1]), minutes)
def test_the_window_is_open_after_exactly_so_many_minutes_and_not_before(hours: tuple[int, int], now: int) -> None:
    left = minutes_until(hours, now)
    assert within(hours, (now + left) % MINUTES_A_DAY)
    assert not any(within(hours, (now + early) % MINUTES_A_DAY) for early in range(left))
