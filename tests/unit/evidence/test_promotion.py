"""The gate's rules: how often they are wrong, by simulation, and the worked example to the digit."""

import pytest

from bench.worlds import gates
from bench.worlds.bound import at_least, at_most
from sentinel.evidence.level import share
from sentinel.evidence.paired import of_counts
from sentinel.evidence.power import documents_needed, outcomes_needed, rate_below
from sentinel.evidence.promotion import (
    Slice,
    crossing_lets_through,
    fixes,
    is_worse_within,
    no_worse,
    reaches,
    veto,
)

TIMES = 500


@pytest.mark.parametrize(
    ("n", "disagreement", "margin"),
    [(100, 0.06, 0.05), (200, 0.04, 0.02), (200, 0.03, 0.03), (413, 0.06, 0.03), (600, 0.05, 0.02), (928, 0.06, 0.02),
     (1500, 0.08, 0.02)],
)  # fmt: skip
def test_a_true_drop_of_the_margin_passes_one_time_in_twenty(n: int, disagreement: float, margin: float) -> None:
    held = gates.passes_margin(n, disagreement, margin, -margin, TIMES, seed=1)
    assert at_most(held.hits, held.times, 0.06), held.share


@pytest.mark.parametrize(("disagreement", "margin"), [(0.06, 0.02), (0.06, 0.03), (0.1, 0.02)])
def test_with_documents_enough_a_candidate_that_is_as_good_passes(disagreement: float, margin: float) -> None:
    needed = documents_needed(disagreement, margin, power=0.9)
    assert needed is not None
    held = gates.passes_margin(needed, disagreement, margin, 0.0, TIMES, seed=2)
    assert at_least(held.hits, held.times, 0.9), held.share


FIX = [(60, 0.64, 0.80), (100, 0.83, 0.94), (200, 0.98, 0.99)]


@pytest.mark.parametrize(("n", "alone", "alike"), FIX)
def test_a_full_fix_passes_as_often_as_the_rows_allow(n: int, alone: float, alike: float) -> None:
    for how, promise in ((0.0, alone), (0.6, alike)):
        held = gates.passes_fix(n, 0.91, how, TIMES, seed=3)
        assert at_least(held.hits, held.times, promise), (held.share, promise)


@pytest.mark.parametrize("n", [60, 100, 200])
def test_what_fixes_nothing_does_not_pass(n: int) -> None:
    for candidate, promise in ((0.78, 0.06), (0.74, 0.01)):
        held = gates.passes_fix(n, candidate, 0.0, TIMES, seed=4)
        assert at_most(held.hits, held.times, promise), (candidate, held.share)


def test_the_plain_rule_lets_through_what_it_is_said_to() -> None:
    for n, passes in ((100, 0.88), (600, 0.48)):
        held = gates.passes_crossing(n, 0.06, -0.02, TIMES, seed=5)
        assert held.share == pytest.approx(passes, abs=0.05)
        assert crossing_lets_through(n, 0.06, 0.02) == pytest.approx(held.share, abs=0.05)


def test_slices_that_are_as_good_are_hardly_ever_vetoed() -> None:
    held = gates.vetoed(40, 60, 0, 0.0, 400, seed=6)
    assert at_most(held.hits, held.times, 0.05), held.share


def test_a_slice_that_broke_is_vetoed() -> None:
    held = gates.vetoed(10, 100, 1, 0.2, 200, seed=7)
    assert at_least(held.hits, held.times, 0.8), held.share


def test_slices_that_are_too_small_are_asked_together_or_not_at_all() -> None:
    small = [Slice(f"queue {number}", 5, 0, 1) for number in range(4)]
    assert veto([*small, Slice("large", 100, 3, 3)]) == veto([*small, Slice("large", 100, 3, 3)])
    held = veto([*small, Slice("large", 100, 3, 3)])
    assert (held.worse, held.asked, held.small) == ((), 1, 4)
    held = veto([*small * 2, Slice("large", 100, 3, 3)])
    assert [each.name for each in held.worse] == ["the rest"]
    assert veto([]) == veto([])


def test_banks_of_items_that_must_not_break() -> None:
    assert gates.item_is_caught(0.3) == pytest.approx(0.80, abs=0.005)
    assert gates.item_is_caught(0.5) == pytest.approx(0.997, abs=0.0015)
    assert gates.bank_is_failed(50, 0.02) < 1e-4 * 50
    assert gates.any_flip_fails(50, 0.02) == pytest.approx(0.63, abs=0.01)
    assert rate_below(50) == pytest.approx(0.058, abs=5e-4)


def test_the_worked_example() -> None:
    """Six hundred items from .91 to .90 with 5 % disagreement; a canary from .78 to .93."""
    held = of_counts(12, 18, 600)
    assert held.estimate == pytest.approx(-0.01)
    assert held.disagreement == 0.05
    assert no_worse(held, 0.02) == "inconclusive"
    assert no_worse(held, 0.03) == "pass"
    assert fixes(of_counts(18, 3, 100), 0.91 - 0.78) == "pass"


def test_a_pass_that_is_worse_says_so() -> None:
    held = of_counts(10, 40, 4000)
    assert no_worse(held, 0.02) == "pass"
    assert is_worse_within(held, 0.02)


def test_a_floor_is_reached_beyond_doubt_or_missed_beyond_doubt() -> None:
    assert reaches(share(540, 600), 0.8) == "pass"
    assert reaches(share(492, 600), 0.8) == "inconclusive"
    assert reaches(share(420, 600), 0.8) == "fail"
    assert reaches(share(0, 0), 0.8) == "inconclusive"


@pytest.mark.parametrize(("drop", "needed"), [(0.13, 64), (0.06, 221), (0.03, 732), (0.01, 5617)])
def test_how_many_outcomes_an_arm_needs(drop: float, needed: int) -> None:
    assert abs(outcomes_needed(0.91, drop) - needed) <= 1
