"""Outcomes: told once, counted once, and weighed by the chance with which they were labelled."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.outcome import (
    Measured,
    Outcome,
    OutcomeTaken,
    Told,
    evolve,
    measured,
    outcome_name,
    retell,
    slot_of,
    take,
)
from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.refusal import Refusal

AT = 100 * DAY
RIGHT = Told("t1", AT, 1.0, True, "audit", 0.05)


def taken(told: Told, at: int = AT) -> Outcome:
    events = take(Outcome("x"), told, "router", 2 * DAY, at)
    assert not isinstance(events, Refusal)
    return evolve(Outcome("x"), events[0], at, "uid:ada")


def test_the_same_label_twice_is_one_and_needs_not_say_who_answered_again() -> None:
    held = taken(RIGHT)
    assert held.due == AT + 2 * DAY
    assert take(held, RIGHT, "router", 2 * DAY, AT + HOUR) == []
    assert take(held, replace(RIGHT, version="v1", chance=None), "router", 2 * DAY, AT) == []


def test_a_label_that_says_something_else_is_refused() -> None:
    for other in (replace(RIGHT, value=0.0), replace(RIGHT, at=AT + 1)):
        refused = take(taken(RIGHT), other, "router", 0, AT)
        assert isinstance(refused, Refusal)
        assert (refused.code, "labelled as right already" in refused.what) == ("E-outcome-changed", True)


def test_an_answer_that_is_drawn_after_somebody_complained_counts_and_only_once() -> None:
    complaint = taken(Told("t1", AT, 0.0, True, "correction"))
    drawn = take(Outcome("y"), replace(RIGHT, value=0.0), "router", 0, AT, [complaint])
    assert not isinstance(drawn, Refusal) and isinstance(drawn[0], OutcomeTaken)
    assert drawn[0].told.chance == 0.05, "leaving out whom somebody complained about would make the line look better"
    audited = evolve(Outcome("y"), drawn[0], AT)
    again = take(Outcome("z"), Told("t1", AT, 0.0, True, "feedback", 0.3), "router", 0, AT, [complaint, audited])
    assert not isinstance(again, Refusal) and isinstance(again[0], OutcomeTaken)
    assert again[0].told.chance is None


@pytest.mark.parametrize(
    "change",
    [
        {"why": "whim"}, {"value": 1.5, "counts": False}, {"value": 0.5}, {"chance": 0.0}, {"chance": 1.2},
        {"at": AT + 2 * DAY}, {"why": "informative"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(change: dict[str, object]) -> None:
    refused = take(Outcome("x"), replace(RIGHT, **change), "router", 0, AT)  # type: ignore[arg-type]
    assert isinstance(refused, Refusal) and refused.code == "E-outcome" and refused.todo


def test_a_further_label_shows_noise_and_changes_nothing() -> None:
    held = taken(RIGHT)
    told = retell(held, 0.0, "billing", "a second label")
    assert not isinstance(told, Refusal)
    after = evolve(held, told[0], AT)
    assert (after.again, after.told) == ((0.0,), held.told)
    assert isinstance(retell(Outcome("x"), 1.0, None, ""), Refusal)


def test_each_reason_is_an_outcome_of_its_own() -> None:
    names = {outcome_name(line, id, why) for line in ("a", "b") for id in ("1", "2") for why in ("audit", "feedback")}
    assert len(names) == 8


def test_a_round_is_the_first_that_is_not_over() -> None:
    assert slot_of(10 * DAY + 1, DAY, 0) == 11 * DAY
    assert slot_of(10 * DAY, DAY, 0) == 10 * DAY, "what is due at its very end is in it"
    assert slot_of(7 * DAY, DAY, 10 * DAY) == 11 * DAY, "what comes late is counted with the next"


def test_labels_of_one_chance_are_counted_as_they_are() -> None:
    held = [replace(RIGHT, id=str(n), value=float(n % 10 != 0)) for n in range(50)]
    assert measured(held) == Measured(45.0, 50.0, None)


def test_corrections_say_nothing_of_how_good_a_line_is() -> None:
    assert measured([Told(str(n), AT, 0.0, True, "correction") for n in range(50)]) is None
    held = [
        *[replace(RIGHT, id=str(n)) for n in range(50)],
        *[Told(f"c{n}", AT, 0.0, True, "correction") for n in range(9)],
    ]
    assert measured(held) == Measured(50.0, 50.0, None)


def test_wrong_answers_that_are_labelled_more_often_do_not_make_a_line_look_worse() -> None:
    """A line that is right 91 % of the time reads .69 where 90 % of its wrong and 20 % of its right answers are."""
    chance, told = random.Random(3), []
    for n in range(20_000):
        right = chance.random() < 0.91
        share = 0.2 if right else 0.9
        if chance.random() < share:
            told.append(Told(str(n), AT, float(right), True, "feedback", share))
    naive = sum(each.value for each in told) / len(told)
    found = measured(told)
    assert naive == pytest.approx(0.69, abs=0.01)
    assert found is not None and found.value / found.n == pytest.approx(0.91, abs=0.005)
    assert found.n < len(told), "they are worth fewer than as many alike"


def test_where_the_rare_labels_are_the_wrong_ones_they_are_worth_what_they_tell() -> None:
    chance, rates, worth = random.Random(4), [], []
    for _ in range(300):
        told = []
        for n in range(400):
            right = chance.random() < 0.91
            share = 0.9 if right else 0.2
            if chance.random() < share:
                told.append(Told(str(n), AT, float(right), True, "feedback", share))
        found = measured(told)
        assert found is not None
        rates.append(found.value / found.n)
        worth.append(found.n)
    mean = sum(rates) / 300
    variance = sum((rate - mean) ** 2 for rate in rates) / 299
    typical = sorted(worth)[150]
    assert 0.5 < variance / (0.91 * 0.09 / typical) < 1.6


def test_scores_have_a_mean_and_a_variance() -> None:
    found = measured([Told(str(n), AT, n / 4, False, "audit", 1.0) for n in range(5)])
    assert found == Measured(0.5, 5.0, pytest.approx(0.15625))


weighed = st.tuples(st.sampled_from((0.0, 1.0)), st.floats(0.01, 1.0))


@given(st.lists(weighed, min_size=1, max_size=60))
def test_no_weights_make_more_of_labels_than_there_are(rows: list[tuple[float, float]]) -> None:
    found = measured([Told(str(n), AT, value, True, "feedback", chance) for n, (value, chance) in enumerate(rows)])
    assert found is not None
    assert 0 <= found.value <= found.n * (1 + 1e-9)
    assert 0 < found.n <= len(rows) * (1 + 1e-9)
