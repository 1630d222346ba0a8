"""What rows look like, and what moved from some to others, as the verbs `data profile` and `data diff` tell it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, RawSnapshot
from sentinel.domain.refusal import Refused
from sentinel.step.data_diff import data_diff
from sentinel.step.data_profile import data_profile
from tests.unit.gate.datasets import dataset, tickets
from tests.unit.step.test_assemble import attempt


def answer(found: RawSnapshot) -> Any:
    return json.loads((found.path / "answer.json").read_text())


@pytest.fixture
def at(tmp_path: Path) -> At:
    """An attempt in a workspace, which `tmp_path` is."""
    made = attempt(tmp_path / "attempt")
    return replace(made, told=replace(made.told, workspace=str(tmp_path)))


def test_a_profile_tells_each_field_the_labels_and_the_sides(at: At, tmp_path: Path) -> None:
    told = answer(data_profile(at, dataset(tmp_path / "a", tickets(400, seed=1))))
    assert told["rows"] == 400 and sum(told["sides"].values()) == 400
    assert {each["field"]: each["kind"] for each in told["fields"]} == {
        "text": "text", "amount": "number", "channel": "category",
    }  # fmt: skip
    assert next(iter(told["labels"])) == "billing" and sum(told["labels"].values()) == 400
    top = next(each for each in told["fields"] if each["field"] == "channel")["top"]
    assert top[0][0] == "web" and 0.4 < top[0][1] < 0.6


def test_a_file_is_profiled_as_it_lies_there(at: At, tmp_path: Path) -> None:
    rows = pl.DataFrame({"id": ["a", "b"], "at": [1000, 3000], "text": ["one", "two"], "label": ["x", "y"]})
    rows.write_csv(tmp_path / "rows.csv")
    told = answer(data_profile(at, None, path=str(tmp_path / "rows.csv")))
    assert (told["rows"], told["form"], told["label"]) == (2, "classification", "label")
    assert (told["first"], told["last"], told["sides"]) == (1000, 3000, None)
    assert [each["field"] for each in told["fields"]] == ["text"]


def test_a_change_of_unit_between_a_dataset_and_a_file_is_named_and_is_far(at: At, tmp_path: Path) -> None:
    one = dataset(tmp_path / "a", tickets(600, seed=1))
    tickets(600, seed=2, unit=1000).write_ndjson(tmp_path / "rows.jsonl")
    told = answer(data_diff(at, one, None, other_path=str(tmp_path / "rows.jsonl")))
    first = told["moved"][0]
    assert first["feature"] == "amount" and first["far"] and "× 1000" in first["says"]
    assert told["rows"] == [600, 600] and told["common"] == 0


def test_rows_that_did_not_move_are_said_not_to_have(at: At, tmp_path: Path) -> None:
    one, other = (dataset(tmp_path / name, tickets(600, seed=seed)) for seed, name in enumerate("ab"))
    told = answer(data_diff(at, one, other))
    assert told["moved"] == [] and told["why"] == "" and told["looked"] > 5


def test_fields_labels_and_rows_in_both_are_told_even_where_too_few_say_what_moved(at: At, tmp_path: Path) -> None:
    rows = tickets(60, seed=1)
    one = dataset(tmp_path / "a", rows)
    other = dataset(tmp_path / "b", rows.drop("amount").with_columns(queue=pl.lit("other"), agent=pl.lit("one")))
    told = answer(data_diff(at, one, other))
    assert (told["gone"], told["new"], told["moved"]) == (["amount"], ["agent"], [])
    assert "60 rows say nothing about what moved; 200 are needed on either side." in told["why"]
    assert told["labels"][0]["label"] == "other" and told["labels"][0]["other"] == 1.0


@pytest.mark.parametrize(
    ("text", "says"),
    [("not json\n", "not JSON"), ("", "no rows"), (None, "there is nothing"), ("[1]\n", "not an object")],
)
def test_what_holds_no_rows_is_refused(at: At, tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(Refused, match=says):
        data_profile(at, None, path=str(tmp_path / "x.jsonl"))
    with pytest.raises(Refused, match="E-look-which"):
        data_diff(at, Dataset("", tmp_path), None)


def test_a_file_outside_of_the_workspace_is_not_read_by_whatever_way_it_is_named(tmp_path: Path) -> None:
    """What the daemon may read, a verb would have told: the beginning of a token stood in the ledger."""
    home = tmp_path / "home"
    (home / "rows").mkdir(parents=True)
    (tmp_path / "token.jsonl").write_text('{"token": "hf_T0P-SECRET"}\n')
    (home / "link.jsonl").symlink_to(tmp_path / "token.jsonl")
    (home / "rows/link.jsonl").symlink_to(tmp_path / "token.jsonl")
    one = dataset(home / "a", tickets(60, seed=1))
    at = attempt(home)
    for path in (str(tmp_path / "token.jsonl"), "../token.jsonl", "link.jsonl", "rows"):
        with pytest.raises(Refused, match="leads out of the workspace") as profiled:
            data_profile(at, None, path=path)
        with pytest.raises(Refused, match="leads out of the workspace"):
            data_diff(at, one, None, other_path=path)
        assert "T0P" not in str(profiled.value)
    (home / "mine.jsonl").write_text('{"text": "a"}\n')
    assert answer(data_profile(at, None, path="mine.jsonl"))["rows"] == 1


def test_a_refusal_tells_the_line_of_a_file_and_nothing_of_what_stands_there(at: At, tmp_path: Path) -> None:
    (tmp_path / "token").write_text('{"a": 1}\n\nhf_T0P-SECRET\n')
    (tmp_path / "list.jsonl").write_text('{"a": 1}\n["hf_T0P-SECRET"]\n')
    for name, says in (
        ("token", "Line 3 of token is not JSON"),
        ("list.jsonl", "Line 2 of list.jsonl is not an object"),
    ):
        with pytest.raises(Refused, match=says) as told:
            data_profile(at, None, path=str(tmp_path / name))
        assert "T0P" not in str(told.value)
