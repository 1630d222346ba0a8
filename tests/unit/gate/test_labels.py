"""Labels: classes that nobody had seen, and shares against the sets that were accepted before."""

from pathlib import Path

import polars as pl
import pytest

from sentinel.contract.at import Look
from sentinel.gate.label_balance import label_balance
from sentinel.gate.new_classes import new_classes
from tests.unit.gate.datasets import LOOK, dataset, tickets

LINE = Look("g", reads={"line": {"labels": {"new": {"at_most": 2, "at_least_rows": 30, "at_most_share": 0.25}}}})


def shares(rows: pl.DataFrame, **counts: int) -> pl.DataFrame:
    """The same rows with these labels, in turn."""
    labels = [name for name, count in counts.items() for _ in range(count)]
    return rows.head(len(labels)).with_columns(queue=pl.Series(labels))


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return tickets(1500, seed=1)


def test_new_classes_pass_within_what_the_line_takes_up(rows: pl.DataFrame, tmp_path: Path) -> None:
    prior = dataset(tmp_path / "prior", shares(rows, a=300, b=300))
    now = dataset(tmp_path / "now", shares(rows, a=300, b=300, c=60), prior)
    assert new_classes(LINE, now, prior).verdict == "pass"
    assert new_classes(LINE, now, prior).sentence.startswith("`c` came in new, within what the line takes up: 9.09 %")
    assert new_classes(LINE, prior, prior).sentence == "All 2 classes have been seen before."


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"a": 300, "c": 40, "d": 40, "e": 40}, "3 classes came in new (`c`, `d`, `e`): at most 2 may at once"),
        ({"a": 300, "c": 29}, "1 class came in new (`c`): `c` has 29 rows, and needs 30"),
        ({"a": 300, "c": 120}, "they make up 28.6 %, and at most 25 % may be new"),
    ],
)
def test_new_classes_beyond_it_fail_and_say_why(
    rows: pl.DataFrame, tmp_path: Path, counts: dict[str, int], says: str
) -> None:
    prior = dataset(tmp_path / "prior", shares(rows, a=300, b=300))
    found = new_classes(LINE, dataset(tmp_path / "now", shares(rows, **counts), prior), prior)
    assert found.verdict == "fail" and says in found.sentence


def test_where_nobody_said_when_to_take_one_up_none_passes_and_the_gate_may_say_it(
    rows: pl.DataFrame, tmp_path: Path
) -> None:
    prior = dataset(tmp_path / "prior", shares(rows, a=300))
    now = dataset(tmp_path / "now", shares(rows, a=300, c=200), prior)
    assert "the line does not say when" in new_classes(LOOK, now, prior).sentence
    assert new_classes(LOOK, now, prior, at_most=1).verdict == "pass"
    assert new_classes(LINE, now, prior, at_most_share=0.5).verdict == "pass"


def test_a_class_that_an_earlier_set_had_is_not_new(rows: pl.DataFrame, tmp_path: Path) -> None:
    first = dataset(tmp_path / "first", shares(rows, a=300, c=100))
    second = dataset(tmp_path / "second", shares(rows, a=300), first)
    third = dataset(tmp_path / "third", shares(rows, a=300, c=100), second)
    assert new_classes(LOOK, third, second).verdict == "pass"


def test_shares_within_the_range_of_the_sets_before_pass_though_the_last_was_elsewhere(
    rows: pl.DataFrame, tmp_path: Path
) -> None:
    first = dataset(tmp_path / "first", shares(rows, a=700, b=300))
    second = dataset(tmp_path / "second", shares(rows, a=400, b=600), first)
    third = dataset(tmp_path / "third", shares(rows, a=600, b=400), second)
    assert label_balance(LOOK, third, second).verdict == "pass"
    alone = dataset(tmp_path / "alone", shares(rows, a=400, b=600))
    found = label_balance(LOOK, third, alone)
    assert found.verdict == "fail" and "`a` is 60 %, and was 40 %" in found.sentence


def test_few_labels_are_inconclusive_and_none_are_none(rows: pl.DataFrame, tmp_path: Path) -> None:
    prior = dataset(tmp_path / "prior", shares(rows, a=300))
    few = dataset(tmp_path / "few", shares(rows, a=100, b=90))
    assert label_balance(LOOK, few, prior).verdict == "inconclusive"
    bare = dataset(tmp_path / "bare", rows.drop("queue"), label=None)
    assert label_balance(LOOK, bare, prior).verdict == "pass"
