"""Steps ingest and normalize: rows of a workspace's file or of a program become rows in a form."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import RawSnapshot, form_faults
from sentinel.contract.registry import load
from sentinel.contract.signature import arguments_of
from sentinel.data.rows import rows_in
from sentinel.data.snapshot import read_snapshot
from sentinel.domain.needs import Needs
from sentinel.domain.pinned import is_pinned
from sentinel.domain.plan import PlannedStep
from sentinel.domain.refusal import Refused
from sentinel.supervisor.attempts import reuse_key

LINE = {"name": "router", "task": "classification", "contract": {"fields": {"text": "string"}}}


def attempt(folder: Path, name: str) -> At:
    (folder / name).mkdir(parents=True, exist_ok=True)
    told = AttemptIn("a1", "r1", name, name, {}, {}, str(folder), str(folder), reads={"line": LINE})
    return At(told, folder / name)


def run(at: At, rows: RawSnapshot | None, /, **params: Any) -> RawSnapshot:
    """As a worker does: from what a recipe says to the function's arguments."""
    kind = load().steps[at.step]
    made: RawSnapshot = kind.function(at, rows, **arguments_of(kind.params.model_validate(params)))
    assert form_faults("RawSnapshot", made.path) == []
    return made


def says(at: At) -> list[str]:
    lines = (at.folder / "progress.jsonl").read_text().splitlines()
    return [told["says"] for told in map(json.loads, lines) if "says" in told]


def tickets(folder: Path, count: int = 60) -> None:
    rows = [{"n": n, "subject": f"s{n}", "queue": f"q{n % 2}", "created": 1_772_362_800 + n} for n in range(count)]
    (folder / "tickets.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "no json\n")


def test_a_file_of_the_workspace_is_taken_in_and_brought_into_the_line_s_form(tmp_path: Path) -> None:
    tickets(tmp_path)
    first, second = attempt(tmp_path, "ingest"), attempt(tmp_path, "normalize")
    raw = run(first, None, **{"from": {"file": "tickets.jsonl"}, "at_most": "5%"})
    assert says(first) == ["60 rows from 1 file, 1 records left aside"]
    made = run(second, raw, map={"text": "subject", "label": ["queue"]}, at="created", labels={"qq": "other"})
    assert says(second) == [
        "`created` is read as times in seconds since 1970; `times:` says otherwise",
        "no row has the label `other`, to which others were to be renamed",
        "60 rows of classification, 2 labels",
    ]
    told = read_snapshot(made.path)
    assert told is not None and (told.rows, told.form, told.time) == (60, "classification", "at")
    assert told.source == {"from": "file", "file": "tickets.jsonl"} and told.taken[0].quarantined == 1
    assert pl.concat(list(rows_in(made.path)))["at"][1] == 1_772_362_801_000


def test_what_a_program_gave_is_taken_in_from_the_port_and_nothing_is_left_lying(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    pl.DataFrame({"text": ["a", "b"]}).write_parquet(tmp_path / "given/rows.parquet")
    at = attempt(tmp_path, "ingest")
    made = run(at, RawSnapshot("", tmp_path / "given"))
    assert pl.concat(list(rows_in(made.path)))["text"].to_list() == ["a", "b"]
    assert sorted(path.name for path in at.folder.iterdir()) == ["out", "progress.jsonl"]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    trees = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        tickets(tmp_path / name)
        raw = run(attempt(tmp_path / name, "ingest"), None, **{"from": {"file": "tickets.jsonl"}, "at_most": "5%"})
        made = run(attempt(tmp_path / name, "normalize"), raw, map={"text": "subject", "label": "queue"})
        trees.append([{f.name: f.read_bytes() for f in each.path.iterdir()} for each in (raw, made)])
    assert trees[0] == trees[1]


@pytest.mark.parametrize(
    ("step", "params", "code"),
    [
        ("ingest", {}, "E-ingest-which"),
        ("ingest", {"from": {"file": "none.jsonl"}}, "E-rows"),
        ("ingest", {"from": {"file": "tickets.jsonl"}, "at_most": "1%"}, "E-rows"),
        ("normalize", {"map": {"text": "title"}}, "E-rows"),
        ("normalize", {"form": "chat"}, "E-rows"),
    ],
)
def test_what_cannot_be_taken_is_refused_once_and_for_all(
    tmp_path: Path, step: str, params: dict[str, Any], code: str
) -> None:
    tickets(tmp_path)
    rows = RawSnapshot("", tmp_path) if step == "normalize" else None
    with pytest.raises(Refused, match=code):
        run(attempt(tmp_path, step), rows, **params)


@pytest.mark.parametrize(
    ("source", "pinned"),
    [
        (None, True),
        ({"file": "a.jsonl"}, False),
        ({"url": "https://example.org/a.jsonl", "digest": None}, False),
        ({"url": "https://example.org/a.jsonl", "digest": "0" * 64}, True),
        ({"hub": "acme/tickets", "revision": "main"}, False),
        ({"hub": "acme/tickets", "revision": "0" * 40}, True),
        ({"kaggle": "acme/tickets", "version": None}, False),
        ({"kaggle": "acme/tickets", "version": 3}, True),
    ],
)
def test_only_what_is_pinned_serves_again(source: Any, pinned: bool) -> None:
    told = AttemptIn("a1", "r1", "rows", "ingest", {"from": source}, {}, "", "", needs=Needs())
    step = PlannedStep("rows", "ingest", reads=load().steps["ingest"].reads)
    assert is_pinned(source) == pinned == (reuse_key(told, step) is not None)
