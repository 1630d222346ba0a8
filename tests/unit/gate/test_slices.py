"""The slices' veto."""

from pathlib import Path

from sentinel.gate.slices import slices
from tests.unit.gate.reports import LOOK, pair


def test_a_slice_that_broke_vetoes_however_good_the_whole_is(tmp_path: Path) -> None:
    """Sixty documents are won all over, and twenty of one queue are lost."""
    names = ["mail"] * 60 + ["chat"] * 20 + ["chat"] * 30 + ["mail"] * 490
    found = slices(LOOK, *pair(tmp_path, 60, 20, 600, slice=names), set="regression")
    assert (found.verdict, found.sentence) == (
        "fail",
        "`chat` of 2 slices are worse: in `chat`, of 50 documents 20 were lost and 0 won.",
    )


def test_small_slices_are_looked_at_together_and_said_so(tmp_path: Path) -> None:
    names = [f"queue-{number % 40}" for number in range(400)]
    found = slices(LOOK, *pair(tmp_path, 10, 10, 400, slice=names), set="regression")
    assert (found.verdict, found.sentence) == (
        "pass",
        "No slice of `regression` is worse beyond doubt, of 1 asked. There are not enough rows in 40 of 40 slices; "
        "together they were asked.",
    )


def test_slices_without_rows_enough_are_not_said_to_have_been_asked(tmp_path: Path) -> None:
    names = ["a"] * 5 + ["b"] * 5 + ["c"] * 5
    found = slices(LOOK, *pair(tmp_path, 0, 3, 15, slice=names), set="regression")
    assert found.sentence == "No slice of `regression` has rows enough to be asked, nor have all 3 together."


def test_no_slices_are_no_veto(tmp_path: Path) -> None:
    found = slices(LOOK, *pair(tmp_path, 0, 90, 400), set="regression")
    assert (found.verdict, found.sentence) == (
        "pass",
        "No document of `regression` is in a slice: there was none to look at.",
    )
    assert slices(LOOK, *pair(tmp_path, 0, 9, 40), set="other").verdict == "error"
