"""The rows of a dataset that train, in a canonical form: all of the train side's, and of the gate's side not one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from sentinel.data.dataset import ROW, ROWS, Held, Schema
from sentinel.data.sides import GATE, TRAIN
from sentinel.domain.task import CHAT, CLASSIFICATION, FORMS, PREFERENCE, TEXT


class NotTrainable(Exception):
    """A dataset does not hold what a model could be trained on."""


@dataclass(frozen=True, slots=True)
class Training:
    """Rows that train: their form, their fields by its names, and their digests, in the order of these."""

    form: str
    rows: tuple[dict[str, Any], ...]
    digests: tuple[str, ...]
    lacking: int
    """Rows of the train side that lack a field of the form, and are left out."""

    @property
    def labels(self) -> list[str]:
        """The labels that were seen, in order."""
        return sorted({row["label"] for row in self.rows}) if self.form == CLASSIFICATION else []

    @property
    def texts(self) -> list[str]:
        """All that the rows say, for a tokenizer to be made of."""
        return [str(value) for row in self.rows for value in row.values()]


def training(folder: Path) -> Training:
    """The rows of the train side. The others are never made into rows: only a side's digests are read of them."""
    held = Held(folder)
    form = form_of(held.schema)
    fields = _fields(held.schema, form)
    sides = held.sides.filter(pl.col("here"))
    mine = sides.filter(pl.col("side") == TRAIN).select(pl.col("row").alias(ROW))
    theirs = frozenset(sides.filter(pl.col("side") == GATE)["row"])
    told = (
        pl.scan_parquet(folder / ROWS, glob=False)
        .join(mine.lazy(), on=ROW, how="semi")
        .select(ROW, **{name: column.cast(pl.String) for name, column in fields.items()})
        .collect()
    )
    # the order is that of the digests, so that it says nothing of how the rows came in
    whole = told.drop_nulls().sort(ROW, *fields)
    if not theirs.isdisjoint(whole[ROW]):
        raise NotTrainable("A row of the gate's side is among those that train.")
    rows = tuple(whole.drop(ROW).iter_rows(named=True))
    return Training(form, rows, tuple(whole[ROW]), len(told) - len(whole))


def form_of(schema: Schema) -> str:
    """The form that a dataset says it has, or that its fields speak of."""
    named = getattr(schema, "form", None)
    if named is not None:
        return str(named)
    if schema.label is not None:
        return CLASSIFICATION
    for form in (CHAT, PREFERENCE, TEXT):
        if all(name in schema.fields for name in FORMS[form]):
            return form
    there = ", ".join(f"`{name}`" for name in schema.fields)
    raise NotTrainable(f"The rows are of no form that trains: they have {there}, and no label.")


def _fields(schema: Schema, form: str) -> dict[str, Any]:
    """How each field of the form is found: by its own name; the label by the dataset's word, the text in all texts."""
    fields = {name: pl.col(name) for name in FORMS.get(form, ()) if name in schema.fields}
    if form == CLASSIFICATION:
        if schema.label is not None:
            fields["label"] = pl.col(schema.label)
        if "text" not in fields and schema.texts:
            fields["text"] = pl.concat_str(schema.texts, separator="\n", ignore_nulls=True)
    lacking = [name for name in FORMS.get(form, ("form",)) if name not in fields]
    if lacking:
        raise NotTrainable(f"The dataset is of the form {form}, and has no `{lacking[0]}`.")
    return fields
