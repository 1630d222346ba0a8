"""Histories played again."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.evidence.backtest import Backtest, Incident, Rule, backtest
from sentinel.evidence.detector import baseline_of_counts, detector
from sentinel.evidence.drift import (
    FIRING,
    OK,
    PENDING,
    Evaluation,
    Plain,
    Standing,
    after,
    delay,
    is_plainly,
    plainly,
    standings,
)

DAY = 86_400_000
RULE = Rule(margin=0.01, often=1096, baseline=28, cooldown=7, plain=Plain(0.85, 4))


def history(rates: list[float], rows: int = 100, seed: int = 1) -> list[Evaluation]:
    """Days at these rates."""
    chance = np.random.default_rng(seed)
    return [Evaluation(day * DAY, int(chance.binomial(rows, rate)), rows) for day, rate in enumerate(rates)]


def played(rates: list[float], *incidents: Incident, **named: int) -> Backtest:
    return backtest(history(rates, **named), RULE, list(incidents))


def test_a_slide_is_caught_and_once_more_where_nobody_mends_it() -> None:
    found = played([0.91] * 60 + [0.78] * 40, Incident(60, 99))
    first, *rest = found.by_evidence.firings
    assert (first.word, first.delay) == ("caught", first.number - 59)
    assert first.delay is not None and first.delay <= 5
    assert {each.word for each in rest} == {"again"}
    assert found.by_evidence.missed == ()


def test_a_firing_says_since_when() -> None:
    first = played([0.91] * 60 + [0.78] * 40, Incident(60, 99)).by_evidence.firings[0]
    assert abs(first.since - 60) <= 1
    assert first.level == pytest.approx(0.78, abs=0.05)


def test_a_quiet_year_is_quiet() -> None:
    assert played([0.91] * 365).by_evidence.firings == ()


def test_a_firing_in_a_quiet_world_is_a_false_alarm_only_where_somebody_said_that_it_was_quiet() -> None:
    rates = [0.91] * 60 + [0.70] * 5 + [0.91] * 40
    assert [each.word for each in played(rates).by_evidence.firings] == ["false alarm"]
    untold = backtest(history(rates), RULE, None)
    assert [each.word for each in untold.by_evidence.firings] == ["untold"]


def test_a_line_that_has_become_better_is_held_to_that() -> None:
    """As the daemon holds it: learned at .85, risen to .93, a fall back to .87 is one."""
    found = played([0.85] * 60 + [0.93] * 130 + [0.87] * 60, Incident(190, 249))
    assert found.by_evidence.missed == ()
    assert found.baseline.rate == pytest.approx(0.85, abs=0.02)


def test_what_was_too_small_to_see_is_missed_and_said_so() -> None:
    incident = Incident(100, 110)
    assert played([0.91] * 100 + [0.89] * 10 + [0.91] * 50, incident).by_evidence.missed == (incident,)


def test_the_plain_rule_beside_it() -> None:
    """Below .85 four days in a row misses a line that has fallen to .88 for good; the evidence does not."""
    found = played([0.91] * 60 + [0.87] * 200, Incident(60, 259), rows=200)
    assert found.by_plain is not None
    assert found.by_plain.missed == (Incident(60, 259),)
    assert [each.word for each in found.by_evidence.firings][:1] == ["caught"]


def test_a_baseline_that_leaves_nothing_to_look_for_says_so() -> None:
    found = backtest(history([0.01] * 60), RULE, None)
    assert found.detector is None
    assert found.by_evidence.firings == ()
    assert set(found.standings) == {None}


def test_scores_without_their_rows_are_bets_on_a_mean() -> None:
    chance = np.random.default_rng(4)
    rates = [0.8] * 60 + [0.6] * 60
    held = [Evaluation(day, float(chance.beta(20 * rate, 20 * (1 - rate))), 1, 0.0) for day, rate in enumerate(rates)]
    found = backtest(held, RULE, [Incident(60, 119)])
    assert [each.word for each in found.by_evidence.firings][:1] == ["caught"]


def test_the_plain_rule_counts_evaluations_in_a_row_and_leaves_out_empty_ones() -> None:
    low, high, none = Evaluation(0, 1, 2), Evaluation(0, 2, 2), Evaluation(0, 0, 0)
    rule = Plain(0.6, 3)
    assert plainly(rule, [low, low, high, low, low, none]) is None
    assert plainly(rule, [low, low, high, low, none, low, low]) == 6
    assert plainly(rule, []) is None


def test_the_plain_rule_holds_now_or_not() -> None:
    """It fired for ever after one bad spell."""
    low, high, none = Evaluation(0, 1, 2), Evaluation(0, 2, 2), Evaluation(0, 0, 0)
    rule = Plain(0.6, 3)
    assert is_plainly(rule, [high, low, low, none, low])
    assert not is_plainly(rule, [low, low, low, high])
    assert not is_plainly(rule, [low, low])


@pytest.mark.parametrize("years", range(1, 12))
def test_one_drop_alone_can_fire_whatever_the_promise(years: int) -> None:
    """A cap that only just sufficed was a rounding short of it."""
    detect = detector(baseline_of_counts([(9100, 10_000)] * 28), 0.01, years * 365)
    assert detect is not None
    for drop in (0.02, 0.05, 0.09, 0.16):
        assert delay(detect, detect.expected - drop, 50_000) is not None


def test_a_slide_is_told_and_untold_once() -> None:
    """Evidence that goes up and down between the two bounds changes no word."""
    detect = detector(baseline_of_counts([(91, 100)] * 28), 0.01, 1096)
    assert detect is not None
    days = [Evaluation(0, 91, 100)] * 5 + [Evaluation(0, 80, 100)] * 3 + [Evaluation(0, 92, 100)] * 12
    words = [each.state for each in standings(detect, days)]
    assert words[:5] == [OK] * 5
    assert words.index(PENDING) < words.index(FIRING)
    assert words[-1] == OK
    assert sum(one != other for one, other in pairwise(words)) == 3


evaluations = st.lists(
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).map(lambda kn: Evaluation(0, *kn)),
    max_size=40,
)


@given(evaluations, st.integers(0, 40))
def test_restarting_anywhere_in_a_pending_drift_changes_no_decision(held: list[Evaluation], cut: int) -> None:
    """A look is a function of the signals on record: whoever looks, from the start or from where another was."""
    detect = detector(baseline_of_counts([(27, 30)] * 28), 0.01, 60)
    assert detect is not None
    whole = list(standings(detect, held))
    standing = whole[cut - 1] if 0 < cut <= len(held) else Standing(OK, detect.start)
    begun = min(cut, len(held))
    for number, each in enumerate(held[begun:], start=begun):
        standing = after(detect, standing, each, number)
        assert standing == whole[number]


def test_the_delay_without_chance_is_about_the_median_with_it() -> None:
    detect = detector(baseline_of_counts([(0.91 * 100 / 7, 100 / 7)] * 28), 0.01, 1096)
    assert detect is not None
    assert delay(detect, 0.78, 100 / 7) == pytest.approx(13, abs=4)
    assert delay(detect, 0.92, 100 / 7) is None
