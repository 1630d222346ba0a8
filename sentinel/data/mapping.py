"""Mapping: which fields of a source become which fields of a canonical form. All of it is said, and nothing guessed,
but how times are written, which is told.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import polars as pl

from sentinel.data.canonical import BESIDE, MESSAGES, conversations, text_fields, unfit
from sentinel.data.moments import moments
from sentinel.data.rows import NotRows
from sentinel.domain.task import CHAT, CLASSIFICATION, FORMS

REASON = "_reason"
ROW = "_row"
_NESTED = "_nested."
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Mapping:
    """What becomes what. A field of the form that is not in `map` is the source's of the same name."""

    form: str
    map: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The form's field, and those of the source that are joined to it, line by line."""
    keep: dict[str, str] = field(default_factory=dict)
    """Further fields: what they are called here, and in the source."""
    id: str | None = None
    at: str | None = None
    group: str | None = None
    slice: str | None = None
    times: str | None = None
    """How `at` is written: iso, s or ms."""
    labels: dict[str, str] = field(default_factory=dict)
    """Labels that are called otherwise here."""
    turn: dict[str, str] = field(default_factory=dict)
    """What `role` and `content` of a message are called in the source."""
    roles: dict[str, str] = field(default_factory=dict)
    """What speakers are called in the source, and here."""

    def sources(self, name: str) -> tuple[str, ...]:
        """The source's fields that a field of the form is made of."""
        return self.map.get(name, (name,))

    @property
    def texts(self) -> list[str]:
        """The source's fields that must hold text."""
        return [source for name in text_fields(self.form) for source in self.sources(name)]

    @property
    def beside(self) -> dict[str, str]:
        """What stands beside the form's fields, and of which field of the source it is made."""
        told = {"id": self.id, "at": self.at, "group": self.group, "slice": self.slice}
        return {name: source for name, source in told.items() if source is not None}


def hold(mapping: Mapping, fields: Collection[str]) -> None:
    """Refuse a mapping that does not fit the form, or the source's fields."""
    if mapping.form not in FORMS:
        raise NotRows(f"There is no form `{mapping.form}`; there are {_named(FORMS)}.")
    strange = [name for name in mapping.map if name not in FORMS[mapping.form]]
    if strange:
        of = f"A row of {mapping.form} has {_named(FORMS[mapping.form])}, and no {_named(strange)}."
        raise NotRows(f"{of} Further fields go under `keep`.")
    taken = [name for name in mapping.keep if name in (*FORMS[mapping.form], *BESIDE, ROW, REASON)]
    if taken:
        raise NotRows(f"{_named(taken)} cannot be kept under a name that has a meaning of its own. Choose another.")
    if mapping.labels and mapping.form != CLASSIFICATION:
        raise NotRows(f"Labels are renamed, and a row of {mapping.form} has none.")
    wanted = [source for name in FORMS[mapping.form] for source in mapping.sources(name)]
    missing = [name for name in (*wanted, *mapping.keep.values(), *mapping.beside.values()) if name not in fields]
    if missing:
        raise NotRows(f"The rows have no {_named(dict.fromkeys(missing))}; they have {_named(fields)}.")


def mapped(block: pl.DataFrame, mapping: Mapping, nested: dict[str, pl.Series]) -> pl.DataFrame:
    """Rows in their canonical form, each with why it does not fit in `_reason`: null where it does.

    `nested` says of some fields in which rows they hold a list or a record, which is no text.
    """
    block = block.with_columns(told.alias(_NESTED + name) for name, told in nested.items())
    columns, wrong = [], []
    for name in text_fields(mapping.form):
        sources = mapping.sources(name)
        columns.append(pl.concat_str([_said(each) for each in sources], separator="\n", ignore_nulls=True).alias(name))
        # joined, nothing and nothing is an empty text
        wrong += [_nested(each) for each in sources if each in nested]
    made = block.select(
        *columns,
        *[_said(source).alias(name) for name, source in mapping.beside.items() if name != "at"],
        *[pl.col(source).alias(name) for name, source in mapping.keep.items()],
        pl.coalesce([*wrong, pl.repeat(None, pl.len(), dtype=pl.String)]).alias(REASON),
    )
    if mapping.form == CLASSIFICATION:
        label = pl.col("label").str.strip_chars()
        made = made.with_columns(label.replace(mapping.labels) if mapping.labels else label)
    if mapping.form == CHAT:
        made = _chat(made, block, mapping)
    if mapping.at is not None:
        made = _at(made, block[mapping.at], mapping)
    no_id = [pl.when(pl.col("id").is_null()).then(pl.lit(f"it has no `{mapping.id}`"))] if mapping.id else []
    reasons = [pl.col(REASON), *(unfit(mapping.form) if mapping.form != CHAT else []), *no_id]
    made = made.with_columns(pl.coalesce(reasons).alias(REASON))
    order = [*FORMS[mapping.form], *mapping.beside, *mapping.keep, REASON]
    return made.select(order)


def _said(name: str) -> pl.Expr:
    """A value as text."""
    return pl.col(name).cast(pl.String)


def _nested(name: str) -> pl.Expr:
    is_list = pl.col(name).str.starts_with("[")
    told = pl.when(is_list).then(pl.lit(f"its `{name}` is a list, and no text"))
    return pl.when(pl.col(_NESTED + name)).then(told.otherwise(pl.lit(f"its `{name}` is a record, and no text")))


def _chat(made: pl.DataFrame, block: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    sources = mapping.sources(MESSAGES)
    if len(sources) != 1:
        raise NotRows(f"`{MESSAGES}` is made of one field, and {len(sources)} are given.")
    told, wrong = conversations(block[sources[0]].cast(pl.String).to_list(), mapping.turn, mapping.roles)
    return made.with_columns(
        pl.Series(MESSAGES, told, dtype=pl.String), pl.Series(REASON, wrong, dtype=pl.String)
    )  # fmt: skip


def _at(made: pl.DataFrame, written: pl.Series, mapping: Mapping) -> pl.DataFrame:
    found = moments(written, mapping.times or "iso").alias("at")
    said = written.cast(pl.String).str.slice(0, _SHOWN).alias("_said")
    no_time = (
        pl.when(pl.col("_said").is_null())
        .then(pl.lit(f"it has no `{mapping.at}`"))
        .when(pl.col("at").is_null())
        .then(pl.concat_str([pl.lit(f"its `{mapping.at}` is no time between 1970 and 2200: "), pl.col("_said")]))
    )
    told = made.with_columns(found, said).with_columns(pl.coalesce(pl.col(REASON), no_time).alias(REASON))
    return told.drop("_said")


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
