"""What moved against a reference, by both conditions: an effect that reaches a floor, and proof."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from bench.worlds import draws
from bench.worlds.bound import at_most
from sentinel.data.profile import profile
from sentinel.evidence.moved import unit_of
from sentinel.evidence.shift import FEWEST, Floors, NotComparable, shift


@pytest.mark.parametrize("n", [200, 2000])
def test_identical_data_is_hardly_ever_flagged(n: int) -> None:
    """Numbers, counts, categories with 40 skewed classes, gaps, texts and labels: any one flagged counts."""
    times = 40
    assert at_most(draws.flagged(n, times, seed=n), times, 0.01)


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("n", draws.SIZES)
def test_identical_data_is_flagged_in_at_most_one_of_a_hundred_of_a_thousand_draws(
    n: int, record_property: Callable[[str, object], None]
) -> None:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    flagged = draws.flagged(n, 1000, seed)
    record_property("figures", f"identical data flagged at n = {n:,}: {flagged} of 1,000 (seed {seed})")
    assert flagged <= 10


@pytest.mark.parametrize("n", [500, 5000])
def test_what_moved_is_flagged(n: int) -> None:
    for seed in range(10):
        one, other = draws.rows(n, seed), draws.rows(n, seed + 100)
        moved = other.with_columns(pl.col("normal") + 0.8)
        reference = profile(one, label="label")
        found = shift(reference, profile(moved, reference)).moved()
        assert [each.feature for each in found if each.label is None] == ["normal"]


def test_few_rows_say_nothing() -> None:
    reference = profile(draws.rows(1000, 1))
    found = shift(reference, profile(draws.rows(FEWEST - 1, 2).with_columns(pl.col("normal") * 1000), reference))
    assert found.is_small and not found.looked and "normal" in found.small


def test_profiles_over_other_bins_are_not_compared() -> None:
    one, other = profile(draws.rows(500, 1)), profile(draws.rows(500, 2))
    with pytest.raises(NotComparable, match="normal"):
        shift(one, other)


def test_a_feature_that_is_gone_is_named_and_the_rest_is_compared() -> None:
    reference = profile(draws.rows(500, 1))
    found = shift(reference, profile(draws.rows(500, 2).drop("normal"), reference))
    assert found.missing == ("normal",) and found.moved() == []


def test_an_effect_below_the_floor_is_not_flagged_however_sure() -> None:
    reference = profile(draws.rows(50_000, 1).select("normal"))
    now = profile(draws.rows(50_000, 2).select(pl.col("normal") + 0.1), reference)
    found = shift(reference, now)
    assert found.moved() == [] and min(each.p for each in found.looked) < 1e-6
    assert found.moved(Floors(psi=0.001))


def test_a_word_that_nobody_used_to_say_is_flagged() -> None:
    old = pl.DataFrame({"text": [f"please help me with order {number} today" for number in range(1000)]})
    says_now = [f"please help me with {'order' if number % 4 else 'casino'} {number} today" for number in range(800)]
    new = pl.DataFrame({"text": says_now})
    reference = profile(old)
    says = [each.says for each in shift(reference, profile(new, reference)).moved()]
    assert any("`casino` stood in the `text` of 0.9 % of rows and stands in 25 %" in each for each in says)


def test_what_a_label_means_is_looked_at_only_where_the_whole_did_not_move() -> None:
    one = draws.rows(4000, 1)
    reference = profile(one, label="label")
    moved = shift(reference, profile(draws.rows(4000, 2).with_columns(pl.col("normal") + 3), reference)).moved()
    assert {each.label for each in moved if each.feature == "normal"} == {None}
    first = max(reference.labels, key=reference.labels.__getitem__)
    within = draws.rows(4000, 3).with_columns(
        normal=pl.when(pl.col("label") == first).then(-pl.col("normal").abs()).otherwise(pl.col("normal").abs())
    )
    found = shift(reference, profile(within, reference)).moved()
    assert ("normal", first) in {(each.feature, each.label) for each in found}
    assert all(each.label for each in found) and found[0].says.startswith("what `")


@pytest.mark.parametrize(
    ("factor", "added", "says"),
    [
        (1000, 0, "looks like × 1000"), (0.001, 0, "looks like ÷ 1000"), (100, 0, "looks like × 100"),
        (60, 0, "looks like × 60"), (1024, 0, "looks like × 1000"), (1 / 2.54, 0, "looks like ÷ 2.54"),
        (1.8, 32, "looks like Fahrenheit, and was Celsius"), (1.03, 0, None), (7, 0, None),
    ],
)  # fmt: skip
def test_a_unit_is_known_by_its_quantiles(factor: float, added: float, says: str | None) -> None:
    quantiles = np.linspace(4, 30, 33)
    assert unit_of(quantiles.tolist(), (quantiles * factor + added).tolist()) == says
