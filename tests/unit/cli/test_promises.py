"""The promise of a drift trigger, as `check` and `plan` tell it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.api.house import House
from tests.unit.cli.conftest import Sentinel

CONFIG = """\
timezone: UTC
lines:
  router:
    labels: {weekly: 200, audit: 5%}
    sets: {canary: {from: outcomes, window: 4d}, bank: {file: sets/bank.jsonl}}
  mail:
    labels: {audit: 5%, follow: mail.jsonl}
    sets: {canary: {from: outcomes, window: 4d}, bank: {file: sets/bank.jsonl}}
"""
RECIPE = """\
recipe: retrain
line: [router, mail]
triggers:
  - drift: {set: canary, margin: 1%, false_alarms: 1 per 180 days}
  - drift: {set: bank, below: 85%, for: 4d}
steps: [{id: rest, wait: 1s}]
"""
OTHER = "recipe: other\nsteps: [{id: rest, wait: 1s}]\n"
ROUTER = (
    "drift on canary of router, by more than 1 point: false alarms 1 per 180 days at most; A = 720 evaluations, one "
    "every 1d, over 4 streams"
)
PLAIN = "drift on bank of router, below 0.85 for 4d: the plain rule, which promises nothing"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two lines that a recipe watches, and a recipe that watches none."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "sentinel.yaml").write_text(CONFIG)
    (tmp_path / "recipes/retrain.yaml").write_text(RECIPE)
    (tmp_path / "recipes/other.yaml").write_text(OTHER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("workspace")
def test_check_tells_the_promise_of_each_trigger_on_each_line_after_its_verdict(sentinel: Sentinel) -> None:
    said = sentinel("check")
    assert (said.status, said.err) == (0, "")
    mail = [f"retrain: {told.replace('router', 'mail')}" for told in (ROUTER, PLAIN)]
    assert said.out.splitlines() == ["3 files, no faults.", f"retrain: {ROUTER}", f"retrain: {PLAIN}", *mail]


def test_check_tells_a_script_and_warnings_leave_the_exit_code_alone(sentinel: Sentinel, workspace: Path) -> None:
    (workspace / "sentinel.yaml").write_text(CONFIG.replace("weekly: 200", "weekly: 20"))
    said = sentinel("check", "--json")
    told = json.loads(said.out)
    assert said.status == 0
    assert [each["code"] for each in told["warnings"]] == ["E-labels-few"]
    first = told["promises"][0]
    assert (first["promise"], first["often"], first["streams"]) == ("1 per 180 days", 720, 4)
    assert (first["recipe"], first["line"], first["set"]) == ("retrain", "router", "canary")
    assert told["promises"][1]["promise"] is None


def test_check_tells_no_promise_where_there_are_faults_or_of_files_that_were_not_asked_about(
    sentinel: Sentinel, workspace: Path
) -> None:
    assert sentinel("check", "recipes/other.yaml").out == "3 files, no faults.\n"
    assert len(sentinel("check", "recipes/retrain.yaml").out.splitlines()) == 5
    (workspace / "recipes/bad.yaml").write_text("recipe: bad\nstpes: []\n")
    assert "false alarms" not in sentinel("check").out
    assert json.loads(sentinel("check", "--json").out)["promises"] == []


@pytest.mark.usefixtures("workspace")
def test_plan_tells_how_soon_a_fall_is_seen_and_on_what_assumption(sentinel: Sentinel) -> None:
    said = sentinel("plan", "retrain")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[1] == f"  {ROUTER}"
    assert lines[2] == (
        "    at 200 labels a week (`labels.weekly`) and right 91%, both assumed: a fall to 0.85 is seen in about 33d, "
        "to 0.78 is seen in about 6d"
    )
    assert lines[3] == f"  {PLAIN}"
    assert lines[5] == "    how soon it sees a fall cannot be told before labels come in"
    assert "false alarms" not in sentinel("plan", "other").out


@pytest.mark.usefixtures("workspace")
def test_plan_for_one_line_tells_of_that_line(sentinel: Sentinel) -> None:
    told = json.loads(sentinel("plan", "retrain", "--line", "mail", "--json").out)["promises"]
    assert [(each["line"], each["set"], each["volume"]) for each in told] == [
        ("mail", "canary", None),
        ("mail", "bank", None),
    ]


def test_hardly_any_labels_see_no_fall(sentinel: Sentinel, workspace: Path) -> None:
    (workspace / "sentinel.yaml").write_text(CONFIG.replace("weekly: 200", "weekly: 1"))
    told = json.loads(sentinel("plan", "retrain", "--json").out)["promises"][0]
    assert [each["ms"] for each in told["falls"]] == [None, None]
    assert "right 91%, both assumed: it sees no fall" in sentinel("plan", "retrain").out


def test_a_daemon_goes_by_what_the_line_has_on_record(sentinel: Sentinel, house: House) -> None:
    config = house.workspace / "sentinel.yaml"
    config.write_text(
        config.read_text().replace(
            "router: {}", "router: {labels: {audit: 5%}, sets: {canary: {from: outcomes, window: 4d}}}"
        )
    )
    recipe = "recipe: watch\nline: router\ntriggers: [{drift: {baseline: 5}}]\nsteps: [{id: rest, wait: 1h}]\n"
    (house.workspace / "recipes/watch.yaml").write_text(recipe)
    assert house.client.ask("reload")["faults"] == []
    before = sentinel("plan", "watch").out
    whole = config.read_text()
    config.write_text("lines: {other: {}}\n")
    assert house.client.ask("reload")["faults"] != []
    assert "how soon it sees a fall cannot be told" in sentinel("plan", "watch").out
    config.write_text(whole)
    assert house.client.ask("reload")["faults"] == []
    assert "A = 1095 evaluations, one every 1d, on 1 stream" in before
    assert "at 100 labels a week (`labels.weekly`) and right 91%, both assumed: a fall" in before
    for day in range(1, 7):
        span = ("--from", f"2026-01-{day:02}", "--to", f"2026-01-{day + 1:02}")
        assert sentinel("signal", "router", "canary", "accuracy", "82/100", *span).status == 0
    told = json.loads(sentinel("plan", "watch", "--json").out)["promises"][0]
    assert told["volume"] == {"rate": pytest.approx(411 / 502), "rows": 100, "because": "record", "labels_a_week": None}
    assert [each["to"] for each in told["falls"]] == [pytest.approx(0.759, abs=0.001), pytest.approx(0.689, abs=0.001)]
    assert all(each["evaluations"] >= 2 for each in told["falls"])
    assert (
        "    at the line's own 0.819 and 100 labels an evaluation: a fall to 0.76 is seen in"
        in sentinel("plan", "watch").out
    )


@pytest.mark.parametrize(("recipe", "loads"), [("retrain", True), ("other", False)])
def test_evidence_is_loaded_only_for_a_drift_trigger_and_nothing_heavy_ever(
    recipe: str, loads: bool, workspace: Path, root: Path
) -> None:
    for path in workspace.glob("recipes/*.yaml"):
        if path.stem != recipe:
            path.unlink()
    script = (
        "import sys; from sentinel.cli.main import main; main(['check'], None, None); "
        "print(*sorted({'numpy', 'polars', 'torch', 'statistics', 'sentinel.evidence.drift'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=workspace, env={"PYTHONPATH": str(root)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1].split() == (["sentinel.evidence.drift"] if loads else [])
