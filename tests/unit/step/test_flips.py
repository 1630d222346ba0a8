"""Flips: exactly the documents on which two reports disagree, in words, the widest apart first."""

import json
from pathlib import Path

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import EvalReport
from sentinel.data.report import write_report
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused
from sentinel.step.flips import flips


def written(folder: Path, rows: list[dict[str, Json]], metric: str = "accuracy") -> EvalReport:
    whole = [{"set": "canary", "prompt": "p", "task": "t", "metric": metric, "truth": "billing", **row} for row in rows]
    write_report(folder, folder.name[-1] * 64, "classification", {}, {row["set"]: {"metric": metric} for row in whole},
                 pl.DataFrame(whole))  # fmt: skip
    return EvalReport("", folder)


def told(tmp_path: Path, one: EvalReport, other: EvalReport, **params: Json) -> Json:
    at = At(AttemptIn("a1", "r1", "flips", "flips", {}, {}, "", ""), tmp_path)
    return json.loads((flips(at, one, other, **params).path / "answer.json").read_text())


def test_each_document_on_which_they_disagree_is_told_with_its_words(tmp_path: Path) -> None:
    one = written(tmp_path / "a", [
        {"doc": "d1", "value": 1.0, "answer": "billing", "text": "where is my invoice?"},
        {"doc": "d2", "value": 1.0, "answer": "billing"}, {"doc": "d3", "value": 0.4, "answer": "sales"},
    ])  # fmt: skip
    other = written(tmp_path / "b", [
        {"doc": "d1", "value": 0.0, "answer": "sales"}, {"doc": "d2", "value": 1.0, "answer": "billing"},
        {"doc": "d3", "value": 0.9, "answer": "billing"}, {"doc": "d4", "value": 1.0},
    ])  # fmt: skip
    found = told(tmp_path, one, other)
    assert found["models"] == ["a" * 64, "b" * 64]
    assert found["flips"] == [
        {"set": "canary", "doc": "d1", "slice": "", "one": 1.0, "other": 0.0, "truth": "billing",
         "answer_one": "billing", "answer_other": "sales", "text": "where is my invoice?"},
        {"set": "canary", "doc": "d3", "slice": "", "one": 0.4, "other": 0.9, "truth": "billing",
         "answer_one": "sales", "answer_other": "billing", "text": ""},
    ]  # fmt: skip
    (of_set,) = found["sets"]
    assert (of_set["n"], of_set["only_one"], of_set["only_other"], of_set["unmatched"]) == (3, 1, 1, 1)


def test_the_widest_apart_come_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    one = written(tmp_path / "a", [{"doc": f"d{n}", "value": n / 10} for n in range(10)])
    other = written(tmp_path / "b", [{"doc": f"d{n}", "value": 0.0} for n in range(10)])
    found = told(tmp_path, one, other, most=3)
    assert [row["doc"] for row in found["flips"]] == ["d9", "d8", "d7"]
    assert found["left_out"] == 6


def test_a_report_of_before_texts_were_kept_is_read(tmp_path: Path) -> None:
    one, other = (written(tmp_path / name, [{"doc": "d", "value": value}]) for name, value in (("a", 1.0), ("b", 0.0)))
    for report in (one, other):
        file = report.path / "documents.parquet"
        pl.read_parquet(file).drop("text").write_parquet(file)
    assert told(tmp_path, one, other)["flips"][0]["text"] == ""


def test_what_cannot_be_laid_side_by_side_is_refused(tmp_path: Path) -> None:
    one = written(tmp_path / "a", [{"doc": "d", "value": 1.0}])
    elsewhere = written(tmp_path / "b", [{"doc": "d", "value": 1.0, "set": "other"}])
    by_f1 = written(tmp_path / "c", [{"doc": "d", "value": 1.0}], metric="f1")
    for other, params in ((elsewhere, {}), (by_f1, {}), (one, {"set": "absent"})):
        with pytest.raises(Refused, match="E-not-comparable"):
            told(tmp_path, one, other, **params)
