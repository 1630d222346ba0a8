"""Better: what replaces a champion that works is a gain beyond doubt."""

from pathlib import Path

from bench.worlds import gates
from bench.worlds.bound import at_most
from sentinel.evidence.promotion import PASS, gains
from sentinel.gate.better import better
from tests.unit.gate.reports import LOOK, pair


def test_a_gain_beyond_doubt_passes_and_none_fails(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).mkdir()
    held = better(LOOK, *pair(tmp_path / "a", 40, 10, 600), set="regression")
    assert held.verdict == "pass"
    assert held.sentence.startswith("It is better: +5.0 points on 600 documents, at least +")
    assert better(LOOK, *pair(tmp_path / "b", 40, 10, 600), set="regression", by=0.045).verdict == "inconclusive"
    assert better(LOOK, *pair(tmp_path / "c", 10, 40, 600), set="regression").verdict == "fail"
    held = better(LOOK, *pair(tmp_path / "d", 20, 15, 600), set="regression")
    assert held.verdict == "inconclusive"
    assert f"label {held.evidence['n_more']} more" in held.todo


def test_one_that_is_as_good_passes_one_time_in_twenty() -> None:
    held = gates.compared(600, 0.06, 0.0, 1000, seed=1)
    assert at_most(sum(gains(each, 0.0) == PASS for each in held), 1000, 0.05)


def test_without_a_champion_there_is_nothing_to_be_better_than(tmp_path: Path) -> None:
    new, _ = pair(tmp_path, 1, 1, 60)
    assert better(LOOK, new, None, set="regression").verdict == "error"
