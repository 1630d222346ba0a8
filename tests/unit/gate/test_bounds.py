"""Floor and ceiling: a bound is kept by the interval, not by the estimate alone."""

from pathlib import Path

from sentinel.contract.registry import registered
from sentinel.contract.types import CheckType
from sentinel.gate.ceiling import ceiling
from sentinel.gate.floor import floor
from tests.unit.gate.reports import LOOK, report


def test_a_floor(tmp_path: Path) -> None:
    high = report(tmp_path / "high", [1] * 540 + [0] * 60)
    found = floor(LOOK, high, set="regression", at_least=0.8)
    assert (found.verdict, found.sentence) == (
        "pass",
        "accuracy on `regression` is 0.900 on 600 documents, at least 0.878 beyond doubt; it has to be at least 0.8.",
    )
    near = report(tmp_path / "near", [1] * 492 + [0] * 108)
    found = floor(LOOK, near, set="regression", at_least=0.8)
    assert found.verdict == "inconclusive"
    assert found.todo.startswith("About 2")
    low = report(tmp_path / "low", [1] * 420 + [0] * 180)
    found = floor(LOOK, low, set="regression", at_least=0.8)
    assert (found.verdict, found.sentence) == (
        "fail",
        "accuracy on `regression` is 0.700 on 600 documents, at most 0.731; it has to be at least 0.8.",
    )


def test_a_ceiling(tmp_path: Path) -> None:
    few = report(tmp_path / "few", [1] * 2 + [0] * 598, name="refusals")
    assert ceiling(LOOK, few, set="refusals", at_most=0.05).verdict == "pass"
    some = report(tmp_path / "some", [1] * 30 + [0] * 570, name="refusals")
    found = ceiling(LOOK, some, set="refusals", at_most=0.05)
    assert (found.verdict, found.todo) == (
        "inconclusive",
        "It lies on the wrong side of the bound, though not beyond doubt: make a better candidate, or label more.",
    )
    many = report(tmp_path / "many", [1] * 90 + [0] * 510, name="refusals")
    assert ceiling(LOOK, many, set="refusals", at_most=0.05).verdict == "fail"


def test_measures_that_are_no_counts(tmp_path: Path) -> None:
    scores = report(tmp_path / "scores", [0.7, 0.8, 0.9] * 100)
    assert floor(LOOK, scores, set="regression", at_least=0.78).verdict == "pass"
    assert floor(LOOK, scores, set="regression", at_least=0.82).verdict == "fail"


def test_a_set_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    found = floor(LOOK, report(tmp_path / "some", [1]), set="canary", at_least=0.8)
    assert (found.verdict, found.todo) == ("error", "Evaluate the candidate on `canary`.")


def test_they_judge_a_first_champion() -> None:
    for check in (floor, ceiling):
        held = registered(check)
        assert isinstance(held, CheckType)
        assert not held.comparative


def test_a_handful_of_documents_reaches_no_floor_however_they_weigh(tmp_path: Path) -> None:
    for name, columns in (("w", {"weight": [1.0, 2.0, 1.0]}), ("g", {"group": ["g"] * 3}), ("m", {})):
        held = report(tmp_path / name, [0.93] * 3 if name == "m" else [1.0] * 3, **columns)
        assert floor(LOOK, held, set="regression", at_least=0.5).verdict == "inconclusive"


def test_an_estimate_on_the_wrong_side_says_so(tmp_path: Path) -> None:
    held = report(tmp_path / "held", [1] * 79 + [0] * 21)
    found = floor(LOOK, held, set="regression", at_least=0.8)
    assert "the wrong side of the bound" in found.todo
