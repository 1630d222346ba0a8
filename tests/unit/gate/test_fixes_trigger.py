"""Fixes trigger: what drift fired on is mended beyond doubt, or it is said what is missing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.worlds.bound import at_least, at_most
from sentinel.contract.at import Look
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.fixes_trigger import fixes_trigger
from tests.effort import often
from tests.unit.gate.reports import LOOK, report


def reads(fired: str | None = "canary", rate: float | None = 0.91, metric: str = "accuracy") -> Json:
    """What a run reads that drift fired, on a line that is held to so much."""
    each = {"kind": "drift", "set": fired, "metric": metric, "feed": f"router.{fired}.{metric}"}
    return {
        "decision": {"trigger": "drift", "reason": "", "fired": [] if fired is None else [each]},
        "baseline": {"canary": {"accuracy": {"rate": rate, "rows": 500, "per_day": 20.0}}},
    }  # fmt: skip


FIRED = replace(LOOK, reads=reads())


def found(folder: Path, new: list[float], old: list[float], look: Look = FIRED, **params: Json) -> Finding:
    """What the check finds of two models' values on the canary."""
    return fixes_trigger(
        look, report(folder / "new", new, name="canary"), report(folder / "old", old, name="canary"), **params
    )


def values(n: int, both: int, new_only: int, old_only: int) -> tuple[list[float], list[float]]:
    """Documents that both have right, only the one, only the other, and neither."""
    neither = n - both - new_only - old_only
    new = [1.0] * both + [1.0] * new_only + [0.0] * old_only + [0.0] * neither
    old = [1.0] * both + [0.0] * new_only + [1.0] * old_only + [0.0] * neither
    return new, old


def test_the_worked_example(tmp_path: Path) -> None:
    """A canary from .78 to .93, on a line that is held to .91."""
    held = found(tmp_path, *values(100, 75, 18, 3))
    assert held.verdict == "pass"
    assert held.sentence.startswith("It mends what fired: +15.0 points on 100 documents, at least +")
    assert "the champion stands at 0.780, the candidate at 0.930, the baseline at 0.910" in held.sentence
    assert held.evidence["lost"] == pytest.approx(0.13)


def test_a_pass_that_may_stay_below_the_baseline_is_partial_and_says_what_stays(tmp_path: Path) -> None:
    held = found(tmp_path, *values(100, 75, 12, 3))
    assert (held.verdict, held.evidence["partial"]) == ("pass", True)
    assert "Partial: it may stay more than 2 points below the baseline" in held.sentence
    assert "so the line stays degraded and its baseline stays as it is." in held.sentence
    full = fixes_trigger(
        FIRED,
        report(tmp_path / "full", [1.0] * 980 + [0.0] * 20, name="canary"),
        report(tmp_path / "bad", [1.0] * 780 + [0.0] * 220, name="canary"),
    )
    assert (full.verdict, full.evidence["partial"]) == ("pass", False)
    assert "Partial" not in full.sentence


def test_less_than_half_of_what_was_lost_is_no_fix_however_sure(tmp_path: Path) -> None:
    held = found(tmp_path, *values(2000, 1560, 110, 0))
    assert held.evidence["lower"] > 0 and held.evidence["estimate"] < held.evidence["lost"] / 2
    assert held.verdict == "inconclusive"
    assert held.todo.startswith("It wins back less than half of what was lost")


def test_what_wins_nothing_fails(tmp_path: Path) -> None:
    held = found(tmp_path, *values(200, 150, 2, 14))
    assert held.verdict == "fail"
    assert held.sentence.startswith("It mends nothing: -6.0 points on 200 documents, at most -")


def test_too_few_rows_ask_for_so_many_more(tmp_path: Path) -> None:
    held = found(tmp_path, *values(20, 15, 3, 1))
    assert held.verdict == "inconclusive"
    assert held.evidence["n_needed"] == 20 + held.evidence["n_more"]
    assert f"label {held.evidence['n_more']} more of `canary`" in held.todo


@pytest.mark.parametrize("fired", [None, "other"])
def test_in_a_run_that_drift_did_not_ask_for_it_is_no_worse_by_the_margin(tmp_path: Path, fired: str | None) -> None:
    new, old = values(1000, 900, 20, 20)
    held = found(tmp_path, new, old, replace(LOOK, reads=reads(fired)))
    assert held.verdict == "pass"
    assert held.sentence.startswith("Drift on `canary` did not ask for this run. It is no worse: +0.0 points")
    wins = report(tmp_path / "a", new, name="canary"), report(tmp_path / "b", old, name="canary")
    assert fixes_trigger(FIRED, *wins).verdict == "inconclusive"
    assert fixes_trigger(replace(LOOK, reads=None), *wins).verdict == "pass"


def test_without_a_baseline_or_by_another_metric_nobody_knows_what_was_lost(tmp_path: Path) -> None:
    new, old = values(100, 75, 18, 3)
    held = found(tmp_path, new, old, replace(LOOK, reads=reads(rate=None)))
    assert (held.verdict, held.sentence) == (
        "error", "The line has no baseline on `canary` yet, so nobody knows what it had lost.",
    )  # fmt: skip
    other = fixes_trigger(
        replace(LOOK, reads=reads(metric="f1")),
        report(tmp_path / "a", new, name="canary"),
        report(tmp_path / "b", old, name="canary"),
    )
    assert (other.verdict, other.todo) == ("error", "Evaluate both by f1.")


def test_missing_reports_are_an_error(tmp_path: Path) -> None:
    new = report(tmp_path / "new", [1.0] * 50, name="canary")
    assert fixes_trigger(FIRED, new, None).verdict == "error"
    assert fixes_trigger(FIRED, new, report(tmp_path / "old", [1.0] * 50)).verdict == "error"


@pytest.mark.parametrize(("truth", "promise", "least"), [(0.91, 0.83, True), (0.78, 0.06, False), (0.74, 0.01, False)])
def test_full_fixes_pass_and_useless_ones_do_not(tmp_path: Path, truth: float, promise: float, least: bool) -> None:
    """The facts' table at n = 100, errors independent of the champion's, by the check itself."""
    chance, times, hits = np.random.default_rng(7), often(40, 80), 0
    for number in range(times):
        new = (chance.random(100) < truth).astype(float).tolist()
        old = (chance.random(100) < 0.78).astype(float).tolist()
        (tmp_path / str(number)).mkdir()
        hits += found(tmp_path / str(number), new, old).verdict == "pass"
    assert (at_least if least else at_most)(hits, times, promise), hits / times
