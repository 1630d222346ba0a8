"""Usage: what was asked of a line, joined by id to the labels that came back for it.

A set is made of labels that were left to a known chance, and each row stands for as many as its chance says. Training
takes labels of any reason; what somebody volunteered gives way to what was looked at with care.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from sentinel.data.gathering import NAMED
from sentinel.data.rows import NotRows, record
from sentinel.data.sides import GATE, decide, row_digests
from sentinel.domain.digest import Json
from sentinel.domain.outcome import CORRECTION, FEEDBACK
from sentinel.outside.growing import growing

ID, TIME, LABEL, WEIGHT, NUMBER = "id", "at", "label", "weight", "number"
_ANSWERS = frozenset({"answer", "version", "probabilities", "right", "score", "why", "chance", "number", LABEL, WEIGHT})
"""What a served answer has besides the request."""
_RANK = {FEEDBACK: 0, CORRECTION: 2}


@dataclass(frozen=True, slots=True)
class Joined:
    """Rows with their labels, and how many labels found no text, or said no word."""

    rows: pl.DataFrame
    labels: int
    textless: int
    wordless: int

    @property
    def says(self) -> str:
        """What became of the labels, for people."""
        left = [
            (self.textless, "without a text in the live file"),
            (self.wordless, "without a word for what was right"),
        ]
        more = "".join(f", {number} {why}" for number, why in left if number)
        return f"{len(self.rows)} rows of {self.labels} labels{more}"


def labels_in(usage: Json) -> list[Json]:
    """The labels that a step was told of, as the daemon hands them over."""
    keys = usage.get("keys") or ()
    return [dict(zip(keys, each, strict=True)) for each in json.loads(usage.get("labels") or "[]")]


def counting(labels: Iterable[Json], first: int) -> list[Json]:
    """The labels of known chance that settled after a moment, one for each answer, in the order in which they did."""
    newest = {told["id"]: told for told in labels if told["chance"] is not None and told["slot"] > first}
    return sorted(newest.values(), key=lambda told: told[NUMBER])


def teaching(labels: Iterable[Json]) -> list[Json]:
    """The label of each answer that training goes by: a correction first, a volunteered one last, else the newest."""
    ranked = sorted(labels, key=lambda told: (_RANK.get(told["why"], 1), told[NUMBER]))
    best = {told["id"]: told for told in ranked}
    return sorted(best.values(), key=lambda told: told[NUMBER])


def joined(labels: Sequence[Json], live: Path, *, words: bool, weighed: bool = False) -> Joined:
    """These labels with what was asked, as a line of the live file says it; `words` wants a label that is a word."""
    asked = dict(_asked(live, {told["id"] for told in labels})) if labels else {}
    rows: list[dict[str, Any]] = []
    textless = wordless = 0
    for told in labels:
        row = asked.get(told["id"])
        if row is None:
            textless += 1
            continue
        word = told["label"]
        if word is None and told["counts"] and told["value"] == 1:
            word = told["answer"] if told["answer"] is not None else row.get("answer")
        if words and not isinstance(word, str):
            wordless += 1
            continue
        kept = {name: _plain(value) for name, value in row.items() if name not in _ANSWERS}
        rows.append({
            **kept, ID: told["id"], TIME: told["at"], **({LABEL: word} if isinstance(word, str) else {}),
            **({WEIGHT: 1 / told["chance"]} if weighed else {}),
        })  # fmt: skip
    return Joined(_frame(rows), len(labels), textless, wordless)


def gate_side(
    rows: pl.DataFrame, content: Sequence[str], salt: bytes, hold: float, *, group: str | None,
    earlier: pl.DataFrame | None,
) -> pl.DataFrame:  # fmt: skip
    """Those of the rows that are on the gate's side, which never trains."""
    texts = [name for name in content if rows.schema[name] == pl.String]
    asked = pl.DataFrame({
        "row": row_digests(rows.select(content)),
        "group": rows[group].cast(pl.String) if group is not None else pl.Series([None] * len(rows), dtype=pl.String),
        "text": rows.select(pl.concat_str(texts, separator="\n", ignore_nulls=True)).to_series()
        if texts else pl.Series([None] * len(rows), dtype=pl.String),
    })  # fmt: skip
    sides = decide(asked, salt, hold, earlier)
    held = set(sides.filter(pl.col("here") & (pl.col("side") == GATE))["row"])
    return rows.filter(asked["row"].is_in(list(held)))


def _asked(live: Path, wanted: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines of a growing file that hold what was asked under one of these ids. A line that is torn is left out."""
    try:
        with growing(live) as handle:
            for line in handle:
                if not line.endswith(b"\n"):
                    return
                try:
                    told = record(line)
                except ValueError:
                    continue
                if isinstance(told, dict) and isinstance(told.get(ID), str) and told[ID] in wanted:
                    yield told[ID], told
    except FileNotFoundError:
        return
    except OSError as error:
        raise NotRows(f"{live.name} cannot be read: {error.strerror or type(error).__name__}.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in (*NAMED, *row) if name in row))
    return pl.DataFrame({name: _column(name, [row.get(name) for row in rows]) for name in names})


def _column(name: str, values: list[Any]) -> pl.Series:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds and kinds <= {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    said = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return pl.Series(name, said, dtype=pl.String)
