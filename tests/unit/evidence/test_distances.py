"""Distances between distributions: nothing where there is nothing, and something where there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.worlds.bound import at_most
from sentinel.evidence import distances as d

counts = st.lists(st.integers(0, 500), min_size=2, max_size=20).map(np.array)
pairs = counts.flatmap(lambda one: st.tuples(
    st.just(one), st.lists(st.integers(0, 500), min_size=len(one), max_size=len(one)).map(np.array)))  # fmt: skip


@given(pairs)
def test_chi_square_is_what_the_field_has(held: tuple[d.Counts, d.Counts]) -> None:
    reference, now = held
    there = reference + now > 0
    if not reference.sum() or not now.sum() or there.sum() < 2:
        assert d.homogeneous(reference, now) == 1
        return
    expected = stats.chi2_contingency(np.stack([reference, now])[:, there], correction=False).pvalue
    assert d.homogeneous(reference, now) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(st.lists(st.integers(0, 500), min_size=2, max_size=6).map(np.array))
def test_the_share_of_arms_is_judged_as_the_field_judges_it(held: d.Counts) -> None:
    if not held.sum():
        return
    shares = np.arange(1.0, len(held) + 1)
    expected = stats.chisquare(held, shares / shares.sum() * held.sum()).pvalue
    assert d.as_expected(held, shares) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(pairs)
def test_effects_are_never_negative_and_there_is_none_between_a_thing_and_itself(
    held: tuple[d.Counts, d.Counts],
) -> None:
    reference, now = held
    for measure in (d.psi, d.js):
        assert measure(reference, now).effect >= 0
        assert measure(reference, reference).effect == 0
    assert d.ks(reference, reference).effect == 0


@given(pairs)
def test_pooling_loses_no_row(held: tuple[d.Counts, d.Counts]) -> None:
    reference, now = held
    fewer, new = d.pooled(reference, now)
    assert (fewer.sum(), new.sum()) == (reference.sum(), now.sum())
    assert len(fewer) == len(new) <= len(reference)


def test_nothing_on_one_side_says_nothing() -> None:
    nothing, something = np.zeros(5, dtype=np.int64), np.full(5, 9)
    for measure in (d.psi, d.js, d.ks):
        assert (measure(nothing, something).effect, measure(nothing, something).p) == (0, 1)


def test_kolmogorov() -> None:
    for value in (0.1, 0.3, 0.8, 1.2, 2.0):
        assert d.kolmogorov_above(value) == pytest.approx(stats.kstwobign.sf(value), abs=1e-9)


@pytest.mark.parametrize("n", [200, 2000, 100_000])
@pytest.mark.parametrize("bins", [10, 40])
def test_equal_distributions_are_hardly_ever_flagged(n: int, bins: int) -> None:
    """The usual thresholds alone flag most of them at n = 200."""
    chance = np.random.default_rng(n + bins)
    shares = chance.dirichlet(np.full(bins, 0.4)) if bins == 40 else np.full(bins, 1 / bins)
    flagged, plainly, times = 0, 0, 200
    for number in range(times):
        one, other = chance.multinomial(n, shares), chance.multinomial(n, shares)
        held = d.psi(one, other, seed=number)
        flagged += held.effect >= 0.1 and held.p < 0.01
        plainly += held.raw >= 0.1
    assert at_most(flagged, times, 0.01)
    if n == 200 and bins == 10:
        assert plainly / times > 0.2


@pytest.mark.parametrize("n", [500, 5000])
def test_a_distribution_that_moved_is_flagged(n: int) -> None:
    chance = np.random.default_rng(n)
    old, new = np.full(10, 0.1), np.array([0.22, 0.16, 0.12, 0.1, 0.1, 0.1, 0.08, 0.06, 0.04, 0.02])
    found = [d.psi(chance.multinomial(n, old), chance.multinomial(n, new), seed=i) for i in range(100)]
    assert sum(held.effect >= 0.1 and held.p < 0.01 for held in found) >= 95
