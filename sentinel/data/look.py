"""Rows as somebody names them, a dataset or a file, for verbs that only look at them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from sentinel.data.dataset import ROW, SCHEMA, Held, Schema, schema_of
from sentinel.data.gathering import all_rows, named
from sentinel.data.profile import profile
from sentinel.data.rows import NotRows
from sentinel.data.sides import row_digests
from sentinel.domain.digest import Json
from sentinel.domain.profile import CATEGORY, NUMBER, Profile

_TOP = 3


@dataclass(frozen=True)
class Looked:
    """Rows, what their fields are and what they look like."""

    place: Path

    @cached_property
    def held(self) -> Held | None:
        """The dataset, where it is one."""
        return Held(self.place) if (self.place / SCHEMA).is_file() else None

    @cached_property
    def rows(self) -> pl.DataFrame:
        """All rows."""
        if self.held is not None:
            return self.held.columns([ROW, *self.held.schema.fields])
        found = all_rows(self.place)
        if found.is_empty():
            raise NotRows(f"{self.place.name} holds no rows.")
        return found

    @cached_property
    def schema(self) -> Schema:
        """What the fields are."""
        if self.held is not None:
            return self.held.schema
        what = named(self.rows.columns)
        return schema_of(self.rows, label=what.label, group=what.group, form=what.form, id=what.id, time=what.time)

    @cached_property
    def profile(self) -> Profile:
        """What the rows look like."""
        return self.held.profile if self.held is not None else self.against(None)

    def against(self, reference: Profile | None) -> Profile:
        """The same, counted over the bins of a reference."""
        known = reference.fields if reference is not None else {}
        skip = [ROW, *(name for name in self.schema.aside if name not in known)]
        return profile(self.rows, reference, label=self.schema.label, skip=skip)

    @cached_property
    def digests(self) -> set[str]:
        """The digests of the rows."""
        return set(self.rows[ROW] if ROW in self.rows.columns else row_digests(self.rows.select(self.schema.content)))


def told(looked: Looked) -> Json:
    """What rows look like, as a person reads it."""
    made, schema = looked.profile, looked.schema
    times = looked.rows[schema.time] if schema.time is not None else None
    timed = times.drop_nulls() if times is not None and times.dtype == pl.Int64 else None
    sides = looked.held.sides.filter(pl.col("here"))["side"].value_counts() if looked.held is not None else None
    return {
        "rows": made.rows, "form": schema.form, "label": schema.label,
        "fields": [{"field": name, "kind": kind, **_field(name, kind, made)} for name, kind in made.fields.items()],
        "labels": dict(sorted(made.labels.items(), key=lambda each: (-each[1], each[0]))),
        "unlabelled": made.unlabelled,
        "first": int(timed.min()) if timed is not None and len(timed) else None,  # type: ignore[arg-type]
        "last": int(timed.max()) if timed is not None and len(timed) else None,  # type: ignore[arg-type]
        "sides": dict(sorted(sides.iter_rows())) if sides is not None else None,
        "masses": [{"rows": mass.rows, "says": mass.says} for mass in made.masses],
    }  # fmt: skip


def _field(name: str, kind: str, made: Profile) -> Json:
    if kind == CATEGORY:
        held = made.values[name]
        top = [[value, held.counts[value] / max(1, made.rows)] for value in held.first[:_TOP]]
        return {"missing": held.nulls, "different": len(held.counts) + bool(held.others), "top": top}
    numbers = made.numbers[name if kind == NUMBER else f"{name}.length"]
    ends = [numbers.quantiles[place] for place in (0, len(numbers.quantiles) // 2, -1)] if numbers.quantiles else []
    return {"missing": numbers.nulls, "mean": numbers.mean if numbers.rows else None, "least_median_most": ends}
