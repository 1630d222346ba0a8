"""What reads a report reads those of `evaluate`: checks, flips and the signal of a watch."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.kinds import EvalReport
from sentinel.data.flips import flips
from sentinel.domain.task import CLASSIFICATION, Prompt, task_of
from sentinel.gate.degenerate import degenerate
from sentinel.gate.floor import floor
from sentinel.gate.no_new_failures import no_new_failures
from sentinel.gate.no_regression import no_regression
from sentinel.gate.slices import slices
from sentinel.step.evaluate import evaluate
from sentinel.step.signal import signal
from tests.model.score.conftest import LABELS, a_set, attempt, named, tickets, tiny
from tests.unit.gate.reports import LOOK

SETS = ("canary", "adversarial")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, model: Path) -> tuple[EvalReport, EvalReport]:
    """A champion's report and a candidate's, of another tiny model of chance."""
    folder = tmp_path_factory.mktemp("pair")
    other = tiny(folder / "other", task_of(CLASSIFICATION, Prompt("", "\nAnswer:"), LABELS), seed=5)
    sets = [
        a_set(folder / "canary", tickets(120), "canary"),
        a_set(folder / "adversarial", tickets(15), "adversarial", sampled=True, repeats=20),
    ]
    old = evaluate(attempt(folder / "a"), named(model, "c" * 64), None, sets)
    new = evaluate(attempt(folder / "b", seed=9), named(other, "d" * 64), None, sets)
    return new, old


def test_checks_judge_a_candidate_s_report_beside_the_champion_s(pair: tuple[EvalReport, EvalReport]) -> None:
    new, old = pair
    compared = no_regression(LOOK, new, old, set="canary", margin=0.02)
    assert compared.verdict in ("pass", "fail", "inconclusive") and compared.evidence["n"] == 120
    assert no_regression(LOOK, new, new, set="canary", margin=0.05).verdict in ("pass", "inconclusive")
    assert slices(LOOK, new, old, set="canary").evidence["slices"] == 5
    assert floor(LOOK, new, set="canary", at_least=0.99).verdict == "fail"
    assert degenerate(LOOK, new, set="canary").verdict in ("pass", "fail")
    broken = no_new_failures(LOOK, new, old, set="adversarial")
    assert broken.verdict != "error", broken.sentence
    assert broken.evidence["not_asked_again"] == [], "what looked broken was asked afresh"


def test_flips_show_what_each_answered_and_to_what(pair: tuple[EvalReport, EvalReport]) -> None:
    new, old = pair
    told = flips(new.path, old.path, "canary", 100)
    assert told["sets"][0]["n"] == 120 and told["flips"]
    row = told["flips"][0]
    assert row["text"].startswith("my ") and row["truth"] in LABELS and row["answer_one"] != row["answer_other"]


def counted(folder: Path, documents: tuple[str, ...]) -> At:
    at = attempt(folder)
    feeds: Any = [{"metric": "accuracy", "version": None, "documents": list(documents)}]
    reads = {**at.told.reads, "counted": {"feeds": feeds, "models": {"m" * 64: None}}}
    return replace(at, told=replace(at.told, reads=reads))


def test_a_watch_tells_the_line_of_each_document_once(tmp_path: Path, model: Path) -> None:
    monday = evaluate(attempt(tmp_path / "a"), named(model), None, [a_set(tmp_path / "s1", tickets(40), "canary")])
    first = signal(counted(tmp_path / "b", ()), monday, set="canary", fresh=True)
    right = pl.read_parquet(monday.path / "documents.parquet")["value"].sum()
    assert first is not None and (first.metric, first.model, first.value, first.n) == ("accuracy", "m" * 64, right, 40)
    tuesday = evaluate(attempt(tmp_path / "c"), named(model), None, [a_set(tmp_path / "s2", tickets(60), "canary")])
    second = signal(counted(tmp_path / "d", first.documents), tuesday, set="canary", fresh=True)
    assert second is not None and second.n == 20 and not set(second.documents) & set(first.documents)
    at = counted(tmp_path / "e", (*first.documents, *second.documents))
    assert signal(at, tuesday, set="canary", fresh=True) is None
    assert "none of 60 documents has come" in json.loads((at.folder / "progress.jsonl").read_text())["says"]
