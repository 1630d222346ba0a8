"""A gate that waits for outcomes, with a real daemon: labels come in by the command, and the second look begins."""

import json
import sys
import time
from pathlib import Path

import pytest

from sentinel.domain.quantity import MINUTE
from tests.e2e.house import House

CONFIG = f"""\
timezone: UTC
nodes: {{here: {{slots: {{cpus: 4, memory: 8GiB}}}}}}
lines:
  router:
    labels: {{settle: 1s, every: 1m, audit: 5%}}
    sets:
      canary: {{from: outcomes, window: 4d}}
programs:
  score: ["{sys.executable}", ./programs/score.py]
"""
SCORE = '''\
"""Write the report of a made-up model that is right 85 times of 100."""

import os
from pathlib import Path

import polars as pl

from sentinel.data.report import write_report

rows = [{"doc": f"d{number}", "value": float(number >= 15), "answer": "a", "text": "t"} for number in range(100)]
frame = pl.DataFrame(rows).with_columns(
    set=pl.lit("canary"), truth=pl.lit("a"), prompt=pl.lit("p"), task=pl.lit("t"), metric=pl.lit("accuracy")
)
told = {"canary": {"metric": "accuracy"}}
write_report(Path(os.environ["OUT"]) / "report", "a" * 64, "classification", {}, told, frame)
'''
RECIPE = """\
recipe: lifecycle
line: router
steps:
  - {id: scores, use: program, with: {run: score}, gives: {report: EvalReport}}
  - id: proof
    gate: sure
    in: {candidate: scores.report}
"""
GATE = """\
gate: sure
in: {candidate: EvalReport}
checks:
  - {use: floor, set: canary, at_least: 0.80}
then: {inconclusive: {wait: {outcomes: 5, at_most: 14d}}}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A workspace whose gate is not sure."""
    return House(tmp_path, {
        "sentinel.yaml": CONFIG, "programs/score.py": SCORE, "recipes/lifecycle.yaml": RECIPE, "gates/sure.yaml": GATE,
    })  # fmt: skip


def labelled(house: House, minutes: int, *ids: str, why: str = "audit") -> None:
    """Labels come in of answers that were served so many minutes ago: the round in which they settle is over."""
    at = round(time.time() * 1000) - minutes * MINUTE
    lines = [json.dumps({"id": id, "at": at, "why": why, "right": True}) for id in ids]
    (house.workspace / "labels.jsonl").write_text("\n".join(lines) + "\n")
    told = house("outcomes", "router", "--take", "labels.jsonl")
    assert told.returncode == 0, told.stderr


def test_a_gate_waits_for_outcomes_over_a_restart_and_judges_again_once_they_have_come(house: House) -> None:
    with house:
        daemon = house.up()
        run = house.run("lifecycle")
        house.until(lambda: house.state(run) == "waiting")
        labelled(house, 90, *(f"c{number}" for number in range(9)), why="feedback")
        labelled(house, 60, "t1", "t2", "t3")
        house.until(lambda: "3 of 5 outcomes" in house("queue").stdout)
        shown = house("show", run).stdout
        assert "3 of 5 outcomes, or in " in shown, shown
        assert house("down").returncode == 0
        daemon.wait(timeout=30)
        house.up()
        assert house.ask("queue")["runs"][0]["waits"] == "3 of 5 outcomes, for `proof`"
        labelled(house, 30, "t4", "t5")
        house.until(lambda: len(house.ask("verdicts", run=run)["verdicts"]) == 2)
        told = house.ask("show", run=run)
        assert (told["round"], told["steps"][-1]["waits_for"]) == (2, "person"), "two looks are all there are"
