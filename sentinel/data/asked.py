"""The sets of a line as an evaluation asks them: a Dataset, and beside it in `set.json` what the line says of the set.

A dataset without `set.json` is what a model was trained on: only its gate side is asked, as the set `held-out`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sentinel.data.dataset import ROW, NotADataset, Schema
from sentinel.data.line_set import SET, HeldSet, held_set
from sentinel.domain import names
from sentinel.domain.question import Question
from sentinel.domain.task import CHAT, CLASSIFICATION, FORMS, PREFERENCE

HELD_OUT = "held-out"
_MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """A set: what is asked, in the order of its rows, and how often."""

    name: str
    form: str
    sampled: bool
    repeats: int
    questions: tuple[Question, ...]
    left_out: int = 0
    """Rows that are there twice, or that lack what their form must have."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that its documents truly have."""
        return tuple(sorted({each.truth for each in self.questions})) if self.form == CLASSIFICATION else ()


def asked(folder: Path) -> Asked:
    """The set of a folder."""
    told = held_set(folder) if (folder / SET).exists() else HeldSet(folder, HELD_OUT)
    if not names.is_name(told.name) or told.repeats > _MOST_REPEATS:
        raise NotADataset(f"Its {SET} names no set, or too many repeats.")
    schema = told.schema
    form = _form(schema)
    frame = told.on("gate") if told.name == HELD_OUT else told.columns([ROW, *schema.fields])
    once = frame.unique(ROW, keep="first", maintain_order=True)
    if form in (CLASSIFICATION, "text") and "text" not in once.columns:
        once = once.with_columns(told.texts(once).alias("text"))
    questions = tuple(_questions(once, form, schema))
    return Asked(told.name, form, told.sampled, told.repeats, questions, len(frame) - len(questions))


def _form(schema: Schema) -> str:
    if schema.form is not None:
        return schema.form
    has = set(schema.fields)
    for form in (CHAT, PREFERENCE):
        if has >= set(FORMS[form]):
            return form
    if schema.label is not None or has >= set(FORMS[CLASSIFICATION]):
        return CLASSIFICATION
    if schema.texts:
        return "text"
    raise NotADataset("Its rows have none of the forms text, classification, chat and preference.")


def _questions(rows: pl.DataFrame, form: str, schema: Schema) -> Iterator[Question]:
    text, truth, other = {
        CHAT: ("messages", "messages", None), PREFERENCE: ("prompt", "chosen", "rejected"),
        CLASSIFICATION: ("text", schema.label or "label", None),
    }.get(form, ("text", "text", None))  # fmt: skip
    group = schema.group or ("group" if "group" in rows.columns else None)
    for row in rows.iter_rows(named=True):
        if not row[text] or row[truth] is None or (other is not None and row[other] is None):
            continue
        yield Question(
            row[ROW], str(row[text]), _truth(row[truth], form),
            str(row[other]) if other is not None else "", _weight(row.get(schema.weight or "weight")),
            _word(row[group]) if group is not None else None, _word(row.get("slice")),
        )  # fmt: skip


def _truth(value: object, form: str) -> str:
    """What should be answered; of a chat, how it ends; nothing of a text."""
    if form != CHAT:
        return "" if form == "text" else str(value)
    try:
        return str(json.loads(str(value))[-1]["content"])
    except (ValueError, LookupError, TypeError):
        return ""


def _weight(value: object) -> float:
    told = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 1.0
    return told if 0 < told < float("inf") else 1.0


def _word(value: object) -> str | None:
    return None if value is None else str(value)
