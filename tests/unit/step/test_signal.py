"""An evaluation becomes a signal: so much right of n, over the documents that it names."""

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.contract.at import At
from sentinel.contract.kinds import EvalReport
from sentinel.domain.feed import Scored
from sentinel.domain.refusal import Refused
from sentinel.step.signal import signal
from tests.unit.gate.reports import report
from tests.unit.step.test_assemble import attempt


def brought(folder: Path, held: EvalReport, name: str = "regression", metric: str | None = None) -> Scored:
    found = signal(attempt(folder / "a1"), held, set=name, metric=metric)
    assert found is not None
    return found


def test_right_and_wrong_are_counted(tmp_path: Path) -> None:
    found = brought(tmp_path, report(tmp_path / "r", [1, 0, 1, 1]))
    assert (found.value, found.n, found.variance) == (3.0, 4.0, None)
    assert (found.set, found.metric, found.model) == ("regression", "accuracy", "m" * 64)
    assert len(set(found.documents)) == 4


def test_the_same_documents_have_the_same_names_and_another_prompt_makes_others(tmp_path: Path) -> None:
    one = brought(tmp_path, report(tmp_path / "r1", [1, 0, 1, 1]))
    other = brought(tmp_path, report(tmp_path / "r2", [0, 0, 0, 1]))
    assert set(one.documents) == set(other.documents)
    asked_otherwise = brought(tmp_path, report(tmp_path / "r3", [1, 0, 1, 1], prompt="q"))
    assert not set(one.documents) & set(asked_otherwise.documents)


def test_scores_and_documents_that_belong_together_are_a_mean_and_worth_fewer(tmp_path: Path) -> None:
    scores = brought(tmp_path, report(tmp_path / "r1", [0.5, 0.25, 1.0, 0.25]))
    assert scores.value == 0.5 and scores.variance == pytest.approx(0.125)
    groups = ["a"] * 10 + ["b"] * 10
    together = brought(tmp_path, report(tmp_path / "r2", [1] * 10 + [0] * 10, group=groups))
    assert together.n == pytest.approx(2.0)


def test_what_cannot_be_a_signal_is_refused(tmp_path: Path) -> None:
    held = report(tmp_path / "r", [1, 0])
    with pytest.raises(Refused, match="no set `canary`"):
        brought(tmp_path, held, "canary")
    assert brought(tmp_path, held, metric="exact_match").metric == "exact_match"


def told_of(folder: Path, *counted: str, version: str | None = None) -> At:
    """An attempt that is told which documents were counted, for the champion or for a shadow."""
    at = attempt(folder)
    feeds = [
        {"metric": "accuracy", "version": None, "documents": list(counted)},
        {"metric": "accuracy", "version": "v2", "documents": []},
    ]
    reads = {**at.told.reads, "counted": {"feeds": feeds, "models": {"m" * 64: version}}}
    return replace(at, told=replace(at.told, reads=reads))


def test_a_fresh_signal_leaves_out_what_was_counted_and_is_none_where_nothing_has_come(tmp_path: Path) -> None:
    first = brought(tmp_path, report(tmp_path / "r1", [1, 0, 1, 1]))
    grown = report(tmp_path / "r2", [1, 0, 1, 1, 0, 1])
    found = signal(told_of(tmp_path / "a2", *first.documents), grown, set="regression", fresh=True)
    assert found is not None and (found.value, found.n) == (1.0, 2.0)
    assert not set(found.documents) & set(first.documents)
    again = told_of(tmp_path / "a3", *first.documents, *found.documents)
    assert signal(again, grown, set="regression", fresh=True) is None
    shadow = signal(told_of(tmp_path / "a4", *first.documents, version="v2"), grown, set="regression", fresh=True)
    assert shadow is not None and shadow.n == 6.0, "a shadow has a feed of its own"
