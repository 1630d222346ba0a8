"""Tails against the field's own library, to nine digits."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import multitest

from sentinel.evidence import tails
from sentinel.evidence.multiplicity import holm
from tests.effort import often

shares = st.floats(1e-6, 1 - 1e-6)


@given(st.floats(0, 2000), st.integers(1, 500))
def test_chi_square(value: float, degrees: int) -> None:
    assert tails.chi_square_above(value, degrees) == pytest.approx(stats.chi2.sf(value, degrees), rel=1e-9, abs=1e-12)


@given(st.integers(0, 3000).flatmap(lambda trials: st.tuples(st.integers(-1, trials), st.just(trials))), shares)
def test_binomial(held: tuple[int, int], share: float) -> None:
    hits, trials = held
    expected = stats.binom.cdf(hits, trials, share)
    assert tails.binomial_at_most(hits, trials, share) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(st.floats(0.5, 1000), st.floats(0.5, 1000), shares)
def test_the_share_of_a_beta_below_its_own_quantile(first: float, second: float, share: float) -> None:
    value = tails.beta_quantile(first, second, share)
    assert value == pytest.approx(stats.beta.ppf(share, first, second), rel=1e-9, abs=1e-12)


@given(st.floats(-30, 30))
def test_normal(value: float) -> None:
    assert tails.normal_above(value) == pytest.approx(stats.norm.sf(value), rel=1e-12)


@given(st.floats(1e-9, 1 - 1e-9))
def test_normal_quantile(share: float) -> None:
    assert tails.normal_quantile(share) == pytest.approx(stats.norm.ppf(share), rel=1e-9, abs=1e-9)


def test_the_ends() -> None:
    assert tails.chi_square_above(0, 3) == 1
    assert (tails.beta_below(2, 3, 0), tails.beta_below(2, 3, 1)) == (0, 1)
    assert (tails.binomial_at_most(-1, 9, 0.5), tails.binomial_at_most(9, 9, 0.5)) == (0, 1)
    assert math.isclose(tails.gamma_above(3, 0), 1)


@settings(max_examples=often(8, 200))
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_holm(values: list[float]) -> None:
    assert holm(values) == pytest.approx(list(multitest.multipletests(values, method="holm")[1]), rel=1e-9, abs=1e-12)


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []
