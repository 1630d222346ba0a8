"""The sets of a line as an evaluation asks them: a Dataset, and beside it in `set.json` what the line says of the set.

A dataset without `set.json` is what a model was trained on: only its gate side is asked, as the set `held-out`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from sentinel.contract.words import listed
from sentinel.data.dataset import ROW, NotADataset, Schema
from sentinel.data.line_set import SET, HeldSet, held_set
from sentinel.domain import names
from sentinel.domain.digest import digest_of
from sentinel.domain.question import Question
from sentinel.domain.task import CHAT, CLASSIFICATION, FORMS, PREFERENCE

HELD_OUT = "held-out"
_WEIGHT = "weight"
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
    """Rows that are there twice and weigh nothing, or that lack what their form must have."""

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
    if form in (CLASSIFICATION, "text") and "text" not in frame.columns:
        frame = frame.with_columns(told.texts(frame).alias("text"))
    weighs = (schema.weight or _WEIGHT) in frame.columns
    whole = [_named(each, form, weighs) for each in _questions(frame, form, schema)]
    questions = _once(whole, weighs)
    lost = len(frame) - len(whole if weighs else questions)
    return Asked(told.name, form, told.sampled, told.repeats, questions, lost)


def of_task(schema: Schema, task: str) -> None:
    """Refuse rows that would be asked in another form than their line's task, where that is one of the forms."""
    if task not in FORMS or (form := _form(schema)) == task:
        return
    lacking = [name for name in FORMS[task] if name not in schema.fields]
    raise NotADataset(
        f"Its rows would be asked as {form}, and the line's task is {task}: they have {listed(schema.fields)}, and no "
        f"{listed(lacking)}."
    )


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
            str(row[other]) if other is not None else "", _weight(row.get(schema.weight or _WEIGHT)),
            _word(row[group]) if group is not None else None, _word(row.get("slice")),
        )  # fmt: skip


def _named(question: Question, form: str, weighs: bool) -> Question:
    """The question as a document: one prompt may have many pairs, and what is asked often may have many labels."""
    if form == PREFERENCE:
        return replace(question, doc=digest_of([question.doc, question.truth, question.other]))
    return replace(question, doc=digest_of([question.doc, question.truth])) if weighs else question


def _once(questions: Iterable[Question], weighs: bool) -> tuple[Question, ...]:
    """Each document once; where documents weigh, for as much as all its rows do."""
    found: dict[str, Question] = {}
    for each in questions:
        before = found.setdefault(each.doc, each)
        if weighs and before is not each:
            found[each.doc] = replace(before, weight=before.weight + each.weight)
    return tuple(found.values())


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
