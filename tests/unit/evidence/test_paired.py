"""Comparisons on the same documents."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sentinel.evidence.bootstrap import limits, resampled
from sentinel.evidence.interval import variance_at
from sentinel.evidence.paired import difference, mcnemar, of_counts
from sentinel.evidence.power import documents_needed
from sentinel.evidence.promotion import no_worse


@given(st.integers(0, 400), st.integers(0, 400))
def test_exact_mcnemar_is_what_the_field_has(wins: int, losses: int) -> None:
    expected = stats.binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert mcnemar(wins, losses) == pytest.approx(expected, rel=1e-9, abs=1e-12)


TABLES = [(600, 18, 18), (600, 12, 30), (600, 40, 2), (2000, 60, 90)]


@pytest.mark.parametrize(("n", "wins", "losses"), TABLES)
def test_the_bootstrap_says_what_the_fields_slowest_says(n: int, wins: int, losses: int) -> None:
    """Bias-corrected and accelerated, on the same rows; and so do the limits that need no chance."""
    gaps = np.array([1.0] * wins + [-1.0] * losses + [0.0] * (n - wins - losses))
    theirs = stats.bootstrap((gaps,), np.mean, n_resamples=10_000, confidence_level=0.9, method="BCa",
                             rng=np.random.default_rng(7)).confidence_interval  # fmt: skip
    drawn = limits(resampled(gaps, np.ones(n), seed=1), 0.05)
    counted = of_counts(wins, losses, n)
    for lower, upper in (drawn, (counted.lower, counted.upper)):
        assert abs(lower - theirs.low) <= 0.003
        assert abs(upper - theirs.high) <= 0.003


@pytest.mark.parametrize("n", [40, 300, 2000])
@pytest.mark.parametrize("shape", ["even", "skewed", "heavy"])
def test_scores_of_which_no_two_are_alike_are_resampled_as_if_each_were_drawn(n: int, shape: str) -> None:
    chance = np.random.default_rng(n)
    gaps = {
        "even": chance.random(n) - chance.random(n),
        "skewed": chance.beta(0.2, 3, n) - chance.beta(0.3, 3, n),
        "heavy": np.clip(chance.lognormal(-4, 1.5, n), 0, 1) * chance.choice([-1, 1], n),
    }[shape]
    theirs = stats.bootstrap((gaps,), np.mean, n_resamples=10_000, confidence_level=0.9, method="BCa", batch=500,
                             rng=np.random.default_rng(7)).confidence_interval  # fmt: skip
    plain = np.array([gaps[chance.integers(0, n, n)].mean() for _ in range(10_000)])
    drawn = resampled(gaps, np.ones(n), seed=1)
    for lower, upper in (limits(plain, 0.05), *([theirs] if n > 100 else [])):
        # the dice of ten thousand resamples move a limit by some 2 % of the deviation
        assert np.abs(np.array(limits(drawn, 0.05)) - (lower, upper)).max() <= max(0.003, 0.1 * plain.std())
    assert drawn.std() == pytest.approx(plain.std(), rel=0.05)
    assert stats.ks_2samp(drawn, plain).pvalue > 1e-4


def test_documents_say_what_their_counts_say() -> None:
    candidate, champion = np.zeros(900), np.zeros(900)
    candidate[:20], champion[20:50] = 1, 1
    assert difference(candidate, champion) == of_counts(20, 30, 900)


def test_documents_that_belong_together_are_drawn_together() -> None:
    """Ten copies of sixty documents prove what sixty documents prove."""
    chance = np.random.default_rng(3)
    few = chance.choice([-1.0, 0.0, 1.0], p=[0.2, 0.5, 0.3], size=60)
    many, groups = np.repeat(few, 10), np.repeat(np.arange(60), 10)
    nothing = np.zeros_like
    alone = difference(few, nothing(few))
    copied = difference(many, nothing(many), groups=groups)
    fooled = difference(many, nothing(many))
    assert copied.lower == pytest.approx(alone.lower, abs=0.02)
    assert copied.upper == pytest.approx(alone.upper, abs=0.02)
    assert fooled.upper - fooled.lower < 0.4 * (alone.upper - alone.lower)


def test_weights_undo_a_choice_of_what_is_labelled() -> None:
    """Losses are labelled nine times in ten, the rest two times in ten: weighed by that, the truth comes out."""
    chance = np.random.default_rng(5)
    truth = chance.choice([-1.0, 0.0, 1.0], p=[0.05, 0.9, 0.05], size=20_000)
    likely = np.where(truth < 0, 0.9, 0.2)
    labelled = chance.random(truth.size) < likely
    gaps, weights = truth[labelled], 1 / likely[labelled]
    plain = difference(gaps, np.zeros_like(gaps))
    weighed = difference(gaps, np.zeros_like(gaps), weights)
    assert plain.upper < -0.08
    assert weighed.lower < truth.mean() < weighed.upper


def test_values_that_are_no_counts() -> None:
    chance = np.random.default_rng(2)
    first, second = chance.normal(0.5, 0.2, 700), chance.normal(0.55, 0.2, 700)
    held = difference(second, first)
    expected = (second - first).std(ddof=1) / np.sqrt(700) * 1.645
    assert held.estimate - held.lower == pytest.approx(expected, rel=0.05)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(400, 3000), st.sampled_from([0.01, 0.025, 0.05, 0.2]))
def test_the_limits_hold_the_estimate_and_are_alike_from_both_sides(
    wins: int, losses: int, n: int, alpha: float
) -> None:
    held, turned = of_counts(wins, losses, n, alpha=alpha), of_counts(losses, wins, n, alpha=alpha)
    assert held.how == "counts"
    assert -1 <= held.lower <= held.estimate <= held.upper <= 1
    assert held.lower == pytest.approx(-turned.upper, abs=1e-9)


def test_no_disagreement_at_all_is_no_proof_on_few_documents() -> None:
    assert no_worse(of_counts(0, 0, 100), 0.02) == "inconclusive"
    assert no_worse(of_counts(0, 0, 200), 0.02) == "pass"


def test_nothing_to_compare_leaves_everything_open() -> None:
    held = difference(np.zeros(0), np.zeros(0))
    assert (held.lower, held.upper, held.n, held.disagreement) == (-1, 1, 0, 0)


def test_the_same_seed_gives_the_same_limits() -> None:
    chance = np.random.default_rng(1)
    one, other = chance.random(900), chance.random(900)
    assert difference(one, other, seed=4) == difference(one, other, seed=4)
    assert difference(one, other, seed=4) != difference(one, other, seed=5)


def _passes(n: int, d: float, margin: float, true: float) -> float:
    """How often a comparison of n documents passes: every count of wins and losses, by how likely it is."""
    found = 0.0
    for apart in range(int(stats.binom.ppf(1e-7, n, d)), int(stats.binom.ppf(1 - 1e-7, n, d)) + 1):
        wins = np.arange(apart + 1)
        likely = stats.binom.pmf(apart, n, d) * stats.binom.pmf(wins, apart, (d + true) / 2 / d)
        at = np.array([variance_at(-margin, int(win), apart - int(win), n) for win in wins])
        gained = (2 * wins - apart) / n + margin
        found += float(likely[n * gained > stats.norm.ppf(0.95) * np.sqrt(n * at)].sum())
    return found


@pytest.mark.parametrize(("d", "margin"), [(0.02, 0.02), (0.03, 0.03), (0.04, 0.02), (0.06, 0.03), (0.1, 0.05)])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_as_many_documents_as_it_takes_give_the_power_that_they_promise(d: float, margin: float, power: float) -> None:
    """And hardly more of them than that; a formula that goes by the truth alone promises what does not come."""
    n = documents_needed(d, margin, power=power) or 0
    assert power <= _passes(n, d, margin, 0.0) <= power + 0.04
    if power == 0.9:
        assert _passes(round(8.57 * d / margin**2), d, margin, 0.0) < power


@pytest.mark.parametrize(
    ("disagreement", "margin", "power", "true", "looks", "needed"),
    [(0.06, 0.02, 0.8, 0, 1, 982), (0.06, 0.03, 0.8, 0, 1, 461), (0.06, 0.02, 0.9, 0, 1, 1349),
     (0.06, 0.02, 0.8, 0, 2, 1250), (0.06, 0.02, 0.8, -0.01, 1, 3814), (0.06, 0.02, 0.8, -0.02, 1, None)],
)  # fmt: skip
def test_how_many_documents_it_takes(
    disagreement: float, margin: float, power: float, true: float, looks: int, needed: int | None
) -> None:
    assert documents_needed(disagreement, margin, power=power, true=true, looks=looks) == needed
