"""Moments are read as they are written, and written as they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.moment import format_moment, parse_moment
from sentinel.domain.quantity import DAY, HOUR, SECOND


@given(st.integers(0, 4_000_000_000).map(lambda seconds: seconds * SECOND))
def test_what_is_written_is_read_as_the_same(at: int) -> None:
    assert parse_moment(format_moment(at)) == at


def test_how_moments_are_written() -> None:
    assert parse_moment("1970-01-02") == DAY
    assert parse_moment("1970-01-02T01:00+01:00") == DAY
    assert parse_moment(" 1970-01-01T02:00 ") == 2 * HOUR
    assert format_moment(DAY) == "1970-01-02"
    assert format_moment(DAY + HOUR) == "1970-01-02T01:00"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-01-32", "10:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a moment is written like"):
        parse_moment(text)
