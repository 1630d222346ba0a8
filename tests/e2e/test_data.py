"""From a program's rows to a judged dataset, by real daemons and workers."""

import json
import re
from pathlib import Path

from tests.e2e.house import ROOT, House
from tests.unit.gate.datasets import tickets

CONFIG = """\
timezone: UTC
nodes: {here: {slots: {cpus: 4, memory: 4GiB}}}
lines:
  router: {hold: 20%, labels: {new: {at_most: 1, at_least_rows: 20}}, contract: {fields: {text: string}}}
programs:
  first: [/bin/sh, -c, 'mkdir "$OUT/rows" && cp first.jsonl "$OUT/rows/rows.jsonl"']
  next: [/bin/sh, -c, 'mkdir "$OUT/rows" && cp next.jsonl "$OUT/rows/rows.jsonl"']
"""
RECIPE = """\
recipe: tickets
line: router
steps:
  - {id: old, use: program, with: {run: first}, gives: {rows: RawSnapshot}}
  - {id: new, use: program, with: {run: next}, gives: {rows: RawSnapshot}}
  - {id: before, use: assemble, in: {rows: old.rows}, with: {label: queue}}
  - {id: now, use: assemble, in: {rows: new.rows, prior: before.dataset}, with: {label: queue}}
  - {id: integrity, gate: data-integrity, in: {dataset: now.dataset, prior: before.dataset}}
"""


def files(root: Path) -> dict[str, str]:
    """A workspace with two programs that hand over rows, and the shipped gate."""
    return {
        "sentinel.yaml": re.sub(r"\w+\.jsonl \"", lambda found: f"{root}/{found[0]}", CONFIG),
        "recipes/tickets.yaml": RECIPE,
        "gates/data-integrity.yaml": (ROOT / "gates/data-integrity.yaml").read_text(),
    }


def played(root: Path, unit: float) -> tuple[int, str, str]:
    """A run over tickets and later ones: how it ended, and what the gate said."""
    tickets(800, seed=1).write_ndjson(root / "first.jsonl")
    tickets(800, seed=2, unit=unit).write_ndjson(root / "next.jsonl")
    with House(root, files(root)) as house:
        house.up()
        ran = house("run", "tickets", "--follow")
        verdict = house("verdict", "r1.integrity.a1", "--json")
        return ran.returncode, ran.stdout + ran.stderr + house.log, verdict.stdout


def test_rows_of_a_program_become_a_dataset_that_the_shipped_gate_passes(tmp_path: Path) -> None:
    status, said, verdict = played(tmp_path, 1.0)
    assert status == 0, said
    told = json.loads(verdict)
    assert told["verdict"] == "pass"
    assert told["sentence"] == "All 8 checks passed."


def test_a_change_of_unit_ends_the_run_and_is_named(tmp_path: Path) -> None:
    status, said, verdict = played(tmp_path, 1000.0)
    assert status == 1, said
    assert "`amount` looks like × 1000" in json.loads(verdict)["sentence"]
