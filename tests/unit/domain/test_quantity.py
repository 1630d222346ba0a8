"""Durations, sizes, shares and rates: read as people write them, and written so that they read back the same."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sentinel.domain import quantity as q


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0s", 0),
        ("250ms", 250),
        ("90s", 90_000),
        ("15m", 15 * q.MINUTE),
        ("6h", 6 * q.HOUR),
        ("1h30m", 90 * q.MINUTE),
        ("1.5h", 90 * q.MINUTE),
        ("30d", 30 * q.DAY),
        ("2w", 14 * q.DAY),
        ("1d2h3m4s5ms", q.DAY + 2 * q.HOUR + 3 * q.MINUTE + 4005),
        ("0.1s", 100),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, ms: int) -> None:
    assert q.parse_duration(text) == ms


@pytest.mark.parametrize(
    "text",
    ["", "5", "s", "5 s", " 5s", "5s ", "5x", "-5s", "1h-5m", "1,5h", ".5h", "5.h", "1e3s", "\u0665s", "5s\n", "5S"],
)
def test_what_is_no_duration_is_refused_with_how_durations_are_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a duration is written like 90s, 15m, 6h, 1h30m, 30d or 2w$"):
        q.parse_duration(text)


@pytest.mark.parametrize("text", ["1001w" * 60, "999999999w", "365001d"])
def test_a_duration_of_more_than_a_thousand_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a duration may be 1000 years at most$"):
        q.parse_duration(text)


@given(st.integers(0, 1000 * q.YEAR))
def test_a_duration_reads_back_as_it_was(ms: int) -> None:
    assert q.parse_duration(q.format_duration(ms)) == ms


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0ms"),
        (250, "250ms"),
        (1500, "1.5s"),
        (59_999, "59s"),
        (q.HOUR + 61_000, "1h1m"),
        (40 * q.DAY + 5 * q.HOUR + q.MINUTE, "40d5h"),
    ],
)
def test_a_rough_duration_has_its_two_largest_units(ms: int, text: str) -> None:
    assert q.rough_duration(ms) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [("0B", 0), ("512MB", 512 * 10**6), ("20GiB", 20 * 2**30), ("1.5GB", 15 * 10**8), ("1 TiB", 2**40), ("3kB", 3000)],
)
def test_a_size_is_read_as_people_write_it(text: str, size: int) -> None:
    assert q.parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "5", "5 gib", "5GIB", "-5B", "5  GiB", "5PiB", "1e3B", "\u0665B", "5GiB\n", "x" * 99]
)
def test_what_is_no_size_is_refused_with_how_sizes_are_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a size is written like 512MiB, 20GiB or 1.5GB$"):
        q.parse_size(text)


@given(st.integers(0, 10**18 - 1))
def test_a_size_reads_back_as_it_was(size: int) -> None:
    assert q.parse_size(q.format_size(size)) == size


@pytest.mark.parametrize(("size", "text"), [(0, "0B"), (1023, "1023B"), (1536, "1.5KiB"), (2**40, "1.0TiB")])
def test_a_rough_size_is_in_its_largest_unit(size: int, text: str) -> None:
    assert q.rough_size(size) == text


@pytest.mark.parametrize(
    ("text", "share"), [("20%", 0.2), ("0.2", 0.2), ("0", 0), ("1", 1), ("100%", 1), ("0.5%", 0.005), ("1e-3", 0.001)]
)
def test_a_share_is_read_as_people_write_it(text: str, share: float) -> None:
    assert q.parse_share(text) == share


@pytest.mark.parametrize(
    "text", ["", "%", "-1%", "101%", "1.1", "nan", "inf", "1_0%", " 5%", "5 %", "5%%", "\u0665%", "half"]
)
def test_what_is_no_share_is_refused_with_how_shares_are_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a share is written like 5% or 0.05, between 0 and 1$"):
        q.parse_share(text)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1 per 3 years", q.Rate(1, 3 * q.YEAR)),
        ("5 per day", q.Rate(5, q.DAY)),
        ("2 in 10 minutes", q.Rate(2, 10 * q.MINUTE)),
        ("1 per month", q.Rate(1, 30 * q.DAY)),
    ],
)
def test_a_rate_is_read_as_people_write_it(text: str, rate: q.Rate) -> None:
    assert q.parse_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "5", "5 per", "per day", "5 per 0 days", "5 per 00 days", "5 a day", "-1 per day", "5 per fortnight"]
)
def test_what_is_no_rate_is_refused_with_how_rates_are_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a rate is written like `1 per 3 years` or `5 per day`$"):
        q.parse_rate(text)


def test_a_rate_over_more_than_a_thousand_years_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a rate may be counted over 1000 years at most$"):
        q.parse_rate("1 per 1001 years")


words = st.sampled_from(["second", "minute", "hour", "day", "week", "month", "year"])


@given(st.integers(1, 999_999_999), st.integers(1, 999_999), words)
def test_a_rate_reads_back_as_it_was(times: int, count: int, word: str) -> None:
    assume(count <= 1000 or word in ("second", "minute"))
    rate = q.parse_rate(f"{times} per {count} {word}s")
    assert q.parse_rate(str(rate)) == rate


@given(st.one_of(st.floats(), st.integers(), st.sampled_from([10**308, 10**309, -(10**400)]), st.booleans(), st.text()))
def test_what_is_a_number_can_be_reckoned_with_and_nothing_else_is_one(value: object) -> None:
    if q.is_number(value):
        assert not isinstance(value, bool) and math.isfinite(float(value)) and f"{value:g}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        with pytest.raises((OverflowError, AssertionError)):
            assert math.isfinite(float(value))
