"""Rows of a source on their way to a dataset: named as they are called here, with the form that they have.

A snapshot holds rows and, where we made it, `snapshot.json`, which says what the fields are for.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from sentinel.contract.words import listed
from sentinel.data.rows import NotRows, rows_in
from sentinel.data.snapshot import Snapshot, read_snapshot, write_snapshot
from sentinel.domain.task import CHAT, CLASSIFICATION, FORMS, PREFERENCE, TEXT

TAKEN = "rows.parquet"
NAMED = ("id", "at", "text", "label", "messages", "prompt", "chosen", "rejected", "group", "slice")
"""The fields that mean the same in every line, in the order in which they are written."""
_ORDER = (PREFERENCE, CHAT, CLASSIFICATION, TEXT)


@dataclass(frozen=True, slots=True)
class Named:
    """What the fields of rows are for."""

    form: str | None = None
    label: str | None = None
    group: str | None = None
    id: str | None = None
    time: str | None = None

    def within(self, fields: Collection[str]) -> "Named":
        """The same, as far as these fields are there."""
        there = {each: getattr(self, each) for each in ("label", "group", "id", "time")}
        return replace(self, **{each: name if name in fields else None for each, name in there.items()})


def named(fields: Collection[str], task: str = "", label: str | None = None, group: str | None = None) -> Named:
    """What the fields are for, told by their names; a line's task and its fields say more where it has them."""
    labels = label or ("label" if "label" in fields else None)
    form = next((each for each in ([task] if task in FORMS else _ORDER) if _has(fields, each, labels)), None)
    return Named(form, labels, group or ("group" if "group" in fields else None), "id", "at").within(fields)


def _has(fields: Collection[str], form: str, label: str | None) -> bool:
    return all((label if name == "label" else name) in fields for name in FORMS[form])


def renamed(rows: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """The rows with their fields called as they are called here; `names` gives what the source calls each of them."""
    strange = [there for there in names.values() if there not in rows.columns]
    if strange:
        raise NotRows(f"The rows have no {listed(strange)}; they have {listed(rows.columns)}.")
    taken = [here for here, there in names.items() if here in rows.columns and here not in names.values()]
    if any(names[here] != here for here in taken):
        raise NotRows(f"The rows have a {listed(taken)} of their own already; leave {listed(taken)} out of `map:`.")
    left = [pl.col(name) for name in rows.columns if name not in names.values()]
    return rows.select([*(pl.col(there).alias(here) for here, there in names.items()), *left])


def all_rows(place: Path) -> pl.DataFrame:
    """All rows of a file, or of a snapshot: what was put into quarantine is none of them."""
    held = rows_in(place)
    found = list(held) if held.schema else []
    return pl.concat(found) if found else pl.DataFrame(schema=held.schema)


def keep_rows(folder: Path, rows: pl.DataFrame, what: Named, made_of: Snapshot) -> Snapshot:
    """Write a snapshot of these rows, and what their fields are for."""
    folder.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(folder / TAKEN)
    told = replace(made_of, rows=len(rows), form=what.form, label=what.label, group=what.group, id=what.id,
                   time=what.time, slice="slice" if "slice" in rows.columns else None)  # fmt: skip
    write_snapshot(folder, told)
    return told


def told_of(folder: Path) -> Named | None:
    """What a snapshot says of its fields; None where nobody has looked at them yet."""
    told = read_snapshot(folder)
    if told is None or not any((told.form, told.label, told.id, told.time)):
        return None
    return Named(told.form if told.form in FORMS else None, told.label, told.group, told.id, told.time)


def together(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of several sources in one schema: what is a number here and a word there is text."""
    kinds: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, kind in frame.schema.items():
            kinds.setdefault(name, set()).update([kind] if not frame[name].is_null().all() else [])
    common = {name: _common(found) for name, found in kinds.items()}
    return pl.concat([
        frame.select([
            pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
            for name, kind in common.items()
        ])
        for frame in frames
    ]) if frames else pl.DataFrame()  # fmt: skip


def _common(found: set[pl.DataType]) -> pl.DataType:
    if len(found) == 1:
        return next(iter(found))
    return pl.Float64() if found and found <= {pl.Int64(), pl.Float64()} else pl.String()
