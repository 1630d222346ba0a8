"""What moved against a reference, by both conditions: an effect that reaches a floor, and proof."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench.worlds import draws
from bench.worlds.bound import at_most
from sentinel.data.profile import profile
from sentinel.data.rows import rows_in
from sentinel.evidence.moved import unit_of
from sentinel.evidence.shift import FEWEST, Floors, NotComparable, shift
from tests.effort import often


@pytest.mark.parametrize("n", [200, 2000])
def test_identical_data_is_hardly_ever_flagged(n: int) -> None:
    """Numbers, counts, categories with 40 skewed classes, gaps, texts and labels: any one flagged counts."""
    times = often(12, 40)
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
    for seed in range(often(3, 10)):
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


def test_a_feature_that_is_gone_has_moved_and_the_rest_is_compared() -> None:
    reference = profile(draws.rows(500, 1))
    found = shift(reference, profile(draws.rows(500, 2).drop("normal"), reference))
    assert found.missing == ("normal",)
    assert [(each.feature, each.says) for each in found.moved()] == [("normal", "`normal` is gone")]


NO_TEXT, NO_NUMBER = pl.lit(None, pl.String), pl.lit(None, pl.Float64)


@pytest.mark.parametrize(
    ("field", "now", "says"),
    [
        ("normal", None, "`normal` is gone"),
        ("normal", NO_NUMBER, "`normal` is missing in 100 % of rows, and was in 0 %"),
        ("normal", NO_TEXT, "`normal` is missing in 100 % of rows, and was in 0 %"),
        ("normal", pl.lit("3 kg"), "`normal` is no number any more in 100 % of rows"),
        ("normal", pl.lit(True), "`normal` is no number any more in 100 % of rows"),
        ("gaps", None, "`gaps` is gone"),
        ("skewed_class", None, "`skewed_class` is gone"),
        ("skewed_class", NO_TEXT, "`skewed_class` is missing in 100 % of rows, and was in 0 %"),
        ("skewed_class", pl.lit(7.5), "`7.5` of `skewed_class` went from 0 % to 100 %"),
        ("text", None, "`text` is gone"),
        ("text", NO_TEXT, "`text` is missing in 100 % of rows, and was in 0 %"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("label", [None, "label"])
def test_what_a_field_lost_is_said_once(field: str, now: pl.Expr | None, says: str, label: str | None) -> None:
    reference = profile(draws.rows(2000, 1), label=label)
    rows = draws.rows(1500, 2)
    rows = rows.drop(field) if now is None else rows.with_columns(now.alias(field))
    (found,) = shift(reference, profile(rows, reference)).moved()
    assert found.feature == field and found.says.startswith(says)


def test_a_text_that_became_a_number_has_moved() -> None:
    reference = profile(draws.rows(2000, 1))
    found = shift(reference, profile(draws.rows(1500, 2).with_columns(text=pl.lit(5)), reference)).moved()
    assert "the median of `text.length` went from" in found[0].says + found[1].says + found[2].says


def test_rows_of_other_names_have_lost_every_field() -> None:
    reference = profile(draws.rows(2000, 1))
    rows = draws.rows(1500, 2)
    found = shift(reference, profile(rows.rename({name: f"new_{name}" for name in rows.columns}), reference)).moved()
    assert {each.says for each in found} == {f"`{name}` is gone" for name in rows.columns}


def test_some_values_that_are_no_numbers_are_told_from_missing_ones() -> None:
    reference = profile(draws.rows(2000, 1).select("normal"))
    number = pl.col("normal").cast(pl.String)
    half = pl.when(pl.int_range(pl.len()) % 2 == 0).then(number)
    strays = profile(draws.rows(1500, 2).select(half.otherwise(pl.lit("n/a"))), reference)
    assert shift(reference, strays).moved()[0].says == "`normal` is no number any more in 50 % of rows"
    gaps = profile(draws.rows(1500, 2).select(half), reference)
    assert shift(reference, gaps).moved()[0].says == "`normal` is missing in 50 % of rows, and was in 0 %"


def test_a_field_that_hardly_any_row_had_may_go() -> None:
    """As of every other move, the effect has to reach a floor."""
    rare = pl.when(pl.int_range(pl.len()) % 500 == 0).then(pl.lit("x"))
    reference = profile(draws.rows(2000, 1).with_columns(rare=rare))
    assert shift(reference, profile(draws.rows(1500, 2), reference)).moved() == []


@pytest.mark.parametrize("bad", ["z", {"a": 1}, [1], True])
def test_one_stray_row_switches_no_feature_off(tmp_path: Path, bad: object) -> None:
    reference = profile(draws.rows(2000, 1))
    rows = draws.rows(1500, 2).with_columns(pl.col("normal") + 3).to_dicts()
    stray = {**rows[0], "normal": bad, "whole": bad, "text": bad, "skewed_class": bad}
    (tmp_path / "live.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, stray]))
    now = profile(rows_in(tmp_path / "live.jsonl"), reference)
    plain = profile(pl.DataFrame(rows), reference)
    assert now.strays == {"normal": 1, "whole": 1}
    for name in ("normal", "whole"):
        assert now.numbers[name].counts == plain.numbers[name].counts
    assert [each.feature for each in shift(reference, now).moved()] == ["normal"]


@pytest.mark.parametrize("features", [("nromal",), ("normal", "txet"), ("text.lenght",), ("text.",)])
def test_a_feature_that_the_reference_has_not_is_said(features: tuple[str, ...]) -> None:
    reference = profile(draws.rows(500, 1))
    with pytest.raises(NotComparable, match="there is no feature"):
        shift(reference, profile(draws.rows(500, 2), reference), features)


@pytest.mark.parametrize("features", [("text",), ("text.length",), ("text.words",), ("text.words.word0",), ("gaps",)])
def test_fields_their_features_and_words_can_be_named(features: tuple[str, ...]) -> None:
    reference = profile(draws.rows(500, 1))
    found = shift(reference, profile(draws.rows(500, 2), reference), features)
    assert found.looked and all(each.feature.startswith(features[0]) for each in found.looked)


def test_rows_that_have_nothing_to_look_at_are_not_compared() -> None:
    reference = profile(draws.rows(500, 1).select("label"), label="label")
    with pytest.raises(NotComparable, match="nothing to look at"):
        shift(reference, profile(draws.rows(500, 2), reference))


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
