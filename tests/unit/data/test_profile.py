"""Profiles: every row is counted once, over bins that two profiles share."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sentinel.data import profile as module
from sentinel.data import rows as reading
from sentinel.data.merging import merged
from sentinel.data.profile import profile
from sentinel.data.rows import rows_in
from sentinel.domain.form import from_json, to_json
from sentinel.domain.profile import Profile
from sentinel.evidence.distances import ks
from tests.effort import often

FRAMES = st.lists(
    st.tuples(
        st.floats(-1e6, 1e6) | st.none(), st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y", None]),
        st.sampled_from(["please help me with the bill", "where is it, and what is that thing", "", None]),
    ), min_size=1, max_size=60,
).map(lambda rows: pl.DataFrame(
    rows, schema={"n": pl.Float64, "c": pl.String, "label": pl.String, "text": pl.String}, orient="row"
))  # fmt: skip


@given(FRAMES)
def test_every_row_is_counted_once_in_each_feature(frame: pl.DataFrame) -> None:
    held = profile(frame, label="label")
    assert held.rows == len(frame)
    features = [*held.numbers.values(), *held.values.values()]
    assert {each.rows + each.nulls for each in features} == {len(frame)}
    assert sum(held.labels.values()) + held.unlabelled == len(frame)
    for within in held.within.values():
        assert {sum(bins) for bins in within.counts.values()} == {within.rows}


@settings(max_examples=often(25, 100))
@given(FRAMES, st.data())
def test_profiles_of_two_parts_over_one_reference_add_up_to_that_of_the_whole(
    frame: pl.DataFrame, data: st.DataObject
) -> None:
    reference = profile(frame, label="label")
    place = data.draw(st.integers(0, len(frame)))
    one, other = profile(frame[:place], reference), profile(frame[place:], reference)
    both, whole = merged(one, other), profile(frame, reference)
    assert both.rows == whole.rows and both.labels == whole.labels
    assert {name: held.counts for name, held in both.numbers.items()} == {
        name: held.counts for name, held in whole.numbers.items()
    }
    assert {name: dict(held.counts) for name, held in both.values.items()} == {
        name: dict(held.counts) for name, held in whole.values.items()
    }
    assert {label: held.counts for label, held in both.within.items() if held.rows} == {
        label: held.counts for label, held in whole.within.items() if held.rows
    }
    for name, held in both.numbers.items():
        assert held.mean == pytest.approx(whole.numbers[name].mean, rel=1e-9, abs=1e-9)
        assert held.variance == pytest.approx(whole.numbers[name].variance, rel=1e-6, abs=1e-3)


def test_profiles_over_other_bins_do_not_add_up() -> None:
    one, other = (profile(pl.DataFrame({"n": np.arange(100.0) * times})) for times in (1, 2))
    with pytest.raises(ValueError, match="other bins"):
        merged(one, other)


@given(FRAMES)
@settings(max_examples=20)
def test_a_profile_is_kept_as_json(frame: pl.DataFrame) -> None:
    held = profile(frame, label="label")
    assert from_json(Profile, json.loads(json.dumps(to_json(held)))) == held


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_a_file_read_in_pieces_has_the_profile_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    chance = np.random.default_rng(1)
    frame = pl.DataFrame({"n": chance.normal(size=5000), "k": chance.integers(0, 9, 5000), "c": ["a", "b"] * 2500})
    path = tmp_path / f"rows.{suffix}"
    {"parquet": frame.write_parquet, "csv": frame.write_csv, "jsonl": frame.write_ndjson}[suffix](path)
    monkeypatch.setattr(reading, "BLOCK", 20_000)
    monkeypatch.setattr(reading, "ROWS", 700)
    assert len(list(rows_in(path))) > 3
    held, whole = profile(rows_in(path)), profile(frame)
    assert held.values == whole.values and held.numbers["k"].counts == whole.numbers["k"].counts
    assert held.numbers["n"].edges == whole.numbers["n"].edges
    assert held.numbers["n"].counts == whole.numbers["n"].counts
    assert held.numbers["n"].mean == pytest.approx(whole.numbers["n"].mean)


def test_the_sample_stays_small_and_even_however_many_rows_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAMPLE", 100)
    frame = pl.DataFrame({"n": np.arange(10_000)})
    pieces = module.Rows(frame=frame)
    sample = module._sample(pieces)["n"].to_numpy()
    assert 100 <= len(sample) <= 200
    assert len(set(np.diff(sample).tolist())) == 1


def test_counts_over_the_bins_are_within_a_hair_of_the_exact_distance() -> None:
    chance = np.random.default_rng(2)
    for draw, other in (
        (chance.normal(size=1_000_000), chance.normal(0.5, 1, 1_000_000)),
        (chance.lognormal(0, 2, 1_000_000), chance.lognormal(0.5, 2, 1_000_000)),
    ):
        reference = profile(pl.DataFrame({"x": draw}))
        now = profile(pl.DataFrame({"x": other}), reference)
        counts = [np.array(held.numbers["x"].counts) for held in (reference, now)]
        assert ks(*counts).raw == pytest.approx(stats.ks_2samp(draw, other).statistic, abs=1e-4)


def test_a_profile_of_twenty_columns_is_small_enough_to_keep() -> None:
    chance = np.random.default_rng(3)
    frame = pl.DataFrame({f"n{number}": chance.lognormal(size=100_000) for number in range(20)})
    assert len(json.dumps(to_json(profile(frame)))) < 110_000


def test_a_value_that_most_rows_have_keeps_its_bin() -> None:
    frame = pl.DataFrame({"n": [0.0] * 900 + [float(number) for number in range(1, 101)]})
    held = profile(frame).numbers["n"]
    assert held.edges[0] == 0.0 and held.counts[0] == 900


def test_what_is_no_finite_number_counts_as_missing() -> None:
    held = profile(pl.DataFrame({"n": [1.0, float("nan"), float("inf"), None, 2.0]})).numbers["n"]
    assert (held.rows, held.nulls, held.mean) == (2, 3, 1.5)


def test_the_kind_of_a_field_is_told_by_its_values_and_by_the_reference_first() -> None:
    frame = pl.DataFrame({
        "queue": ["mail", "chat"] * 200, "said": [f"please look at number {number} for me" for number in range(400)],
        "sure": [True, False] * 200, "n": range(400),
    })  # fmt: skip
    held = profile(frame)
    assert held.fields == {"queue": "category", "said": "text", "sure": "category", "n": "number"}
    few = profile(frame.head(3), held)
    assert few.fields == held.fields


def test_texts_are_told_by_length_language_script_and_words() -> None:
    texts = ["Wo ist die Rechnung, und ist das nicht zu viel?"] * 50 + [
        "Where is the bill, and is that not too much?"
    ] * 50
    texts += [f"счёт номер {number}" for number in range(30)] + ["请问我的账单在哪里"] * 30
    held = profile(pl.DataFrame({"text": texts}))
    assert held.values["text.language"].counts == {"de": 50, "en": 50, "cyrillic": 30, "zh": 30}
    assert held.values["text.script"].counts == {"latin": 100, "cyrillic": 30, "han": 30}
    assert held.words["text"].counts["rechnung"] == 50
    assert held.numbers["text.length"].quantiles[0] == 9
