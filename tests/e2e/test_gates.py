"""Gates as a user meets them: from drift to a verdict, judged again by hand, and two versions side by side."""

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.house import House

CONFIG = f"""\
timezone: UTC
nodes: {{here: {{slots: {{cpus: 4, memory: 8GiB}}}}}}
lines:
  router:
    metric: accuracy
    sets:
      regression: {{file: sets/regression.jsonl}}
      adversarial: {{file: sets/adversarial.jsonl}}
      canary: {{from: outcomes, window: 4d}}
programs:
  score: ["{sys.executable}", ./programs/score.py]
"""
SCORE = '''\
"""Write the report of a made-up model: the worked example's candidate or its champion."""

import os
import sys
from pathlib import Path

import polars as pl

from sentinel.data.report import write_report

new = sys.argv[1] == "new"


def values(n, right, wins, losses):
    both = right - losses
    won, lost = ([1] * wins, [0] * losses) if new else ([0] * wins, [1] * losses)
    return [1] * both + won + lost + [0] * (n - both - wins - losses)


SETS = {"regression": values(600, 546, 12, 18), "canary": values(100, 78, 18, 3), "adversarial": [1] * 50}
rows = [
    {"set": name, "doc": f"{name}{number:05}", "value": float(value), "truth": "billing",
     "answer": "billing" if value else "sales", "text": f"ticket {number}: where is my invoice?"}
    for name, held in SETS.items() for number, value in enumerate(held)
]
frame = pl.DataFrame(rows).with_columns(prompt=pl.lit("p"), task=pl.lit("t"), metric=pl.lit("accuracy"))
told = {name: {"metric": "accuracy"} for name in SETS}
write_report(Path(os.environ["OUT"]) / "report", ("a" if new else "b") * 64, "classification", {}, told, frame)
'''
RECIPE = """\
recipe: lifecycle
line: router
triggers:
  - drift: {set: canary, margin: 0.01, false_alarms: 1 per 3 years}
steps:
  - {id: scores, use: program, with: {run: score, args: [new], pure: true}, gives: {report: EvalReport}}
  - {id: before, use: program, with: {run: score, args: [old], pure: true}, gives: {report: EvalReport}}
  - id: proof
    gate: promotion
    in: {candidate: scores.report, champion: before.report}
"""


@pytest.fixture
def example(tmp_path: Path) -> House:
    """The workspace of the worked example, with the gate as it is shipped."""
    shipped = (Path(__file__).resolve().parents[2] / "gates/promotion.yaml").read_text()
    assert "margin: 0.02" in shipped
    wide = shipped.replace("gate: promotion", "gate: wide").replace("margin: 0.02", "margin: 0.03")
    return House(tmp_path, {
        "sentinel.yaml": CONFIG, "programs/score.py": SCORE, "recipes/lifecycle.yaml": RECIPE,
        "gates/promotion.yaml": shipped, "gates/wide.yaml": wide,
        "sets/regression.jsonl": "", "sets/adversarial.jsonl": "",
    })  # fmt: skip


def test_the_worked_example_from_drift_to_verdict(example: House) -> None:
    with example as house:
        house.up()
        day = 0

        def measure(k: int) -> None:
            nonlocal day
            day += 1
            month, date = divmod(day - 1, 28)
            start, end = f"2026-{month + 1:02}-{date + 1:02}T00:00Z", f"2026-{month + 1:02}-{date + 1:02}T23:00Z"
            house.ask("signal", line="router", set="canary", metric="accuracy", measure=f"{k}/100",
                      **{"from": start, "to": end})  # fmt: skip

        for _ in range(28):
            measure(91)
        while not house.ask("runs", all=False)["runs"] and day < 60:
            measure(78)
        (run,) = [each["run"] for each in house.ask("runs", all=False)["runs"]]
        house.until(lambda: house.ask("verdicts", run=run)["verdicts"])
        told = house.told("verdict", f"{run}.proof.a1")
        said = {check["check"]: check for check in told["checks"]}
        assert {name: check["verdict"] for name, check in said.items()} == {
            "floor": "pass", "no_regression": "inconclusive", "fixes_trigger": "pass", "no_new_failures": "pass",
        }, told  # fmt: skip
        regression, canary = said["no_regression"]["evidence"], said["fixes_trigger"]["evidence"]
        assert regression["estimate"] == pytest.approx(-0.01) and regression["disagreement"] == pytest.approx(0.05)
        assert said["fixes_trigger"]["sentence"].startswith("It mends what fired: +15.0 points on 100 documents")
        assert canary["baseline"] == pytest.approx(0.91, abs=0.005)
        assert (canary["champion"], canary["candidate"]) == (pytest.approx(0.78), pytest.approx(0.93))
        assert said["no_new_failures"]["evidence"]["new_failures"] == []
        assert regression["look"] == 1 and house.ask("show", run=run)["state"] == "waiting"

        reports = {each["attempt"].split(".")[1]: each["digest"] for each in house.ask("artifacts")["artifacts"]
                   if each["kind"] == "EvalReport"}  # fmt: skip
        ports = ["--in", f"candidate={reports['scores'][:16]}", "--in", f"champion={reports['before']}"]
        again = house("judge", "promotion", *ports)
        assert again.returncode == 1, again.stderr
        assert "look 2 of 20" in again.stdout and "r2.judge.a1  gate promotion  inconclusive" in again.stdout
        wide = house("judge", "wide", *ports, "--json")
        assert wide.returncode == 0, wide.stdout + wide.stderr
        found = {check["check"]: check for check in json.loads(wide.stdout)["checks"]}
        assert found["no_regression"]["verdict"] == "pass"
        # by hand too it has to mend what the run was asked for that made it
        assert found["fixes_trigger"]["sentence"].startswith("It mends what fired")
        assert not house.ask("versions", line="router")["versions"]

        listed = house.told("flips", reports["scores"], reports["before"], "--set", "regression")
        assert (listed["sets"][0]["only_one"], listed["sets"][0]["only_other"]) == (12, 18)
        assert len(listed["flips"]) == 30
        assert {each["answer_one"] for each in listed["flips"]} == {"billing", "sales"}
        shown = house("flips", reports["scores"], reports["before"], "--limit", "2").stdout
        assert "where is my invoice?" in shown and "And 49 more" in shown
        assert [each["run"] for each in house.ask("runs", all=False)["runs"]] == [run]
        assert house.told("doctor")["healthy"]


CANARY = '''\
"""Write what a version answered on documents that nobody had seen before: so many right of a hundred."""

import json
import os
from pathlib import Path

import polars as pl

from sentinel.data.report import write_report

week, right = map(int, Path(__file__).with_name("week").read_text().split())
rows = pl.DataFrame({
    "set": "canary", "doc": [f"w{week}d{k}" for k in range(100)], "prompt": "p", "task": "t", "metric": "accuracy",
    "value": [float(k < right) for k in range(100)],
})
(model,) = json.loads(Path(os.environ["INPUTS"]).read_text())["model"]
write_report(Path(os.environ["OUT"]) / "report", model, "classification", {}, {"canary": {"metric": "accuracy"}}, rows)
'''
WEEKLY = """\
recipe: weekly
line: router
steps:
  - {id: scores, use: program, with: {run: answer}, in: {model: champion.model}, gives: {report: EvalReport}}
  - {id: told, use: signal, in: {report: scores.report}, with: {set: canary}}
"""


@pytest.mark.long
def test_evaluations_of_the_champion_are_signals_and_a_document_counts_once(tmp_path: Path) -> None:
    config = CONFIG.replace("programs:", f'programs:\n  answer: ["{sys.executable}", ./programs/answer.py]')
    config = config.replace("{from: outcomes, window: 4d}", "{file: sets/adversarial.jsonl}")
    recipe = RECIPE.replace("margin: 0.01", "margin: 0.01, baseline: 4")
    files = {"sentinel.yaml": config, "programs/score.py": SCORE, "programs/answer.py": CANARY,
             "recipes/weekly.yaml": WEEKLY, "sets/regression.jsonl": "", "sets/adversarial.jsonl": "",
             "recipes/lifecycle.yaml": recipe.split("  - id: proof")[0]}  # fmt: skip
    with House(tmp_path, files) as house:
        (tmp_path / "today").mkdir()
        (tmp_path / "today/config.json").write_text("{}")
        (tmp_path / "today/model.safetensors").write_text("weights")
        house.up()
        adopted = house("adopt", "router", str(tmp_path / "today"), "--reason", "it serves")
        assert adopted.returncode == 0, adopted.stderr
        house.until(lambda: house.told("versions", "router")["versions"])
        for week, right in enumerate((92, 90, 91, 91, 70, 71)):
            (house.workspace / "programs/week").write_text(f"{week} {right}")
            ran = house("run", "weekly", "--follow")
            assert ran.returncode == 0, ran.stdout + ran.stderr + house.log
        house.until(lambda: house.told("runs", "--recipe", "lifecycle")["runs"])
        assert "up to document 600" in house("drift", "router").stdout
        (house.workspace / "programs/week").write_text("5 100")
        assert house("run", "weekly", "--follow").returncode == 0, "the same documents once more are no news"
        (feed,) = house.told("drift", "router")["feeds"]
        assert feed["signals"] == 6
