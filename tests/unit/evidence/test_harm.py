"""Canaries watched at every outcome: hardly ever rolled back by mistake, and soon when they should be."""

import math

import pytest

from bench.worlds import canaries
from bench.worlds.bound import at_most
from sentinel.evidence.harm import Arms, Block, Paired, blocks

TIMES = 300


def test_a_canary_that_is_as_good_is_rolled_back_at_most_one_time_in_twenty() -> None:
    held = canaries.paired(0.04, 0.04, 3000, TIMES, seed=1)
    assert at_most(held.hits, TIMES, 0.034), held.hits / TIMES


def test_the_usual_test_peeked_at_rolls_back_one_in_four() -> None:
    held = canaries.peeked_mcnemar(0.04, 0.04, 3000, 100, seed=1)
    assert held.hits / 100 > 0.2


def test_a_canary_that_lost_six_points_is_rolled_back_within_some_hundred_documents() -> None:
    held = canaries.paired(0.01, 0.07, 2000, TIMES, seed=2)
    assert held.median is not None and held.median <= 130
    assert held.hits == TIMES


def test_arms_that_are_alike_are_told_apart_at_most_one_time_in_twenty() -> None:
    held = canaries.arms(0.91, 0.91, 0.5, 6000, 150, seed=3)
    assert at_most(held.hits, 150, 0.026), held.hits / 150
    assert canaries.peeked_z(0.91, 0.91, 0.5, 6000, 150, seed=3).hits / 150 > 0.25


@pytest.mark.parametrize(("share", "soon"), [(0.1, 75), (0.5, 125)])
def test_an_arm_that_fell_to_78_is_told_soon(share: float, soon: int) -> None:
    """The more the other arm tells beside it, the sooner."""
    held = canaries.arms(0.91, 0.78, share, 4000, TIMES, seed=4)
    assert held.median is not None and held.median <= soon


def test_documents_on_which_both_agree_say_nothing() -> None:
    assert Paired().after(0) == Paired()
    won, lost = Paired().after(1), Paired().after(-1)
    assert won.log < 0 < lost.log
    assert (lost.wins, lost.losses) == (0, 1)


def test_no_arm_is_judged_before_both_have_outcomes() -> None:
    assert list(blocks([(True, False)] * 50)) == []
    assert list(blocks([(False, True), (False, False), (True, True), (True, True)])) == [Block(1, 2, 1, 1)]


def test_one_block_weighs_as_its_likelihoods_say() -> None:
    """With nothing seen before, the champion is taken for a coin."""
    held = Arms().after(Block(1, 1, 0, 1))
    drop = 0.2
    alike = 0.5 - drop / 2
    assert held.logs[-1] == pytest.approx(math.log(0.5 / alike) + math.log((1 - 0.3) / (1 - alike)))
