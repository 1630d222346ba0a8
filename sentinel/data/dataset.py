"""The Dataset form: rows in one schema, what they look like, and the side that each is on.

`rows.parquet` holds the fields, and each row's digest in `_row`; `schema.json` says what the fields are, `profile.json`
what they look like, `sides.parquet` which side each row is on, and what is remembered of rows that were there before.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import polars as pl

from sentinel.data.profile import profile
from sentinel.data.rows import NotRows, Rows
from sentinel.data.sides import barred, decide, row_digests
from sentinel.domain.digest import Json
from sentinel.domain.form import from_json, to_json
from sentinel.domain.profile import Mass, Profile
from sentinel.domain.task import ASKED

ROWS, SCHEMA, PROFILE, SIDES = "rows.parquet", "schema.json", "profile.json", "sides.parquet"
ROW = "_row"
REMEMBERED = 8
"""How many datasets back a profile tells the labels."""
MASSES = 5
_SHOWN = 80
TYPES = {pl.Int64: "integer", pl.Float64: "number", pl.Boolean: "flag", pl.String: "text"}


T = TypeVar("T")


class NotADataset(Exception):
    """A folder does not hold what the form says."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What the fields are: integer, number, flag or text. The label is one of them; so is what says who or when."""

    fields: dict[str, str]
    label: str | None = None
    group: str | None = None
    version: int = 1
    form: str | None = None
    """The canonical form that the rows have."""
    id: str | None = None
    time: str | None = None
    """When a row was: ms since 1970, UTC."""
    weight: str | None = None
    """For how many rows one stands."""

    @property
    def aside(self) -> list[str]:
        """The fields that say who or when, and nothing of what a row is."""
        return [name for name in (self.group, self.id, self.time, self.weight) if name is not None]

    @property
    def features(self) -> list[str]:
        """The fields that may tell something of a row: neither the label nor what stands aside."""
        return [name for name in self.fields if name != self.label and name not in self.aside]

    @property
    def content(self) -> list[str]:
        """What makes a row the row that it is, wherever it comes from: of a canonical form, what is asked."""
        return list(ASKED[self.form]) if self.form is not None else self.features

    @property
    def texts(self) -> list[str]:
        """Those of them that hold text."""
        return [name for name in self.content if self.fields[name] == "text"]


@dataclass(frozen=True)
class Held:
    """A dataset, read as far as it is asked for."""

    folder: Path

    @cached_property
    def schema(self) -> Schema:
        """What the fields are."""
        return _read(self.folder, SCHEMA, Schema)

    @cached_property
    def profile(self) -> Profile:
        """What the rows look like."""
        return _read(self.folder, PROFILE, Profile)

    @property
    def rows(self) -> Rows:
        """The rows, some at a time."""
        return Rows((self.folder / ROWS,))

    def columns(self, names: Sequence[str]) -> pl.DataFrame:
        """Some columns of all rows."""
        return _parquet(self.folder / ROWS, names)

    @cached_property
    def sides(self) -> pl.DataFrame:
        """The side of each different row."""
        return _parquet(self.folder / SIDES, None)

    def on(self, side: str) -> pl.DataFrame:
        """The rows of one side: what is on the gate's side never trains."""
        there = self.sides.filter(pl.col("here") & (pl.col("side") == side)).select("row")
        return self.columns([ROW, *self.schema.fields]).join(
            there, left_on=ROW, right_on="row", how="semi", maintain_order="left"
        )

    def texts(self, rows: pl.DataFrame) -> pl.Series:
        """What each row says: its text fields, one after the other."""
        return said(rows, self.schema)


def write_dataset(
    folder: Path, rows: pl.DataFrame, salt: bytes, hold: float, *, label: str | None = None, group: str | None = None,
    earlier: Held | None = None, decided: pl.DataFrame | None = None, form: str | None = None, id: str | None = None,
    time: str | None = None, weight: str | None = None,
) -> Held:  # fmt: skip
    """Write a dataset of these rows, after an earlier one whose sides hold on. What is `decided` are the sides of rows
    that judge elsewhere: they hold on too, and what trained before and judges there now is left out.
    """
    for name in (label, group, id, time, weight):
        if name is not None and name not in rows.columns:
            raise NotRows(f"The rows have no `{name}`; they have {', '.join(f'`{each}`' for each in rows.columns)}.")
    strange = [name for name, kind in rows.schema.items() if type(kind) not in TYPES or name == ROW]
    if strange:
        raise NotRows(f"A dataset holds no `{strange[0]}` of type {rows.schema[strange[0]]}.")
    plain = rows.with_columns(pl.col(pl.Float64).fill_nan(None))
    schema = schema_of(plain, label=label, group=group, form=form, id=id, time=time, weight=weight)
    digests = pl.Series(ROW, row_digests(plain.select(schema.content)))
    groups = plain[group].cast(pl.String) if group is not None else pl.Series([None] * len(plain), dtype=pl.String)
    asked = pl.DataFrame({"row": digests, "group": groups, "text": said(plain, schema)})
    sides = decide(asked, salt, hold, _known(earlier, decided))
    if decided is not None and (out := barred(sides, decided)):
        if len(out) == sides["here"].sum():
            raise NotRows(
                f"All of its {len(rows)} rows are in one of the line's sets, or nearly the same as one there."
            )
        kept = ~digests.is_in(out)
        plain, digests, asked = plain.filter(kept), digests.filter(kept), asked.filter(kept)
        here = pl.col("here") & ~pl.col("row").is_in(out)
        sides = sides.with_columns(here).sort("here", descending=True, maintain_order=True)
    told = profile(plain, label=label, skip=schema.aside)
    before = earlier.profile if earlier is not None else None
    if before is not None and before.labels:
        told = replace(told, history=(before.labels, *before.history)[:REMEMBERED])
    told = replace(told, masses=_masses(asked, sides))
    folder.mkdir(exist_ok=True)
    plain.insert_column(0, digests).write_parquet(folder / ROWS)
    sides.write_parquet(folder / SIDES)
    _write(folder / SCHEMA, to_json(schema))
    _write(folder / PROFILE, to_json(told))
    return Held(folder)


def schema_of(
    rows: pl.DataFrame, *, label: str | None = None, group: str | None = None, form: str | None = None,
    id: str | None = None, time: str | None = None, weight: str | None = None,
) -> Schema:  # fmt: skip
    """What the fields of these rows are."""
    types = {name: TYPES[type(kind)] for name, kind in rows.schema.items()}
    return Schema(types, label, group, form=form, id=id, time=time, weight=weight)


def _known(earlier: Held | None, decided: pl.DataFrame | None) -> pl.DataFrame | None:
    """The sides that are decided: those of the dataset before, and others as far as it says nothing of them."""
    if earlier is None or decided is None:
        return decided if earlier is None else earlier.sides
    here = earlier.sides
    fresh = decided.filter(~pl.col("unit").is_in(here["unit"].implode()) & ~pl.col("key").is_in(here["key"].implode()))
    return pl.concat([here, fresh.join(here, on="row", how="anti", maintain_order="left")])


def said(rows: pl.DataFrame, schema: Schema) -> pl.Series:
    """What each row says: its text fields, one after the other; nothing where it has none."""
    if not schema.texts:
        return pl.Series([None] * len(rows), dtype=pl.String)
    return rows.select(pl.concat_str(schema.texts, separator="\n", ignore_nulls=True)).to_series()


def _masses(asked: pl.DataFrame, sides: pl.DataFrame) -> tuple[Mass, ...]:
    """The largest groups of rows that say the same, or nearly."""
    held = asked.join(sides.select("row", "key", "by"), on="row", how="left", maintain_order="left")
    counted = held.filter(pl.col("by") != "group").group_by("key").agg(pl.len().alias("rows"), pl.col("text").first())
    largest = counted.filter(pl.col("rows") > 1).sort(["rows", "key"], descending=[True, False]).head(MASSES)
    return tuple(Mass(rows, " ".join((text or "").split())[:_SHOWN]) for _, rows, text in largest.iter_rows())


def _read(folder: Path, name: str, kind: type[T]) -> T:
    try:
        return from_json(kind, json.loads((folder / name).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        gist = f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"
        raise NotADataset(f"Its {name} is not what the form says: {gist}.") from error


def _parquet(path: Path, names: Sequence[str] | None) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, columns=list(names) if names is not None else None, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        gist = " ".join(str(error).split())[:80]
        raise NotADataset(f"Its {path.name} cannot be read: {gist}.") from error


def _write(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
