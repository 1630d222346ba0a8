"""Assembly: fresh rows of a window, and some that were there before; held against the dataset before, then written.

It is the only way on which rows reach a training. What it gives depends on the rows, the moment and the settings alone.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl

from sentinel.contract.words import listed
from sentinel.data.dataset import ROW, Held, Schema, schema_of, write_dataset
from sentinel.data.gathering import Named, all_rows, named, together, told_of
from sentinel.data.moments import moments, way_of
from sentinel.data.rows import NotRows
from sentinel.data.sides import JUDGES, row_digests
from sentinel.domain.moment import format_moment
from sentinel.domain.quantity import format_duration
from sentinel.domain.task import FORMS, TYPES

ASSEMBLY, TIME = "assembly.json", "at"
_MOST = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """How rows are put together."""

    now: int
    """The moment that the window ends at: UTC, in ms."""
    window: int | None = None
    replay: float = 0.0
    """The share of all rows that the dataset before gives."""
    task: str = ""
    label: str | None = None
    group: str | None = None
    without: tuple[str, ...] = ()
    """Labels that are given up, with their rows."""
    fields: tuple[tuple[str, str], ...] = ()
    """What the line's contract promises, and of which type."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of all rows, for people and for the record."""

    sources: tuple[int, ...]
    fresh: int
    old: int
    """Rows from before the window."""
    ahead: int
    """Rows from after its end."""
    timeless: int
    """Rows of the fresh ones that do not say when they were."""
    empty: int
    """Rows that ask nothing, and are left out."""
    given_up: int
    replay: int
    wanted: int
    """How many rows the dataset before was to give."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """Rows that are fit to be a dataset, and how they came together."""

    rows: pl.DataFrame
    named: Named
    counts: Counts


def assembled(snapshots: Sequence[Path], prior: Held | None, prior_key: str, asked: Asked) -> Assembled:
    """The rows of these snapshots that are fresh, with those that the dataset before gives. NotRows says all that is
    wrong with them.
    """
    held = [(_timed(all_rows(folder)), told_of(folder)) for folder in snapshots]
    what = _agreed([told for _, told in held if told is not None], held, asked)
    rows = together([frame for frame, _ in held])
    if rows.is_empty():
        raise NotRows("There are files, and no row in them." if held else "No source gave any rows.")
    whole = len(rows)
    asks = _filled(rows, what)
    rows, empty = rows.filter(asks), whole - int(asks.sum())
    there = rows.filter(_is_kept(what.label, asked))
    given_up = len(rows) - len(there)
    fresh, old, ahead, timeless = _fresh(there, what.time, asked)
    if fresh.is_empty():
        raise NotRows(_nothing_fresh(whole, old, ahead, empty, asked))
    drawn, wanted = _replayed(fresh, prior, prior_key, what, asked) if prior is not None else (None, 0)
    found = fresh if drawn is None or drawn.is_empty() else together([fresh, drawn])
    counts = Counts(
        tuple(len(frame) for frame, _ in held), len(fresh), old, ahead, timeless, empty, given_up,
        len(found) - len(fresh), wanted,
    )  # fmt: skip
    schema = schema_of(_plain(found), label=what.label, group=what.group, form=what.form, id=what.id, time=what.time)
    wrong = [*_broken(schema, asked), *(_unlike(schema, found, prior, asked) if prior is not None else ())]
    if wrong:
        raise NotRows(" ".join(wrong))
    return Assembled(found, what, counts)


def write_assembled(
    folder: Path, made: Assembled, salt: bytes, hold: float, earlier: Held | None, sets: Iterable[Held]
) -> Held:
    """Write the dataset: each row on its side, and those of the line's sets on the gate's, or left out."""
    judging = [held.sides.filter(pl.col("here")).with_columns(by=pl.lit(JUDGES)) for held in sets]
    decided = pl.concat(judging).unique("row", keep="first", maintain_order=True) if judging else None
    what = made.named
    held = write_dataset(
        folder, made.rows, salt, hold, label=what.label, group=what.group, earlier=earlier, decided=decided,
        form=what.form, id=what.id, time=what.time,
    )  # fmt: skip
    told = {name: getattr(made.counts, name) for name in made.counts.__dataclass_fields__}
    told["kept_out"] = len(made.rows) - (held.rows.count or 0)
    (folder / ASSEMBLY).write_text(json.dumps(told, sort_keys=True) + "\n", encoding="utf-8")
    return held


def _agreed(told: list[Named], held: list[tuple[pl.DataFrame, Named | None]], asked: Asked) -> Named:
    """What the fields are for: as the settings say, else as the sources agree, else by their names."""
    fields = list(dict.fromkeys(name for frame, _ in held for name in frame.columns))
    agreed = {
        each: found.pop() if len(found := {getattr(one, each) for one in told} - {None}) == 1 else None
        for each in ("label", "group")
    }
    label, group = asked.label or agreed["label"], asked.group or agreed["group"]
    for name in (label, group):
        if name is not None and name not in fields:
            raise NotRows(f"The rows have no `{name}`; they have {', '.join(f'`{each}`' for each in fields)}.")
    forms = {one.form for one in told if one.form is not None}
    if len(forms) > 1:
        raise NotRows(f"The sources give rows of different forms: {listed(sorted(forms))}.")
    return named(fields, asked.task or next(iter(forms), ""), label, group)


def _timed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a source with their time as ms since 1970, however it is written; what is none is null."""
    if TIME not in rows.columns:
        return rows
    return rows.with_columns(moments(rows[TIME], way_of(rows[TIME]) or "iso").alias(TIME))


def _filled(rows: pl.DataFrame, what: Named) -> pl.Series:
    """Which rows ask anything at all."""
    asks = [name for name in FORMS.get(what.form or "", ()) if name != "label"]
    texts = [pl.col(name).is_not_null() & (pl.col(name).cast(pl.String).str.strip_chars() != "") for name in asks]
    return rows.select(pl.all_horizontal(texts)).to_series() if texts else pl.Series([True] * len(rows))


def _fresh(rows: pl.DataFrame, time: str | None, asked: Asked) -> tuple[pl.DataFrame, int, int, int]:
    """The rows of the window, those without a time among them; how many were before it, after it, and without one."""
    if time is None:
        return rows, 0, 0, len(rows)
    at = pl.col(time)
    first = asked.now - asked.window if asked.window is not None else None
    ahead = rows.filter(at >= asked.now)
    old = rows.filter(at < first) if first is not None else rows.clear()
    inside = at.is_null() | ((at < asked.now) & (at >= first if first is not None else pl.lit(value=True)))
    return rows.filter(inside), len(old), len(ahead), rows[time].null_count()


def _nothing_fresh(rows: int, old: int, ahead: int, empty: int, asked: Asked) -> str:
    window = f"the {format_duration(asked.window)} before {format_moment(asked.now)}" if asked.window else "the window"
    why = [(old, "are older"), (ahead, "lie ahead of it"), (empty, "ask nothing")]
    more = ", ".join(f"{number} {said}" for number, said in why if number) or "their labels are given up"
    return f"None of {rows} rows is fresh: of {window}, {more}."


def _replayed(
    fresh: pl.DataFrame, prior: Held, prior_key: str, what: Named, asked: Asked
) -> tuple[pl.DataFrame, int]:  # fmt: skip
    """Rows of the dataset before that are not fresh, drawn by a hash; first one of each label that is not fresh.

    And how many were wanted: as many as make up their share of the whole.
    """
    wanted = round(len(fresh) * asked.replay / (1 - asked.replay))
    if not wanted:
        return fresh.clear(), 0
    schema = prior.schema
    rows = prior.columns([ROW, *(name for name in schema.fields)])
    content = [name for name in schema.content if name in fresh.columns]
    known = set(row_digests(_plain(fresh).select(content))) if content == schema.content else set[str]()
    left = rows.filter(~pl.col(ROW).is_in(list(known)))
    label = what.label if what.label in left.columns else None
    left = left.filter(_is_kept(label, asked))
    place = [sha256(f"{prior_key}\0{row}".encode()).hexdigest() for row in left[ROW]]
    left = left.with_columns(pl.Series("_place", place)).with_row_index("_order")
    first = pl.lit(value=False)
    if label is not None:
        there = fresh[label].cast(pl.String).unique().drop_nulls().to_list()
        alone = pl.col(label).is_not_null() & ~pl.col(label).cast(pl.String).is_in(there)
        first = alone & (pl.col("_place").rank("ordinal").over(label) == 1)
    drawn = left.with_columns(first.alias("_first")).sort(["_first", "_place"], descending=[True, False]).head(wanted)
    return drawn.sort("_order").drop("_order", "_place", "_first", ROW), wanted


def _is_kept(label: str | None, asked: Asked) -> pl.Expr:
    """Whether a row's label is none of those that are given up."""
    if label is None or not asked.without:
        return pl.lit(value=True)
    return ~pl.col(label).cast(pl.String).is_in(list(asked.without)).fill_null(value=False)


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col(pl.Float64).fill_nan(None))


def _broken(schema: Schema, asked: Asked) -> list[str]:
    """What the line's contract promises, and the rows do not keep."""
    wrong = []
    for name, kind in asked.fields:
        wanted, there = TYPES.get(kind, kind), schema.fields.get(name)
        if there is None:
            wrong.append(f"`{name}` of the line's contract is missing.")
        elif there != wanted and (wanted, there) != ("number", "integer"):
            wrong.append(f"`{name}` is {there}, and {wanted} in the line's contract.")
    return wrong


def _unlike(schema: Schema, rows: pl.DataFrame, prior: Held, asked: Asked) -> list[str]:
    """What the dataset before had and these rows have not; how much of it there is, a gate judges."""
    before = prior.schema
    wrong = []
    if before.form is not None and schema.form != before.form:
        wrong.append(f"The rows are of the form {schema.form or 'none'}, and were {before.form}.")
    if before.label != schema.label:
        wrong.append(f"The label is `{schema.label}`, and was `{before.label}`.")
    for name in (*before.features, *([before.time] if before.time else ())):
        there = schema.fields.get(name)
        if there is None:
            wrong.append(f"`{name}` of the dataset before is gone.")
        elif there != before.fields[name] and (before.fields[name], there) not in _WIDER:
            wrong.append(f"`{name}` is {there}, and was {before.fields[name]}.")
    if schema.label is not None and schema.label == before.label:
        labels = set(rows[schema.label].cast(pl.String).unique().drop_nulls()) | set(asked.without)
        gone = sorted(set(prior.profile.labels) - labels)
        if gone:
            more = f" and {len(gone) - _MOST} more" if len(gone) > _MOST else ""
            wrong.append(
                f"The labels {listed(gone[:_MOST])}{more} are gone: widen the window, let `replay` keep them, or name"
                " under `without` what is given up."
            )
    return wrong


_WIDER = {("number", "integer"), ("integer", "number")}
"""Types that change with the values that happen to be there: 3.0 is written as 3."""
