"""A profile made of rows, a few at a time: an even sample says where the bins lie, then every row is counted.

Without a reference the bins part the rows' own quantiles; with one they are the reference's, so that the two compare,
and each column is made what the reference has it as.
What is dear to tell (features of texts, and what rows look like within each label) is told of an even sample of them.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sentinel.data.counting import Counting, Taking, bins_of
from sentinel.data.likened import Likened
from sentinel.data.rows import Rows
from sentinel.data.texts import Texts
from sentinel.domain.profile import CATEGORY, NUMBER, TEXT, Profile, Within

SAMPLE = 50_000
"""Rows that the bins are found by, at least, where there are more."""
SAMPLE_BYTES = 32 * 2**20
TOLD = 20_000
"""Rows that the features of texts and those within labels are taken from, at least, where there are more."""
MOST_VALUES = 500
"""Different values that a category may have in the sample; a text field has more."""
LABELS = 50
"""Labels within which the rows are looked at, the most frequent ones."""


def profile(
    rows: Rows | pl.DataFrame, reference: Profile | None = None, *, label: str | None = None, skip: Iterable[str] = ()
) -> Profile:
    """The profile of these rows, over their own bins or over a reference's. Fields in `skip` are not looked at."""
    held = Rows(frame=rows) if isinstance(rows, pl.DataFrame) else rows
    label = label or (reference.label if reference is not None else None)
    fields = [name for name in held.schema if name != label and name not in set(skip)]
    likened = Likened(held.schema, fields, reference)
    sample = likened.made(_sample(held))
    kinds = _kinds(sample, fields, reference)
    texts = [name for name in fields if kinds[name] == TEXT]
    told = _evenly(sample, TOLD)
    text = Texts(told, texts, reference)
    usual = reference.numbers if reference is not None else {}
    counting = {name: Counting(bins_of(sample[name], usual.get(name))) for name in fields if kinds[name] == NUMBER}
    taking = {name: Taking() for name in fields if kinds[name] == CATEGORY}
    features: dict[str, Counting | Taking] = {**counting, **taking}
    labels = Taking()
    if label is not None and label in held.schema:
        features[label] = labels
    total = 0
    # sorting and counting let go of the interpreter, so that columns are counted side by side
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        for frame in map(likened.counted, held):
            total += len(frame)
            list(pool.map(lambda name, frame=frame: features[name].add(frame[name]), features))
    numbers = {name: counter.told(sample[name]) for name, counter in counting.items()}
    numbers.update(text.numbers(usual))
    values = {name: taker.told() for name, taker in taking.items()}
    values.update(text.values())
    found = labels.told()
    made = Profile(
        total, kinds, numbers, values, text.words(), label if label in held.schema else None,
        dict(found.counts), found.nulls, described=len(told),
        strays={name: rows for name, rows in likened.strays.items() if rows},
    )  # fmt: skip
    return made if made.label is None else _with_labels(made, told, text, reference)


def _sample(rows: Rows) -> pl.DataFrame:
    """Every so many-th row: all where there are few. The more rows there turn out to be, the farther apart."""
    held: list[pl.DataFrame] = []
    step, seen = max(1, (rows.count or 0) // SAMPLE), 0
    for frame in rows:
        first = -seen % step
        held.append(_every(frame[first:], step))
        seen += len(frame)
        while _is_large(held):
            step *= 2
            whole = pl.concat(held)
            held = [_every(whole, 2)]
    return pl.concat(held) if held else pl.DataFrame(schema=rows.schema)


def _every(frame: pl.DataFrame, step: int) -> pl.DataFrame:
    """Every so many-th row, for itself: a text that was only picked would keep all that it was read with."""
    return frame.gather_every(step).with_columns(pl.col(pl.String) + pl.lit("")) if step > 1 else frame


def _is_large(held: Sequence[pl.DataFrame]) -> bool:
    rows = sum(map(len, held))
    return rows > 2 * SAMPLE or (rows > 2 * TOLD and sum(each.estimated_size() for each in held) > 2 * SAMPLE_BYTES)


def _evenly(frame: pl.DataFrame, most: int) -> pl.DataFrame:
    step = len(frame) // most
    return frame.gather_every(step) if step > 1 else frame


def _kinds(sample: pl.DataFrame, fields: Sequence[str], reference: Profile | None) -> dict[str, str]:
    return {name: _kind(sample[name], reference.fields.get(name) if reference else None) for name in fields}


def _kind(column: pl.Series, usual: str | None) -> str:
    """What a field is: as in the reference where that has it, else by how many values it takes."""
    if usual is not None:
        return usual
    if column.dtype.is_numeric():
        return NUMBER
    if column.dtype == pl.Boolean:
        return CATEGORY
    there = column.drop_nulls()
    different = there.n_unique()
    few = different <= 20 or different <= min(MOST_VALUES, len(there) // 4)
    blanks = there.str.count_matches(" ").mean() if len(there) else 0
    return CATEGORY if few and float(blanks or 0) < 4 else TEXT  # type: ignore[arg-type]


def _with_labels(made: Profile, told: pl.DataFrame, text: Texts, reference: Profile | None) -> Profile:
    """The same profile, with what the rows of each of the more frequent labels look like."""
    labels = told[made.label or ""].cast(pl.String)
    wanted = list(reference.within) if reference is not None else []
    wanted += [label for label, _ in sorted(made.labels.items(), key=lambda each: (-each[1], each[0]))[:LABELS]]
    groups = {label: (labels == label).fill_null(False).to_numpy() for label in dict.fromkeys(wanted)}
    columns = {**{name: told[name] for name in made.fields if made.fields[name] != TEXT}, **text.frames}
    placed = {name: _placed(name, column, made, reference) for name, column in columns.items()}
    within = {}
    for label, rows in groups.items():
        counts = {
            name: tuple(np.bincount(places[rows], minlength=bins).tolist()) for name, (places, bins) in placed.items()
        }
        within[label] = Within(int(rows.sum()), counts, text.words(rows))
    return replace(made, within=within)


def _placed(name: str, column: pl.Series, made: Profile, reference: Profile | None) -> tuple[NDArray[np.int64], int]:
    """In which coarse bin each row lies, nulls in the last; and how many bins there are."""
    if name in made.numbers:
        edges = np.array(made.numbers[name].coarse)
        values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        places = np.searchsorted(edges, values)
        places[np.isnan(values)] = len(edges) + 1
        return places, len(edges) + 2
    usual = reference.values.get(name) if reference is not None else None
    first = (usual or made.values[name]).first
    codes = column.cast(pl.String).replace_strict(
        list(first), list(range(len(first))), default=len(first), return_dtype=pl.Int64
    )
    codes = pl.select(pl.when(column.is_null()).then(len(first) + 1).otherwise(codes)).to_series()
    return codes.to_numpy(), len(first) + 2
