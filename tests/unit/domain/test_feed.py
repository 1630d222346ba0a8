"""Signals come in once, in any order, and never count what another has counted."""

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.feed import (
    DOCUMENTS,
    SETTLED,
    TIME,
    Baseline,
    BaselineSet,
    Feed,
    Scored,
    Signal,
    counted,
    evolve,
    parse_measure,
    take,
    take_evaluation,
)
from sentinel.domain.quantity import DAY
from sentinel.domain.refusal import Refusal


def day(number: int, k: float = 90, n: float = 100, **more: object) -> Signal:
    """The signal of one day."""
    return replace(Signal(f"s{number}", k, n, None, None, TIME, number * DAY, (number + 1) * DAY), **more)  # type: ignore[arg-type]


def taken(feed: Feed, *signals: Signal) -> Feed:
    """The feed after signals that it takes."""
    for signal in signals:
        events = take(feed, signal, NOW)
        assert not isinstance(events, Refusal), events
        for body in events:
            feed = evolve(feed, body, at=signal.last)
    return feed


FEED = Feed("router.canary.accuracy")
NOW = 1000 * DAY


def test_the_same_id_twice_is_one() -> None:
    feed = taken(FEED, day(1), day(1))
    assert len(feed.signals) == 1


def test_the_same_id_with_other_numbers_is_refused() -> None:
    refused = take(taken(FEED, day(1)), day(1, k=91), NOW)
    assert isinstance(refused, Refusal) and refused.code == "E-signal-id"


def test_what_has_been_counted_is_refused_and_the_signal_named_that_counted_it() -> None:
    """A four-day window scored daily would count each outcome four times."""
    feed = taken(FEED, day(1, last=5 * DAY))
    refused = take(feed, day(2, last=6 * DAY), NOW)
    assert isinstance(refused, Refusal)
    assert refused.what == "Signal s1 has counted 1970-01-02 to 1970-01-06 already."


def test_moments_and_settled_outcomes_are_counted_apart() -> None:
    feed = taken(FEED, day(1), day(9, of=SETTLED, first=0, last=100))
    refused = take(feed, day(8, of=SETTLED, first=99, last=110), NOW)
    assert isinstance(refused, Refusal)
    assert refused.what == "Signal s9 has counted outcome 0 to outcome 100 already."


def test_what_comes_late_is_taken_and_said_to_be_late() -> None:
    feed = taken(FEED, day(1), day(3), day(2))
    assert [(signal.id, signal.late) for signal in feed.signals.values()] == [
        ("s1", False),
        ("s3", False),
        ("s2", True),
    ]
    assert feed.latest == feed.signals["s2"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (day(1, k=101), "E-signal"), (day(1, k=-1), "E-signal"), (day(1, k=float("nan")), "E-signal"),
        (day(1, n=-1, k=0), "E-signal"), (day(1, last=DAY), "E-range"), (day(1, last=0), "E-range"),
        (day(1, k=1.5, variance=0.1), "E-signal"), (day(1, k=0.5, n=10, variance=15), "E-signal"),
        (day(1, last=1002 * DAY), "E-range"), (day(1, first=-(10**14)), "E-range"),
    ],
)  # fmt: skip
def test_what_is_no_measure_is_refused(wrong: Signal, code: str) -> None:
    refused = take(FEED, wrong, NOW)
    assert isinstance(refused, Refusal) and refused.code == code


def test_counts_and_means_do_not_mix() -> None:
    refused = take(taken(FEED, day(1)), day(2, k=0.9, variance=0.1), NOW)
    assert isinstance(refused, Refusal)
    assert refused.what == "The signals of router.canary.accuracy are counts."


def test_only_what_speaks_of_a_version_counts_for_it() -> None:
    held = [day(1), day(2, version="v1"), day(3, version="v2"), day(4, n=0, k=0)]
    assert [each.id for each in counted(held, "v2")] == ["s1", "s3"]
    assert [each.id for each in counted(held, None)] == ["s1"]


def test_a_baseline_stands_until_the_next() -> None:
    base = Baseline(0.9, 1.0, 100.0, 0.09, True, 3)
    feed = evolve(FEED, BaselineSet(base, "learned", "so"), at=7)
    assert (feed.baseline, feed.because, feed.set_at) == (base, "learned", 7)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), max_size=30))
def test_whatever_comes_no_moment_is_counted_twice(ranges: list[tuple[int, int]]) -> None:
    feed = FEED
    for number, (first, length) in enumerate(ranges):
        signal = day(0, id=f"s{number}", first=first, last=first + length)
        events = take(feed, signal, NOW)
        across = any(each.first < signal.last and signal.first < each.last for each in feed.signals.values())
        assert isinstance(events, Refusal) == across
        if not isinstance(events, Refusal):
            feed = taken(feed, signal)
    moments = [moment for each in feed.signals.values() for moment in range(each.first, each.last)]
    assert len(moments) == len(set(moments))


def test_measures_are_read_as_they_are_written() -> None:
    assert parse_measure("91/100") == (91, 100, None)
    assert parse_measure(" 0.83:0.02/40 ") == (0.83, 40, 0.02)
    for text in ("", "91", "91/", "-1/2", "1e3/5", "91/100/2", "0.8:/4", "nan/2"):
        with pytest.raises(ValueError, match="a measure is written like"):
            parse_measure(text)


def scored(*documents: str, value: float | None = None, variance: float | None = None) -> Scored:
    n = float(len(documents))
    return Scored("canary", "accuracy", "m", n - 1 if value is None else value, n, variance, documents)


def evaluated(feed: Feed, told: Scored, version: str = "v1") -> Feed:
    events = take_evaluation(feed, told, version)
    assert not isinstance(events, Refusal), events
    return reduce(lambda held, body: evolve(held, body, 5), events, feed)


def test_each_document_of_evaluations_counts_once() -> None:
    feed = evaluated(Feed("f"), scored("a", "b", "c", "d", "e"))
    again = take_evaluation(feed, scored("f", "g", "c", "d", "h"), "v1")
    assert isinstance(again, Refusal) and again.code == "E-overlap" and "2 of these 5 documents" in again.what
    assert take_evaluation(feed, scored("e", "d", "c", "b", "a", value=3.0), "v1") == [], "the same ones are no news"
    other = take_evaluation(feed, scored("a", "b", "c", "d", "e"), "v2")
    assert isinstance(other, Refusal), "whoever answers them"
    grown = evaluated(feed, scored("f", "g"))
    assert [(each.first, each.last, each.of) for each in grown.signals.values()] == [
        (0, 5, DOCUMENTS), (5, 7, DOCUMENTS),
    ]  # fmt: skip


def test_evaluations_do_not_mix_with_what_is_measured_another_way() -> None:
    by_hand = taken(Feed("f"), day(1))
    refused = take_evaluation(by_hand, scored("a", "b"), "v1")
    assert isinstance(refused, Refusal) and "measured elsewhere" in refused.what
    feed = evaluated(Feed("f"), scored("a", "b"))
    refused = take(feed, day(1), 9 * DAY)
    assert isinstance(refused, Refusal) and "measured by evaluations" in refused.what


def test_a_score_that_happens_to_be_right_or_wrong_throughout_is_a_mean_where_the_others_are() -> None:
    feed = evaluated(Feed("f"), Scored("canary", "rouge", "m", 0.7, 3.0, 0.04, ("a", "b", "c")))
    (_, last) = evaluated(feed, scored("d", "e", "f", "g", "h")).signals.values()
    assert (last.value, last.n) == (0.8, 5.0) and last.variance == pytest.approx(0.2)
    counts = evaluated(Feed("f"), scored("d", "e", "f", "g", "h"))
    refused = take_evaluation(counts, scored("x", "y", value=0.5, variance=0.01), "v1")
    assert isinstance(refused, Refusal) and "counts" in refused.what
