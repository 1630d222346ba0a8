"""Rows are put together to a dataset, and the shipped gate judges it as shipped."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Dataset, RawSnapshot, form_faults
from sentinel.contract.registry import load
from sentinel.data.dataset import Held
from sentinel.data.line_set import write_set
from sentinel.domain.form import to_json
from sentinel.domain.refusal import Refused
from sentinel.domain.verdict import Verdict
from sentinel.recipe.gates import CompiledGate, compile_gate
from sentinel.recipe.loader import read
from sentinel.step.assemble import assemble
from sentinel.step.gate import judged
from tests.unit.gate.datasets import tickets

NOW = 1_770_000_000_000
LINE = {"name": "router", "hold": 0.2, "contract": {"fields": {"text": "string"}}, "labels": {"new": {"at_most": 1}}}


def snapshot(folder: Path, rows: pl.DataFrame) -> RawSnapshot:
    folder.mkdir(parents=True)
    rows.write_ndjson(folder / "rows.jsonl")
    return RawSnapshot("", folder)


def attempt(folder: Path, secrets: dict[str, str] | None = None, line: Any = None) -> At:
    folder.mkdir(parents=True, exist_ok=True)
    told = AttemptIn(
        "a1", "r1", "rows", "assemble", {}, {}, str(folder), str(folder),
        reads={"line": line or LINE, "usage": {"to": NOW}},
        secrets=tuple(secrets or ()),
    )  # fmt: skip
    return At(told, folder, credential=(secrets or {}).__getitem__)


def made(folder: Path, rows: pl.DataFrame, prior: Dataset | None = None, **more: Any) -> Dataset:
    at = attempt(folder, {"line-salt": "s3cret"})
    more = {"label": "queue", "salt": "credential:line-salt", **more}
    return assemble(at, [snapshot(folder / "raw", rows)], prior, None, **more)


def says(at: At) -> list[str]:
    lines = (at.folder / "progress.jsonl").read_text().splitlines()
    return [told["says"] for told in map(json.loads, lines) if "says" in told]


def test_a_dataset_has_its_form_its_line_s_share_and_no_secret_in_it(tmp_path: Path) -> None:
    held = made(tmp_path, tickets(1000))
    assert form_faults("Dataset", held.path) == []
    sides = Held(held.path).sides
    assert 150 < (sides["side"] == "gate").sum() < 250
    assert b"s3cret" not in b"".join(file.read_bytes() for file in held.path.iterdir())


def test_the_salt_decides_and_without_one_it_is_said_that_anybody_could(tmp_path: Path) -> None:
    rows = tickets(300)
    one, other = (Held(made(tmp_path / salt, rows, salt=None).path).sides for salt in ("a", "b"))
    salted = Held(made(tmp_path / "c", rows).path).sides
    assert one["side"].to_list() == other["side"].to_list() != salted["side"].to_list()
    at = attempt(tmp_path / "d")
    assemble(at, [snapshot(tmp_path / "d" / "raw", rows)], None, None)
    assert any("no salt was given" in said for said in says(at))


def test_sides_hold_on_from_the_dataset_before_whatever_the_line_says_now(tmp_path: Path) -> None:
    rows = tickets(400)
    first = made(tmp_path / "first", rows.head(300))
    second = made(tmp_path / "second", rows.tail(200), first, hold=0.9)
    before, after = Held(first.path).sides, Held(second.path).sides
    both = before.join(after, on="row")
    assert len(both) == 300 and (both["side"] == both["side_right"]).all()
    assert after["here"].sum() == 200
    assert Held(second.path).profile.history == (Held(first.path).profile.labels,)


def test_each_side_gives_its_rows_and_both_together_all(tmp_path: Path) -> None:
    held = Held(made(tmp_path, tickets(300)).path)
    train, gate = held.on("train"), held.on("gate")
    assert len(train) + len(gate) == 300 and not set(train["_row"]) & set(gate["_row"])


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = (made(tmp_path / name, tickets(300)).path for name in ("a", "b"))
    assert {f.name: f.read_bytes() for f in one.iterdir()} == {f.name: f.read_bytes() for f in other.iterdir()}


def test_rows_that_trained_and_are_in_a_set_now_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    rows = tickets(300)
    first = made(tmp_path / "first", rows)
    trained = Held(first.path).on("train").head(7).select("text", "queue", "amount", "channel")
    judging = Dataset(
        "", write_set(tmp_path / "set", "regression", trained, None, label="queue", form="classification").folder
    )
    at = attempt(tmp_path / "second", {"line-salt": "s3cret"})
    raw = [snapshot(tmp_path / "raw", rows)]
    second = assemble(at, raw, first, [judging], label="queue", salt="credential:line-salt")
    left = 300 - Held(second.path).profile.rows
    assert left >= 7 and not set(trained["text"]) & set(Held(second.path).on("train")["text"])
    said = f"{left} more are left out: on the train side before, and in one of the line's sets now, or nearly"
    assert said in says(at) and any(each.startswith(f"{300 - left} rows, ") for each in says(at))


@pytest.mark.parametrize(
    ("rows", "more", "says"),
    [
        (pl.DataFrame({"text": ["a"]}), {"label": "queue"}, "The rows have no `queue`; they have `text`."),
        (pl.DataFrame({"text": ["a"], "_row": ["a"]}), {"label": None}, "A dataset holds no `_row` of type String."),
        (pl.DataFrame({"text": []}, schema={"text": pl.String}), {"label": None}, "no row in them"),
    ],
)
def test_rows_that_make_no_dataset_are_refused(
    tmp_path: Path, rows: pl.DataFrame, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(Refused, match="E-dataset-rows") as told:
        made(tmp_path, rows, **more)
    assert says in str(told.value)


@pytest.fixture(scope="module")
def shipped(root: Path) -> CompiledGate:
    document = read((root / "gates/data-integrity.yaml").read_bytes(), "gates/data-integrity.yaml")
    name, gate, faults = compile_gate(document, load())
    assert (name, [str(fault) for fault in faults]) == ("data-integrity", [])
    assert gate is not None
    return gate


def judge(
    folder: Path, gate: CompiledGate, now: Dataset, prior: Dataset | None, sets: tuple[Dataset, ...] = ()
) -> Verdict:
    held = {"plan": to_json(gate.plan), "round": 1, "champion": None, "looks": 1}
    folder.mkdir(exist_ok=True)
    told = AttemptIn("a1", "r1", "whole", "gate", {}, {}, str(folder), str(folder), gate=held, reads={"line": LINE})
    inputs = {"dataset": (now,), **({"prior": (prior,)} if prior is not None else {}), "sets": sets}
    return judged(At(told, folder, inputs), load())


def test_the_shipped_gate_passes_a_first_dataset_and_one_like_it(shipped: CompiledGate, tmp_path: Path) -> None:
    first = made(tmp_path / "first", tickets(1500, seed=1))
    alone = judge(tmp_path / "g1", shipped, first, None)
    assert (alone.verdict, alone.sentence) == ("pass", "All 5 checks passed, 3 rest for want of a champion.")
    second = made(tmp_path / "second", tickets(1500, seed=2), first)
    after = judge(tmp_path / "g2", shipped, second, first)
    assert (after.verdict, after.sentence) == ("pass", "All 8 checks passed.")


def test_the_shipped_gate_fails_a_dataset_of_which_a_row_of_the_lines_sets_trains(
    shipped: CompiledGate, tmp_path: Path
) -> None:
    held = made(tmp_path / "first", tickets(600, seed=1))
    rows = Held(held.path).on("train").select("text", "queue", "amount", "channel")
    one, other = (
        Dataset("", write_set(tmp_path / name, name, part, None, label="queue", form="classification").folder)
        for name, part in (("canary", tickets(50, seed=9)), ("regression", rows.head(1)))
    )
    assert judge(tmp_path / "g1", shipped, held, None, (one,)).verdict == "pass"
    verdict = judge(tmp_path / "g2", shipped, held, None, (one, other))
    assert verdict.verdict == "fail" and "leakage: 1 rows that train are in what judges" in verdict.sentence


def test_the_shipped_gate_fails_a_change_of_unit_and_names_it(shipped: CompiledGate, tmp_path: Path) -> None:
    first = made(tmp_path / "first", tickets(1000, seed=1))
    second = made(tmp_path / "second", tickets(1000, seed=2, unit=1000), first)
    verdict = judge(tmp_path / "g", shipped, second, first)
    assert verdict.verdict == "fail"
    assert verdict.sentence.endswith("distribution: Rows are not what they were: `amount` looks like × 1000.")


def test_the_shipped_gate_never_passes_what_it_cannot_read(shipped: CompiledGate, tmp_path: Path) -> None:
    broken = made(tmp_path / "first", tickets(300, seed=1))
    for name in ("rows.parquet", "sides.parquet"):
        (broken.path / name).write_bytes(b"PAR1")
    (broken.path / "schema.json").write_text("{}")
    verdict = judge(tmp_path / "g", shipped, broken, broken)
    assert verdict.verdict == "error"
    assert all(found.verdict in ("error", "pass") for found in verdict.findings)
