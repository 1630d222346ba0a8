"""What a line has reaches steps by itself: a program's rows and usage are put together, an outcome set is scored."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.data.dataset import Held
from sentinel.data.line_set import held_set
from sentinel.data.sides import GATE, TRAIN, row_digests, side_of
from sentinel.domain.quantity import HOUR, MINUTE
from sentinel.store import Store
from tests.e2e.house import House
from tests.unit.gate.datasets import tickets

CONFIG = f"""\
timezone: UTC
nodes: {{here: {{slots: {{cpus: 4, memory: 8GiB}}}}}}
lines:
  router:
    task: classification
    live: live.jsonl
    hold: 30%
    data:
      - {{from: program, name: export, key: ticket, map: {{label: queue}}}}
      - {{from: usage}}
    labels: {{settle: 1s, every: 1m, audit: 5%}}
    sets:
      canary: {{from: outcomes, window: 4d}}
      regression: {{file: sets/regression.jsonl, repeats: 2}}
programs:
  export: [programs/export]
  count: ["{sys.executable}", ./programs/count.py]
"""
EXPORT = '#!/bin/sh\nmkdir "$OUT/rows" && cp "$(dirname "$0")/../export.jsonl" "$OUT/rows/rows.jsonl"\n'
COUNT = """\
import json, os
from pathlib import Path

folder = Path(os.environ["IN"]) / "sets"
names = [json.loads((each / "set.json").read_text())["set"] for each in sorted(folder.iterdir())]
out = Path(os.environ["OUT"]) / "rows"
out.mkdir()
(out / "names.json").write_text(json.dumps(names))
"""
RECIPE = """\
recipe: rows
line: router
steps:
  - {id: data, use: assemble, in: {prior: champion.dataset?}, with: {window: 30d}}
  - id: counted
    use: program
    in: {sets: line.sets}
    with: {run: count, pure: true}
    gives: {rows: RawSnapshot}
"""
BARE = """\
timezone: UTC
nodes: {here: {slots: {cpus: 4, memory: 8GiB}}}
lines: {router: {sets: {canary: {from: outcomes, window: 4d}}}}
programs: {count: [/bin/true]}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A workspace whose line has two sources and two sets."""
    return House(tmp_path, {
        "sentinel.yaml": CONFIG, "programs/export": EXPORT, "programs/count.py": COUNT, "recipes/rows.yaml": RECIPE,
        "sets/regression.jsonl": '{"text": "where is my parcel of last week", "label": "delivery"}\n',
    })  # fmt: skip


def served(house: House, seed: int, n: int = 60) -> None:
    """Requests are served, and labels of all of them come in: audits, and a correction of the first."""
    at = round(time.time() * 1000) - HOUR
    rows = tickets(n, seed=seed).select("text", "queue").to_dicts()
    with (house.workspace / "live.jsonl").open("a") as live:
        for number, row in enumerate(rows):
            live.write(json.dumps({"id": f"s{seed}-{number}", "text": row["text"], "answer": "billing"}) + "\n")
    told = [
        {"id": f"s{seed}-{number}", "at": at, "why": "audit", "answer": "billing", "label": row["queue"]}
        for number, row in enumerate(rows)
    ]
    told.append({**told[0], "why": "correction", "label": "mended"})
    (house.workspace / "labels.jsonl").write_text("".join(json.dumps(each) + "\n" for each in told))
    taken = house("outcomes", "router", "--take", "labels.jsonl")
    assert taken.returncode == 0, taken.stderr


def outputs(house: House, run: str, step: str) -> dict[str, list[str]]:
    """The digests that a step gave, by port."""
    (found,) = [each for each in house.ask("show", run=run)["steps"] if each["step"] == step]
    return {port: [each["digest"] for each in held] for port, held in found["outputs"].items()}


def done(house: House) -> str:
    """A run of the recipe, to its end."""
    ran = house("run", "rows", "--follow")
    assert ran.returncode == 0, ran.stdout + ran.stderr + house.log
    run: str = house.ask("runs", limit=1)["runs"][0]["run"]
    return run


def kept(house: House, digest: str) -> Path:
    """The files of an artifact."""
    return Store(house.workspace / ".sentinel" / "store").path(digest)


def test_a_program_and_usage_feed_assemble_and_what_trains_is_in_no_set(house: House) -> None:
    at = round(time.time() * 1000)
    rows = tickets(300, seed=1).select("text", "queue").with_row_index("ticket")
    days = [at - (number % 40) * 24 * HOUR - MINUTE for number in range(300)]
    with house:
        rows.with_columns(pl.Series("at", days)).write_ndjson(house.workspace / "export.jsonl")
        house.up()
        served(house, 2)
        house.until(lambda: "60" in house("outcomes", "router").stdout)
        first = done(house)
        digest = outputs(house, first, "data")["dataset"][0]
        held = Held(kept(house, digest))
        counts = json.loads((held.folder / "assembly.json").read_text())
        assert counts["sources"] == [300, 60] and counts["old"] == 300 - counts["fresh"] + 60 > 50
        assert held.schema.form == "classification" and (held.schema.id, held.schema.time) == ("id", "at")
        assert "mended" in held.profile.labels
        sets = {each.name: each for each in map(held_set, _sets(house, first))}
        assert set(sets) == {"canary", "regression"} and sets["regression"].repeats == 2
        judged = set(sets["canary"].columns(["_row"])["_row"])
        assert 5 < len(judged) < 40
        assert all(side_of(b"line router", row, 0.3) == GATE for row in judged)
        assert not judged & set(held.on(TRAIN)["_row"])
        assert set(sets["canary"].columns(["weight"])["weight"]) == {20.0}
        texts = sets["canary"].columns(["text"])
        assert set(row_digests(texts)) == judged
        _again(house, first, digest)


def _sets(house: House, run: str) -> list[Path]:
    return [kept(house, digest) for digest in outputs(house, run, "line")["sets"]]


def _again(house: House, first: str, digest: str) -> None:
    """The same world gives the same digests, so that what scores the sets is reused; new labels give another."""
    second = done(house)
    assert outputs(house, second, "line") == outputs(house, first, "line")
    assert outputs(house, second, "data")["dataset"] == [digest]
    assert _state(house, second, "counted") == "reused"
    served(house, 3)
    house.until(lambda: "120" in house("outcomes", "router").stdout)
    third = done(house)
    assert outputs(house, third, "line")["sets"] != outputs(house, first, "line")["sets"]
    assert _state(house, third, "counted") == "done"


def _state(house: House, run: str, step: str) -> Any:
    return next(each["state"] for each in house.ask("show", run=run)["steps"] if each["step"] == step)


def test_a_line_without_what_a_step_wants_is_told_at_check(tmp_path: Path) -> None:
    house = House(tmp_path, {"sentinel.yaml": BARE, "recipes/rows.yaml": RECIPE})
    told = house("check").stdout
    assert "E-no-data: A step wants the line's rows, and `router` has no data." in " ".join(told.split()), told
    assert "E-live" in told and "recipes/rows.yaml" in told


def test_the_graph_shows_what_the_line_gives(house: House) -> None:
    told = house("plan", "rows", "--graph").stdout
    assert "● line" in told and "→ sets: list of Dataset, rows: list of RawSnapshot" in told
    assert "rows ← line.rows" in told and "sets ← line.sets" in told
    assert "prior ← champion.dataset?" in told


def test_rows_are_taken_in_by_hand_and_looked_at(house: House) -> None:
    with house:
        tickets(300, seed=1).rename({"text": "body"}).write_csv(house.workspace / "a.csv")
        tickets(300, seed=2, unit=1000).rename({"text": "body"}).write_ndjson(house.workspace / "b.jsonl")
        house.up()
        taken = house.told("data", "import", "a.csv", "--line", "router", "--map", "text=body", "--map", "label=queue")
        told = house.told("data", "profile", taken["rows"][:12])
        assert (told["rows"], told["form"], told["label"]) == (300, "classification", "label")
        shown = house("data", "diff", "a.csv", "b.jsonl")
        assert shown.returncode == 0, shown.stderr
        assert "`amount` looks like × 1000" in shown.stdout and "far" in shown.stdout
        assert "300 rows and 300 rows" in shown.stdout
        wrong = house("data", "import", "a.csv", "--line", "router", "--map", "text=subject")
        assert wrong.returncode == 1 and "The rows have no `subject`" in wrong.stderr, wrong.stderr
        assert "billing" in house("data", "profile", taken["rows"]).stdout
