"""Degenerate: one answer to everything fails, however well it scores."""

from pathlib import Path

from sentinel.domain.verdict import Finding
from sentinel.gate.degenerate import degenerate
from tests.unit.gate.reports import LOOK, report

TRUTHS = ["billing"] * 60 + ["delivery"] * 25 + ["hardware"] * 15


def found(folder: Path, said: list[str], truths: list[str] = TRUTHS, **more: float) -> Finding:
    values = [float(one == other) for one, other in zip(said, truths, strict=True)]
    held = report(folder / "r", values, truth=truths, answer=said)
    return degenerate(LOOK, held, set="regression", **more)  # type: ignore[arg-type]


def test_answers_that_differ_as_the_truth_does_pass(tmp_path: Path) -> None:
    said = ["delivery" if number % 9 == 0 else truth for number, truth in enumerate(TRUTHS)]
    assert found(tmp_path, said).verdict == "pass"


def test_one_answer_to_everything_fails_though_most_of_it_is_right(tmp_path: Path) -> None:
    held = found(tmp_path, ["billing"] * 100)
    assert held.verdict == "fail"
    assert held.sentence == "`billing` is answered to 100 of 100 documents of `regression`, and is true of 60."
    assert found(tmp_path, ["billing"] * 100, one_answer=0.5).verdict == "pass"


def test_empty_answers_fail(tmp_path: Path) -> None:
    held = found(tmp_path, [*TRUTHS[:90], *[""] * 10])
    assert (held.verdict, held.sentence) == ("fail", "10% of 100 answers on `regression` are empty that should not be.")


def test_a_set_of_one_class_may_have_one_answer(tmp_path: Path) -> None:
    assert found(tmp_path, ["billing"] * 30, ["billing"] * 30).verdict == "pass"


def test_too_few_documents_say_nothing_and_no_words_are_an_error(tmp_path: Path) -> None:
    assert found(tmp_path, ["billing"] * 5, ["delivery"] * 5).verdict == "inconclusive"
    assert degenerate(LOOK, report(tmp_path / "n", [1.0] * 30), set="regression").verdict == "error"
    assert degenerate(LOOK, report(tmp_path / "o", [1.0] * 30), set="canary").verdict == "error"
