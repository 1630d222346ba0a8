"""Limits of a mean that a few units hold most of."""

import numpy as np

from sentinel.evidence.bootstrap import limits, resampled, studentised


def passed(rule: str, n: int, worlds: int = 120) -> float:
    """How often the upper limit lies below the truth, where units are as skewed as a lognormal of deviation one."""
    chance = np.random.default_rng(3)
    below = 0
    for seed in range(worlds):
        sizes = chance.integers(20, 200, n).astype(float)
        sums = sizes * np.exp(chance.normal(-0.5, 1.0, n))
        if rule == "plain":
            _, upper = limits(resampled(sums, sizes, seed, 500), 0.05)
        else:
            _, upper = studentised(sums, sizes, 0.05, seed, 500)
        below += upper < 1.0
    return below / worlds


def test_it_errs_less_than_plain_limits_on_what_is_skewed() -> None:
    plain, own = passed("plain", 50), passed("studentised", 50)
    assert own < plain - 0.02 and own < 0.15, (plain, own)


def test_it_holds_the_mean_between_its_limits_and_is_the_same_each_time() -> None:
    sizes = np.arange(1.0, 61.0)
    sums = sizes * np.linspace(0.1, 0.4, 60)
    lower, upper = studentised(sums, sizes, 0.05, 7)
    assert lower < sums.sum() / sizes.sum() < upper
    assert (lower, upper) == studentised(sums, sizes, 0.05, 7)


def test_units_that_are_all_alike_leave_nothing_to_doubt() -> None:
    assert studentised(np.full(20, 3.0), np.full(20, 6.0), 0.05, 1) == (0.5, 0.5)
