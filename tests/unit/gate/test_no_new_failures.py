"""What must not break."""

from pathlib import Path

import polars as pl
import pytest

from sentinel.contract.kinds import EvalReport
from sentinel.data.report import write_report
from sentinel.gate.no_new_failures import no_new_failures
from tests.unit.gate.reports import LOOK, report

SET = "adversarial"


def sampled(folder: Path, fails: dict[str, int], again: dict[str, int] | None = None, repeats: int = 20) -> EvalReport:
    """A report in which each item failed so often of its repeats, and so often in a second block."""
    rows = []
    for first, block in ((0, fails), (repeats, again or {})):
        for doc, failed in block.items():
            rows += [(doc, first + number, float(number >= failed)) for number in range(repeats)]
    frame = pl.DataFrame(rows, schema=["doc", "repeat", "value"], orient="row")
    frame = frame.with_columns(set=pl.lit(SET), prompt=pl.lit("p"), task=pl.lit("t"), metric=pl.lit("held"))
    write_report(folder, "m" * 64, "t", {}, {SET: {"metric": "held", "sampled": True, "repeats": repeats}}, frame)
    return EvalReport("", folder)


def test_one_new_failure_freezes_where_answers_are_always_the_same(tmp_path: Path) -> None:
    new = report(tmp_path / "new", [1, 0, 1, 0, 1], name=SET)
    old = report(tmp_path / "old", [1, 1, 1, 0, 0], name=SET)
    found = no_new_failures(LOOK, new, old, set=SET)
    assert (found.verdict, found.sentence) == ("freeze", "1 item is newly broken, of 5 of `adversarial`: `d00001`.")
    assert found.evidence["mended"] == ["d00004"]


def test_a_pass_says_how_little_it_proves(tmp_path: Path) -> None:
    new, old = (report(tmp_path / name, [1] * 50, name=SET) for name in ("new", "old"))
    found = no_new_failures(LOOK, new, old, set=SET)
    assert (found.verdict, found.sentence) == (
        "pass",
        "None of 50 items of `adversarial` is newly broken, which bounds the rate of new failures only below 5.8%.",
    )


def test_sampled_answers_are_broken_when_they_are_broken_twice(tmp_path: Path) -> None:
    old = sampled(tmp_path / "old", {"a": 0, "b": 1, "c": 5, "d": 0})
    new = sampled(tmp_path / "new", {"a": 6, "b": 9, "c": 20, "d": 1}, {"a": 1, "b": 7})
    found = no_new_failures(LOOK, new, old, set=SET)
    assert found.verdict == "freeze"
    assert found.evidence["new_failures"] == ["b"], "c failed before, a did not fail again, d hardly failed"


def test_what_looks_broken_is_asked_again_before_anybody_judges(tmp_path: Path) -> None:
    old, new = sampled(tmp_path / "old", {"a": 0}), sampled(tmp_path / "new", {"a": 6})
    found = no_new_failures(LOOK, new, old, set=SET)
    assert (found.verdict, found.sentence) == (
        "inconclusive",
        "1 item looks broken, of 1 of `adversarial`, and not asked afresh.",
    )


def test_other_items_are_nothing_to_compare(tmp_path: Path) -> None:
    new, old = report(tmp_path / "new", [1] * 5, name=SET), report(tmp_path / "old", [1] * 4, name=SET)
    assert no_new_failures(LOOK, new, old, set=SET).verdict == "error"


@pytest.mark.parametrize("repeats", [5, 40])
def test_items_asked_more_or_less_often_than_the_rule_was_made_for_are_no_evidence(
    tmp_path: Path, repeats: int
) -> None:
    old, new = (sampled(tmp_path / name, {"a": 0}, repeats=repeats) for name in ("old", "new"))
    assert no_new_failures(LOOK, new, old, set=SET).verdict == "error"


@pytest.mark.parametrize("first", [1, 19, 20])
def test_a_block_that_is_not_whole_is_no_evidence(tmp_path: Path, first: int) -> None:
    """What the report says of its repeats is counted again in its rows."""
    told = {"sampled": True, "repeats": 20}
    docs, repeat = ["a"] * 20, list(range(first, first + 20))
    new = report(tmp_path / "new", [0] * 20, name=SET, docs=docs, repeat=repeat, told=told)
    old = report(tmp_path / "old", [1] * 20, name=SET, docs=docs, repeat=list(range(20)), told=told)
    found = no_new_failures(LOOK, new, old, set=SET)
    assert found.verdict == "error"
    assert "An item of `adversarial` was asked" in found.sentence


def test_an_item_that_was_never_asked_a_first_time_is_no_evidence(tmp_path: Path) -> None:
    new = report(tmp_path / "new", [0] * 5, name=SET, repeat=[1] * 5)
    old = report(tmp_path / "old", [1] * 5, name=SET)
    assert no_new_failures(LOOK, new, old, set=SET).verdict == "error"
