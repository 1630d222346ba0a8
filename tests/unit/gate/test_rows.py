"""Checks on the rows themselves: fields, how full they are, duplicates, sides."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset, EvalReport, form_faults
from sentinel.data.dataset import Held
from sentinel.gate.coverage import coverage
from sentinel.gate.duplicates import duplicates
from sentinel.gate.leakage import leakage
from sentinel.gate.sample_ratio import sample_ratio
from sentinel.gate.schema import schema
from tests.unit.gate.datasets import LOOK, dataset, tickets

CONTRACT = Look("g", reads={"line": {"contract": {"fields": {"text": "string", "amount": "number"}}}})


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return tickets(1000, seed=1)


@pytest.fixture(scope="module")
def good(rows: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset(tmp_path_factory.mktemp("good") / "data", rows)


def test_a_dataset_that_was_written_has_the_form(good: Dataset) -> None:
    assert form_faults("Dataset", good.path) == []


def test_good_rows_pass_every_check(good: Dataset) -> None:
    for found in (
        coverage(LOOK, good), schema(CONTRACT, good, None), duplicates(LOOK, good), leakage(LOOK, good, None),
        sample_ratio(LOOK, good, None),
    ):  # fmt: skip
        assert found.verdict == "pass", found


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (pl.col("text").str.slice(0, pl.col("amount").cast(pl.Int64) % 2 * 99), "`text` is filled in "),
        (pl.when(pl.col("amount") > 5).then("queue").alias("queue"), "% of rows have a label, and 99 % have to"),
        (pl.when(pl.int_range(pl.len()) > 2).then("queue").otherwise(pl.lit("rare")).alias("queue"),
         "the class `rare` has 3 rows, and needs 5"),
    ],
)  # fmt: skip
def test_what_is_not_covered_is_named(rows: pl.DataFrame, tmp_path: Path, change: pl.Expr, says: str) -> None:
    found = coverage(LOOK, dataset(tmp_path / "now", rows.with_columns(change)))
    assert found.verdict == "fail" and says in found.sentence


def test_few_rows_are_inconclusive(rows: pl.DataFrame, tmp_path: Path) -> None:
    found = coverage(LOOK, dataset(tmp_path / "now", rows.head(120)), per_class=1)
    assert (found.verdict, found.todo) == ("inconclusive", "Gather 80 more rows.")


def test_a_field_of_the_contract_that_is_not_there_is_not_covered(good: Dataset) -> None:
    found = coverage(LOOK, good, fields=("text", "subject"))
    assert found.verdict == "fail" and "`subject` is filled in 0 % of rows" in found.sentence


def test_fields_are_held_against_the_contract_and_the_dataset_before(
    rows: pl.DataFrame, good: Dataset, tmp_path: Path
) -> None:
    changed = rows.with_columns(pl.col("amount").cast(pl.String), vip=True).drop("channel")
    now = dataset(tmp_path / "now", changed)
    found = schema(CONTRACT, now, good)
    assert found.sentence == (
        "The fields are not what they should be: `amount` is text, and number in the contract; `channel` of the "
        "dataset before is missing."
    )
    assert found.evidence["new"] == ["vip"]
    assert schema(LOOK, now, None).verdict == "pass"
    wider = dataset(tmp_path / "wider", rows.with_columns(vip=True))
    assert schema(LOOK, wider, good).sentence == "All 5 fields are what they should be. `vip` came in new."
    assert schema(LOOK, wider, good, new_fields=False).verdict == "fail"
    whole = dataset(tmp_path / "whole", rows.with_columns(pl.col("amount").cast(pl.Int64)))
    assert schema(LOOK, whole, good).verdict == "pass", "a whole number is a number"


def test_rows_that_repeat_or_contradict_others_are_counted(rows: pl.DataFrame, tmp_path: Path) -> None:
    again = pl.concat([rows, rows.head(200)])
    found = duplicates(LOOK, dataset(tmp_path / "again", again))
    assert found.sentence == "16.7 % of rows repeat another word for word, and at most 10 % may."
    nearly = rows.head(900).with_columns(pl.col("text") + "!")
    assert "87.5 %" not in duplicates(LOOK, dataset(tmp_path / "n", pl.concat([rows, nearly]))).sentence
    other = rows.head(60).with_columns(queue=pl.lit("other"))
    said = duplicates(LOOK, dataset(tmp_path / "other", pl.concat([rows, other]))).sentence
    assert "have another label than rows that say the same" in said


def test_a_row_of_a_set_that_trains_is_a_leak(rows: pl.DataFrame, good: Dataset, tmp_path: Path) -> None:
    sides = Held(good.path).sides
    train = Held(good.path).columns(["_row", *rows.columns]).join(
        sides.filter(pl.col("side") == "train"), left_on="_row", right_on="row", how="semi"
    )  # fmt: skip
    told = dataset(tmp_path / "set", train.select(rows.columns).head(40))
    found = leakage(LOOK, good, [told])
    assert (found.verdict, found.evidence["same"]) == ("fail", 40)
    assert leakage(LOOK, good, [dataset(tmp_path / "fresh", tickets(100, seed=9))]).verdict == "pass"


def test_near_duplicates_across_sides_are_found_whatever_the_sides_say(
    rows: pl.DataFrame, good: Dataset, tmp_path: Path
) -> None:
    """The builder does not judge its own work: sides dealt out at random are seen through."""
    twins = pl.concat([rows, rows.head(300).with_columns(pl.col("text") + " thanks")])
    bad = dataset(tmp_path / "bad", twins)
    sides = pl.read_parquet(bad.path / "sides.parquet")
    side = pl.when(pl.int_range(pl.len()) < 1000).then(pl.lit("train")).otherwise(pl.lit("gate"))
    dealt = sides.with_columns(key=pl.col("row"), side=side)
    dealt.write_parquet(bad.path / "sides.parquet")
    found = leakage(LOOK, bad, None)
    assert found.verdict == "fail" and "nearly the same as one that trains" in found.sentence
    sides.head(500).write_parquet(bad.path / "sides.parquet")
    assert leakage(LOOK, bad, None).verdict == "error"


def test_sides_that_did_not_get_their_share_are_an_error(rows: pl.DataFrame, tmp_path: Path) -> None:
    skewed = dataset(tmp_path / "skewed", rows)
    sides = pl.read_parquet(skewed.path / "sides.parquet")
    sides.with_columns(side=pl.lit("train")).write_parquet(skewed.path / "sides.parquet")
    found = sample_ratio(LOOK, skewed, None)
    assert found.verdict == "error" and "`train` 100 % (of 80 %)" in found.sentence
    assert sample_ratio(LOOK, skewed, None, shares={"train": 1.0}).verdict == "pass"


@pytest.mark.parametrize(
    ("arms", "verdict"),
    [
        ({"counts": {"champion": 9000, "candidate": 1000}, "shares": {"champion": 0.9, "candidate": 0.1}}, "pass"),
        ({"counts": {"champion": 8500, "candidate": 1500}, "shares": {"champion": 0.9, "candidate": 0.1}}, "error"),
        ({"counts": {"champion": 9000, "third": 100}, "shares": {"champion": 1.0}}, "error"),
        ({"counts": {}, "shares": {"champion": 1.0}}, "error"),
        (None, "error"),
    ],
)
def test_arms_of_a_canary_that_did_not_get_their_share_are_an_error(arms: Any, verdict: str, tmp_path: Path) -> None:
    report = {"model": "m", "task": "t", "settings": {"arms": arms} if arms else {}, "sets": {}}
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert sample_ratio(LOOK, None, EvalReport("", tmp_path)).verdict == verdict
