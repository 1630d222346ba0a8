"""A crontab line means what crontab(5) says, and a wrong one is told what is wrong with it."""

from datetime import UTC, datetime

import pytest

from sentinel.trigger.crontab import crontab

SUNDAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def first(text: str) -> str:
    found = crontab(text).at_or_after(SUNDAY)
    assert found is not None
    return found.strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("* * * * *", "Sun 2026-03-01 12:00"),
        ("*/7 * * * *", "Sun 2026-03-01 12:00"),
        ("5-59/20 13 * * *", "Sun 2026-03-01 13:05"),
        ("0 3 * * 0", "Sun 2026-03-08 03:00"),
        ("0 3 * * 7", "Sun 2026-03-08 03:00"),
        ("0 3 * * sun", "Sun 2026-03-08 03:00"),
        ("0 3 * * 1-5", "Mon 2026-03-02 03:00"),
        ("0 3 * * SAT-SUN", "Sat 2026-03-07 03:00"),
        ("0 3 * * 5-7", "Fri 2026-03-06 03:00"),
        ("0 0 29 2 *", "Tue 2028-02-29 00:00"),
        ("0 0 1 JAN-mar *", "Fri 2027-01-01 00:00"),
        ("0 0 13 * 5", "Fri 2026-03-06 00:00"),  # the 13th or a Friday, as crontab(5) has it
        ("0 0 */2 * 1", "Mon 2026-03-09 00:00"),  # a star makes it the Mondays among the odd days
    ],
)
def test_the_first_time_of_a_line_is_the_one_that_crontab_names(text: str, time: str) -> None:
    assert first(text) == time


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0 3 * *", "five fields"),
        ("@daily", "five fields"),
        ("0 3 * * * *", "five fields"),
        ("60 * * * *", "the minute '60' is not from 0 to 59"),
        ("* 24 * * *", "the hour '24' is not from 0 to 23"),
        ("* * 0 * *", "the day of the month '0' is not from 1 to 31"),
        ("* * * foo *", "the month 'foo' is not known"),
        ("* * * * 8", "the weekday '8' is not from 0 to 7"),
        ("5-3 * * * *", "'5-3' ends before it begins"),
        ("0/5 * * * *", "'0/5' has a step and no range, as 0-59/5 has"),
        ("*/0 * * * *", "a step that is not from 1 to 59"),
        ("*/90 * * * *", "a step that is not from 1 to 59"),
        ("1,,2 * * * *", "'' is not written like"),
        ("٣ * * * *", "is not written like"),
        ("0 0 last * *", "'last' is not written like"),
        ("0 0 L * *", "'l' is not written like"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 2,4,6,9,11 *", "never comes"),
    ],
)
def test_a_wrong_line_is_told_which_field_is_wrong(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as told:
        crontab(text)
    assert says in str(told.value)


def test_a_day_that_only_comes_with_a_weekday_is_no_fault() -> None:
    assert first("0 0 30 2 mon").startswith("Mon")
