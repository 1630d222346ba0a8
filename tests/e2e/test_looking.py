"""What comes in moves away from the training set: a worker looks, the trigger fires, and a run says why."""

from pathlib import Path

from tests.e2e.house import House
from tests.unit.gate.datasets import tickets

TRAIN = """\
#!/bin/sh
mkdir "$OUT/model" && cd "$OUT/model"
echo '{"name": "small"}' > config.json
echo "weights" > model.safetensors
named() { echo '"'"$1"'": "'"$(sha256sum "$1" | cut -c1-64)"'"'; }
echo '{"from": [], "files": {'"$(named config.json), $(named model.safetensors)"'}}' > trace.json
"""
CONFIG = """\
timezone: UTC
nodes: {here: {slots: {cpus: 4, memory: 8GiB}}}
lines: {router: {live: live.jsonl}}
programs:
  rows: [programs/rows]
  train: [programs/train]
"""
FIRST = """\
recipe: first
line: router
steps:
  - {id: raw, use: program, with: {run: rows}, gives: {rows: RawSnapshot}}
  - {id: data, use: assemble, in: {rows: raw.rows}, with: {label: queue}}
  - {id: trained, use: program, with: {run: train}, in: {data: data.dataset}, gives: {model: Model}}
  - {id: made, use: import, in: {model: trained.model}}
  - {id: proof, gate: traced, in: {candidate: made.model}}
  - {id: live, use: promote, in: {model: made.model, verdict: proof.verdict}}
"""
RETRAIN = """\
recipe: retrain
line: router
triggers:
  - distribution: {every: 1s, features: [amount, text.length]}
steps:
  - {id: nap, wait: 1s}
"""
FILES = {
    "sentinel.yaml": CONFIG, "programs/train": TRAIN,
    "programs/rows": '#!/bin/sh\nmkdir "$OUT/rows" && cp "$(dirname "$0")/../old.jsonl" "$OUT/rows/rows.jsonl"\n',
    "gates/traced.yaml": "gate: traced\nin: {candidate: Model}\nchecks:\n  - {use: trace}\n",
    "recipes/first.yaml": FIRST, "recipes/retrain.yaml": RETRAIN,
}  # fmt: skip


def test_rows_that_moved_ask_for_a_run_and_rows_that_did_not_ask_for_none(tmp_path: Path) -> None:
    with House(tmp_path, FILES) as house:
        tickets(800, seed=1).write_ndjson(house.workspace / "old.jsonl")
        house.up()
        assert "retrain, distribution: " in house("drift", "router").stdout
        ran = house("run", "first", "--follow")
        assert ran.returncode == 0, ran.stdout + ran.stderr + house.log
        live = house.workspace / "live.jsonl"
        tickets(700, seed=2).write_ndjson(live)
        house.until(lambda: _says(house).startswith("nothing of "))
        assert not house.told("runs", "--recipe", "retrain")["runs"]
        with live.open("ab") as file:
            tickets(700, seed=3, unit=1000.0).write_ndjson(file)
        house.until(lambda: house.told("runs", "--recipe", "retrain")["runs"])
        (run,) = house.told("runs", "--recipe", "retrain")["runs"]
        assert (run["trigger"], run["reason"]) == ("distribution", "`amount` looks like × 1000")
        shown = house("drift", "router").stdout
        assert "retrain, distribution: " in shown and f"fired last into {run['run']}" in shown
        assert {each["recipe"] for each in house.told("runs")["runs"]} == {"first", "retrain"}, "looks are no news"
        assert house.told("doctor")["healthy"]


def _says(house: House) -> str:
    (told,) = house.told("drift", "router")["others"]
    return str(told["says"])


def test_a_line_that_does_not_say_where_rows_come_in_is_refused(tmp_path: Path) -> None:
    with House(tmp_path, {**FILES, "sentinel.yaml": CONFIG.replace("{live: live.jsonl}", "{}")}) as house:
        told = house("check")
        assert told.returncode == 1
        assert "E-live" in told.stdout + told.stderr and "Add `live: FILE` to the line" in told.stdout + told.stderr
