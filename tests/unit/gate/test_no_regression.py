"""No regression: what the margin allows, what it does not, and what nobody can say yet."""

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.gate.no_regression import no_regression
from tests.unit.gate.reports import LOOK, pair, report


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()


def test_the_worked_example(tmp_path: Path) -> None:
    """Six hundred items from .91 to .90, with 5 % disagreement."""
    new, old = pair(tmp_path, 12, 18, 600)
    found = no_regression(LOOK, new, old, set="regression", margin=0.02)
    assert found.verdict == "inconclusive"
    assert found.sentence.startswith(
        "It may be worse by more than the margin: -1.0 points on 600 documents, at least -2."
    )
    assert found.todo == (
        "About 837 documents of `regression` tell, if the two are as good as each other: label 237 more."
    )
    found = no_regression(LOOK, new, old, set="regression", margin=0.03)
    assert found.verdict == "pass"
    assert found.evidence["disagreement"] == 0.05


def test_worse_beyond_doubt_fails(tmp_path: Path) -> None:
    found = no_regression(LOOK, *pair(tmp_path, 5, 60, 600), set="regression")
    assert found.verdict == "fail"
    assert found.sentence.startswith("It is worse: -9.2 points on 600 documents, at most -")


def test_worse_within_the_margin_passes_and_says_so(tmp_path: Path) -> None:
    found = no_regression(LOOK, *pair(tmp_path, 10, 40, 4000), set="regression")
    assert found.verdict == "pass"
    assert found.sentence.startswith("It is worse, within the margin: -0.8 points")


def test_the_plain_rule_says_what_it_lets_through(tmp_path: Path) -> None:
    new, old = pair(tmp_path, 2, 4, 100)
    found = no_regression(LOOK, new, old, set="regression", rule="interval-crosses-zero")
    assert found.verdict == "pass"
    assert "would pass a model that is -2.0 points off 87% of the time" in found.sentence
    assert no_regression(LOOK, new, old, set="regression").verdict == "inconclusive"


def test_no_other_documents_and_no_other_prompts(tmp_path: Path) -> None:
    new, old = pair(tmp_path, 2, 4, 100)
    fewer = report(tmp_path / "fewer", [1] * 90)
    found = no_regression(LOOK, new, fewer, set="regression")
    assert (found.verdict, found.sentence) == (
        "error",
        "The two were not asked the same documents of `regression`: 10 only the one, 0 only the other.",
    )
    asked = report(tmp_path / "asked", [1] * 100, prompt="q")
    found = no_regression(LOOK, new, asked, set="regression")
    assert found.sentence == (
        "The two were asked the documents of `regression` with other prompts, or as another task."
    )
    assert no_regression(LOOK, new, old, set="canary").sentence == (
        "The report has no set `canary`; it has `regression`."
    )
    assert no_regression(LOOK, new, None, set="regression").verdict == "error"


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), 100.0, -1.0])
def test_values_that_are_none_are_no_pass(tmp_path: Path, broken: float) -> None:
    new = report(tmp_path / "new", [1.0] * 99 + [broken])
    found = no_regression(LOOK, new, report(tmp_path / "old", [1.0] * 100), set="regression")
    assert (found.verdict, found.sentence) == (
        "error",
        "1 rows of the set `regression` have no value between 0 and 1, or no weight.",
    )


def test_repeats_of_a_document_are_one_document(tmp_path: Path) -> None:
    docs = [f"d{number:03}" for number in range(60) for _ in range(10)]
    repeat = list(range(10)) * 60
    new = report(tmp_path / "new", [1.0] * 600, docs=docs, repeat=repeat)
    old = report(tmp_path / "old", ([1.0] * 9 + [0.0]) * 60, docs=docs, repeat=repeat)
    found = no_regression(LOOK, new, old, set="regression")
    assert found.evidence["n"] == 60
    assert found.evidence["estimate"] == pytest.approx(0.1)


def test_documents_of_a_group_count_as_one_and_weights_count(tmp_path: Path) -> None:
    group = [f"g{number // 10}" for number in range(600)]
    alone = no_regression(LOOK, *pair(tmp_path, 10, 20, 600), set="regression")
    grouped = no_regression(LOOK, *pair(tmp_path / "other", 10, 20, 600, group=group), set="regression")
    assert grouped.evidence["lower"] < alone.evidence["lower"] - 0.01
    (tmp_path / "weighed").mkdir()
    weight = [3.0] * 30 + [1.0] * 570
    weighed = no_regression(LOOK, *pair(tmp_path / "weighed", 10, 20, 600, weight=weight), set="regression")
    assert weighed.evidence["estimate"] == pytest.approx(-30 / 660)


@pytest.mark.parametrize("weight", [None, float("nan"), float("inf"), -1.0, 0.0])
def test_rows_without_a_weight_are_no_pass_by_any_rule(tmp_path: Path, weight: float | None) -> None:
    new = report(tmp_path / "new", [0.0] * 3, weight=[1.0, weight, 1.0])
    old = report(tmp_path / "old", [1.0] * 3, weight=[1.0, weight, 1.0])
    assert no_regression(LOOK, new, old, set="regression", rule="interval-crosses-zero").verdict == "error"


def test_two_reports_that_weigh_in_other_ways_are_not_compared(tmp_path: Path) -> None:
    new = report(tmp_path / "new", [1.0] * 50, weight=[2.0] * 25 + [1.0] * 25)
    found = no_regression(LOOK, new, report(tmp_path / "old", [1.0] * 50), set="regression")
    assert found.sentence == "The two reports weigh or group the documents of `regression` in other ways."


def test_a_handful_of_documents_proves_nothing_however_they_weigh(tmp_path: Path) -> None:
    """Resampled, three equal rows lie on one point, and passed any margin."""
    for name, columns in (("w", {"weight": [1.0, 2.0, 1.0]}), ("g", {"group": ["g"] * 3}), ("m", {})):
        values = [0.5, 0.7, 0.9] if name == "m" else [1.0] * 3
        (tmp_path / name).mkdir()
        new = report(tmp_path / name / "new", values, **columns)
        old = report(tmp_path / name / "old", values, **columns)
        assert no_regression(LOOK, new, old, set="regression", margin=0.05).verdict == "inconclusive"


def test_what_is_inconclusive_says_what_would_tell(tmp_path: Path) -> None:
    found = no_regression(LOOK, *pair(tmp_path, 0, 0, 50), set="regression")
    assert found.todo == (
        "About 133 documents of `regression` tell, if the two are as good as each other: label 83 more."
    )
    found = no_regression(LOOK, *pair(tmp_path / "other", 22, 31, 1000), set="regression")
    assert found.verdict == "inconclusive"
    assert "if it is worse by half the margin" in found.todo


def test_each_of_two_looks_is_paid_for(tmp_path: Path) -> None:
    new, old = pair(tmp_path, 15, 18, 700)
    once = no_regression(LOOK, new, old, set="regression")
    twice = no_regression(replace(LOOK, alpha=0.025), new, old, set="regression")
    assert (once.verdict, twice.verdict) == ("pass", "inconclusive")
    assert twice.evidence["lower"] < once.evidence["lower"]
