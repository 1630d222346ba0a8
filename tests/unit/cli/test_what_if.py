"""`backtest` and `simulate`, as a person and as a script reads them."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Sentinel

CONFIG = """\
timezone: UTC
lines: {router: {sets: {canary: {from: outcomes, window: 4d}}}}
"""
RECIPE = """\
recipe: lifecycle
line: router
triggers:
  - drift: {set: canary, margin: 1%, false_alarms: 1 per 3 years}
steps: [{id: rest, wait: 1s}]
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a recipe that watches for drift, and one that does not; and a year that slid in June."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "sentinel.yaml").write_text(CONFIG)
    (tmp_path / "recipes/lifecycle.yaml").write_text(RECIPE)
    (tmp_path / "recipes/other.yaml").write_text("recipe: other\nsteps: [{id: rest, wait: 1s}]\n")
    rows = ["at,k,n"]
    for day in range(360):
        off = 150 <= day < 180
        rows.append(f"2025-{day // 30 + 1:02}-{day % 30 + 1:02},{78 if off else 91 + day % 3 - 1},100")
    (tmp_path / "scores.csv").write_text("\n".join(row for row in rows if "-02-29" not in row and "-02-30" not in row))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("workspace")
def test_a_history_is_played_again(sentinel: Sentinel) -> None:
    said = sentinel("backtest", "lifecycle", "--scores", "scores.csv", "--off", "2025-06-01..2025-06-30")
    assert (said.status, said.err) == (0, "")
    assert "lifecycle: drift on canary, by more than 1 point; false alarms 1 per 3 years at most" in said.out
    assert "history   358 evaluations from 2025-01-01 to 2025-12-30, every 1d, 100 rows each" in said.out
    assert "2025-06-02  fires: 0.780 since 2025-06-01; caught, 2 days after it began" in said.out
    assert "by the plain rule: below 0.859, 4 in a row" in said.out
    assert "1 of 1 incident caught, no false alarms in" in said.out


@pytest.mark.usefixtures("workspace")
def test_who_says_no_truth_is_told_none(sentinel: Sentinel) -> None:
    said = sentinel("backtest", "lifecycle", "--scores", "scores.csv", "--below", "0.7", "--for", "2d")
    assert "2025-06-02  fires: 0.780 since 2025-06-01\n" in said.out
    assert "by the plain rule: below 0.7, 2 in a row\n  no firings in" in said.out
    assert "Nobody said when the world was off" in said.out


@pytest.mark.usefixtures("workspace")
def test_a_script_reads_it_too(sentinel: Sentinel) -> None:
    told = json.loads(sentinel("backtest", "lifecycle", "--scores", "scores.csv", "--json").out)
    assert told["promise"] == "1 per 3 years"
    assert [each["word"] for each in told["by_evidence"]["firings"]][:1] == ["untold"]
    assert len(told["evidence"]) == len(told["rows"]) == 358


@pytest.mark.usefixtures("workspace")
def test_a_trigger_is_played_through_years(sentinel: Sentinel) -> None:
    said = sentinel("simulate", "drift", "lifecycle", "--labels", "1400", "--rate", "91%")
    assert (said.status, said.err) == (0, "")
    assert "right 91% of the time, 1400 labels a week, looked at every 1d; A = 1095" in said.out
    assert "falls to 0.78          2 days" in said.out
    told = json.loads(sentinel("simulate", "drift", "lifecycle", "--labels", "1400", "--json").out)
    assert told["quiet"]["steady"] <= 0.01


@pytest.mark.parametrize(
    ("argv", "code", "what"),
    [
        (("backtest", "other", "--scores", "scores.csv"), "E-no-drift", "Recipe other has no drift trigger."),
        (("backtest", "othr", "--scores", "scores.csv"), "E-unknown-recipe", "There is no recipe 'othr'."),
        (("backtest", "lifecycle", "--scores", "missing.csv"), "E-scores", "The scores cannot be read"),
        (("backtest", "lifecycle", "--scores", "scores.csv", "--set", "x"), "E-no-drift", "No drift trigger"),
        (("backtest", "lifecycle", "--scores", "scores.csv", "--off", "June"), "E-usage", "names no days"),
        (("backtest", "lifecycle", "--scores", "scores.csv", "--off", "2030-01-01"), "E-usage", "No evaluation is of"),
        (("backtest", "lifecycle", "--scores", "scores.csv", "--below", "85"), "E-usage", "`--below 85`"),
        (("simulate", "drift", "lifecycle", "--labels", "0"), "E-usage", "A line has some labels a week"),
        (("simulate", "drift", "lifecycle", "--labels", "nan"), "E-usage", "A line has some labels a week"),
        (("simulate", "drift", "lifecycle", "--labels", "1e20"), "E-usage", "A line has some labels a week"),
        (("simulate", "drift", "lifecycle", "--rate", "100%"), "E-usage", "A line has some labels a week"),
    ],
)
@pytest.mark.usefixtures("workspace")
def test_wrong_input_is_told(sentinel: Sentinel, argv: tuple[str, ...], code: str, what: str) -> None:
    said = sentinel(*argv)
    assert said.status in (1, 2, 78)
    assert f"{code}: " in said.err
    assert what in said.err
    assert "to do: " in said.err


def test_a_history_shorter_than_its_baseline(sentinel: Sentinel, workspace: Path) -> None:
    (workspace / "short.csv").write_text("at,k,n\n2026-01-01,9,10\n2026-01-02,9,10\n2026-01-03,9,10\n")
    said = sentinel("backtest", "lifecycle", "--scores", "short.csv")
    assert "The baseline is learned from the first 28 evaluations, and there are 3." in said.err


def test_a_drift_trigger_without_a_line_or_on_no_set_is_told_by_check(sentinel: Sentinel, workspace: Path) -> None:
    lost = "recipe: lost\ntriggers: [{drift: {set: canary}}]\nsteps: [{id: rest, wait: 1s}]\n"
    (workspace / "recipes/lost.yaml").write_text(lost)
    said = sentinel("check")
    assert said.status == 1
    assert "recipes/lost.yaml:2:12: E-line-needed: A trigger cannot tell which line this is for." in said.out
    (workspace / "recipes/lost.yaml").write_text(
        lost.replace("triggers", "line: router\ntriggers").replace("canary", "cnry")
    )
    assert "E-unknown-set: `drift` looks at the set `cnry`" in sentinel("check").out
