"""Normalising: a snapshot's rows in one canonical form, by an explicit mapping; what does not fit is left aside."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from sentinel.data.contract import held_to
from sentinel.data.mapping import REASON, hold, mapped
from sentinel.data.mapping import Mapping as FieldMapping
from sentinel.data.moments import way_of
from sentinel.data.nested import Nested
from sentinel.data.quarantine import Quarantine
from sentinel.data.rows import Rows, rows_in
from sentinel.data.shape import Shape
from sentinel.data.snapshot import Snapshot, read_snapshot, write_snapshot
from sentinel.domain.form import to_json
from sentinel.domain.task import FORMS

AT_MOST = 0.05
AT_LEAST = 20
LARGEST = 0.95


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is still taken: otherwise nothing is."""

    at_most: float = AT_MOST
    """The share of rows that may not fit."""
    at_least: int = AT_LEAST
    """Rows that must be left."""
    largest_at_most: float = LARGEST
    """The share of the largest label."""
    contract: Mapping[str, str] = field(default_factory=dict)
    """Fields and types of the line's contract."""


def normalize(
    place: Path, folder: Path, mapping: FieldMapping, bounds: Bounds = Bounds(),
    tell: Callable[[float, float | None], None] = lambda _done, _total: None,
) -> Snapshot:  # fmt: skip
    """Write the rows of a snapshot in their canonical form to a folder. NotRows says why that cannot be."""
    held = rows_in(place)
    before = read_snapshot(place)
    hold(mapping, held.schema)
    told = _timed(mapping, held)
    folder.mkdir(parents=True, exist_ok=True)
    quarantine, shape = Quarantine(bounds.at_most), Shape()
    total = before.rows if before is not None else held.count
    nested, parts = Nested(held), 0
    for file, line, block in _blocks(held):
        made = held_to(mapped(block, told, nested.of(file, line, block, told.texts)), bounds.contract)
        _leave(made, block, file.relative_to(place).as_posix(), line, told, quarantine)
        good = made.filter(pl.col(REASON).is_null()).drop(REASON)
        if len(good):
            shape.add(good)
            good.write_parquet(folder / f"part-{parts:05}.parquet")
            parts += 1
        quarantine.look(shape.rows)
        tell(shape.rows + quarantine.count, total)
    quarantine.hold(shape.rows)
    shape.hold(bounds.at_least, bounds.largest_at_most)
    quarantine.write(folder)
    made_of = before if before is not None else Snapshot({"from": "rows"}, (), 0)
    snapshot = replace(
        made_of, rows=shape.rows, quarantined=quarantine.count, form=told.form,
        id="id" if told.id else None, label="label" if shape.labels else None,
        group="group" if told.group else None, time="at" if told.at else None,
        slice="slice" if told.slice else None, mapping=to_json(told), coverage=shape.coverage,
        labels=shape.label_shape(),
    )  # fmt: skip
    write_snapshot(folder, snapshot)
    return snapshot


def unseen(snapshot: Snapshot) -> list[str]:
    """Labels that were to be renamed and are not there: a slip of the pen, perhaps."""
    told = snapshot.mapping["labels"] if snapshot.labels is not None else {}
    counts = snapshot.labels.counts if snapshot.labels is not None else {}
    return sorted({name for name in told.values() if name not in counts})


def _timed(mapping: FieldMapping, rows: Rows) -> FieldMapping:
    """The mapping with how times are written, as the first of them tell where nobody said."""
    if mapping.at is None or mapping.times is not None:
        return mapping
    found = (way_of(block[mapping.at]) for block in rows)
    return replace(mapping, times=next((way for way in found if way is not None), "iso"))


def _blocks(rows: Rows) -> Iterator[tuple[Path, int, pl.DataFrame]]:
    """Some rows at a time, with their file and the number of the first."""
    for file in rows.files:
        line = 1
        for block in rows.of(file):
            yield file, line, block
            line += len(block)


def _leave(
    made: pl.DataFrame, block: pl.DataFrame, file: str, line: int, mapping: FieldMapping, quarantine: Quarantine
) -> None:  # fmt: skip
    """Leave aside what does not fit, with the values that were looked at."""
    wrong = made[REASON].is_not_null()
    if not wrong.any():
        return
    names = [name for name in block.columns if name in _looked_at(mapping)]
    numbers = pl.Series(range(line, line + len(block))).filter(wrong)
    starts = block.filter(wrong).select(pl.struct(names).struct.json_encode().str.slice(0, 400)).to_series()
    for number, reason, start in zip(numbers, made[REASON].filter(wrong), starts, strict=True):
        quarantine.add(file, number, reason, start)


def _looked_at(mapping: FieldMapping) -> set[str]:
    fields = {source for name in FORMS[mapping.form] for source in mapping.sources(name)}
    return fields | set(mapping.keep.values()) | set(mapping.beside.values())
