"""A version is made again by verb: real daemon, real workers, real weights that are tiny."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import House
from tests.model.tiny import tickets

CONFIG = """\
timezone: UTC
nodes: {here: {slots: {cpus: 2, memory: 8GiB}}}
lines:
  router:
    task: classification
    hold: 30%
    prompt: {after: "\\nAnswer:"}
    data: [{from: file, path: tickets.jsonl}]
    sets: {regression: {file: regression.jsonl}}
"""
RECIPE = """\
recipe: small
line: router
steps:
  - {id: rows, use: assemble, with: {window: 30d}}
  - id: tuned
    use: forge
    in: {data: rows.dataset}
    with:
      scratch: {hidden: 32, layers: 2, heads: 2, context: 96, vocabulary: 420}
      train: {method: full, steps: 6, batch: 8, lr: 3e-3}
    needs: {memory: 2GiB}
  - {id: scores, use: evaluate, in: {model: tuned.model}}
  - {id: before, use: evaluate, in: {model: champion.model?}}
  - {id: proof, gate: promotion, in: {candidate: scores.report, champion: before.report?}}
  - {id: live, use: promote, in: {model: tuned.model, verdict: proof.verdict}}
"""
LIKE = """\
recipe: reforge
line: router
steps:
  - {id: rows, use: assemble, with: {window: 30d}}
  - id: tuned
    use: reforge
    in: {parent: champion.model, data: rows.dataset}
    with: {change: {train: {steps: 5}}}
    needs: {memory: 2GiB}
"""
GATE = """\
gate: promotion
in: {candidate: EvalReport, champion: EvalReport?}
checks: [{use: floor, set: regression, at_least: 0.0}]
"""
FILES = {
    "sentinel.yaml": CONFIG, "recipes/small.yaml": RECIPE, "recipes/reforge.yaml": LIKE, "gates/promotion.yaml": GATE,
    "tickets.jsonl": "".join(json.dumps(row) + "\n" for row in tickets(80)),
    "regression.jsonl": "".join(json.dumps(row) + "\n" for row in tickets(20, seed=9)),
}  # fmt: skip


def follow(house: House, *argv: str) -> str:
    """Ask for a run, and wait until it is done."""
    run: str = house.told(*argv)["run"]
    house.until(lambda: house.state(run) not in ("queued", "running", "waiting"), 200)
    shown = house.ask("show", run=run)
    assert shown["state"] == "done", (shown["why"], [(each["step"], each["why"]) for each in shown["steps"]], house.log)
    return run


def made(house: House, run: str) -> Any:
    """The version that has the model of a run."""
    steps = {each["step"]: each for each in house.ask("show", run=run)["steps"]}
    digest = next(each["digest"] for each in steps["tuned"]["outputs"]["model"])
    return next(each for each in house.ask("versions", line="router")["versions"] if each["model"] == digest)


@pytest.mark.long
@pytest.mark.timeout(600)  # a daemon and some twenty workers, torch among them
def test_a_version_is_made_again_unchanged_changed_and_once_more(tmp_path: Path) -> None:
    with House(tmp_path / "house", FILES) as house:
        house.up()
        first = made(house, follow(house, "run", "small"))["version"]

        shown = house("reforge", first, "--dry-run")
        assert shown.returncode == 0, shown.stderr
        assert "loss" in shown.stdout and "6 steps" in shown.stdout and "tuned.train.batch" in shown.stdout
        told = house.told("reforge", first, "--dry-run", "--set", "tuned.train.batch=4")
        did = next(each["did"] for each in told["steps"] if each["step"] == "tuned")
        assert did["steps"] == 6 and did["loss"]["to"] < did["loss"]["from"]
        rows = next(each for each in told["steps"] if each["step"] == "rows")
        assert {each["name"]: each["value"] for each in rows["controls"]}["rows.window"] == "30d"
        assert rows["did"]["rows"] > 50 and told["given"] == ["tuned.data"] and not told["fresh"]
        said = house("reforge", first, "--dry-run", "--set", "tuned.prune.parameters=20%").stdout
        assert [line.split() for line in said.splitlines() if "tuned.prune.parameters" in line] == [
            ["tuned.prune.parameters", "none", "0.2"]
        ]
        assert len(house.told("runs")["runs"]) == 1, "nothing was run"

        run = follow(house, "reforge", first)
        assert made(house, run)["version"] == first and len(house.ask("versions", line="router")["versions"]) == 1

        run = follow(house, "reforge", first, "--set", "tuned.train.batch=4")
        second = made(house, run)
        assert second["version"] != first and second["parents"] == [first] and "champion" in second["aliases"]

        card = tmp_path / "card"
        assert house("card", second["version"], "-o", str(card)).returncode == 0
        told = json.loads((card / "card.json").read_text())
        assert told["command"] == f"sentinel reforge {first} --set tuned.train.batch=4"

        run = follow(house, "reforge", str(card), "--set", "tuned.prune.parameters=20%", "--set", "tuned.prune.heal=2",
                     "--set", "tuned.prune.cycles=1")  # fmt: skip
        third = made(house, run)
        assert third["parents"] == [second["version"]]
        told = house.told("reforge", third["version"], "--dry-run")
        did = next(each["did"] for each in told["steps"] if each["step"] == "tuned")
        assert did["parameters"]["to"] < did["parameters"]["from"]
        said = house("lineage", third["version"])
        assert f"again    {first}, on the same data: tuned.train.batch 8 → 4" in said.stdout
        assert f"again    {second['version']}, on the same data: tuned.prune.parameters none → 0.2" in said.stdout

        difference = house.told("diff", first, third["version"])
        assert difference["moved"] == "recipe"
        assert {each["control"] for each in difference["controls"]} == {
            "tuned.train.batch", "tuned.prune.parameters", "tuned.prune.heal", "tuned.prune.cycles",
        }  # fmt: skip
        assert "changed tuned.train.batch 8 → 4" in house("diff", first, second["version"]).stdout

        lie = json.loads((card / "card.json").read_text())
        lie["base"] = {"hub": "acme/other", "revision": "a" * 40}
        (card / "card.json").write_text(json.dumps(lie))
        refused = house("reforge", str(card))
        assert refused.returncode == 1 and "its base is hub acme/other" in refused.stderr, refused.stderr

        stranger = {**lie, "base": None, "model": "f" * 64}
        (card / "card.json").write_text(json.dumps(stranger))
        run = follow(house, "reforge", str(card), "--set", "tuned.change.train.steps=4")
        taken = house.ask("show", run=run)
        assert taken["recipe"] == "reforge" and made(house, run)["parents"] == []

        run = follow(house, "run", "reforge")
        fourth = made(house, run)
        assert fourth["parents"] == [third["version"]], "the champion's"
        assert house.told("doctor")["healthy"]
