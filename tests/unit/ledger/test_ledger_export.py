"""What is exported can be read by other programs, and is all there is."""

import json
import random
import subprocess
import sys
from pathlib import Path

import sqlite_utils

from sentinel.ledger import Ledger
from sentinel.ledger.export import export
from sentinel.ledger.tables import TABLES
from tests.unit.ledger.world import World


def test_events_are_lines_of_json_and_rows_are_tables(lived: Path, folder: Path) -> None:
    with Ledger.open(lived) as ledger:
        World(ledger, random.Random(1)).turn()
        counts = export(lived, folder / "out")
        events = ledger.reads.events(limit=10**6)
        runs = ledger.reads.runs(limit=10**6, asked=True)
    lines = [json.loads(line) for line in (folder / "out" / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["seq"], line["stream"], line["kind"]) for line in lines] == [
        (event.seq, event.stream, type(event.body).__name__) for event in events
    ]
    assert counts["events"] == len(events)
    plain = sqlite_utils.Database(folder / "out" / "rows.db")
    assert set(plain.table_names()) == set(TABLES)
    assert {run["id"]: run["state"] for run in plain["runs"].rows} == {run.id: run.state for run in runs}
    assert plain["steps"].pks == ["run", "key"]
    assert {name: plain[name].count for name in TABLES} == {name: counts[name] for name in TABLES}
    plain.close()


def test_an_export_goes_over_an_older_one(lived: Path, folder: Path) -> None:
    assert export(lived, folder / "out") == export(lived, folder / "out")
    assert sorted(file.name for file in (folder / "out").iterdir()) == ["events.jsonl", "rows.db"]


def test_the_ledger_itself_does_not_import_what_only_an_export_needs() -> None:
    code = "import sys, sentinel.ledger; print(sorted({'sqlite_utils', 'numpy', 'pydantic'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
