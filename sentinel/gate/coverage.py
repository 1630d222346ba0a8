"""Coverage: there are rows enough, their fields are filled, they are labelled, and each class has some."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.contract.registry import check
from sentinel.contract.scalars import Share, Text, Whole
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.datasets import line_of, percent, readable, some

NAME = "coverage"
AtLeast = Annotated[Whole, Field(ge=0)]


@check(NAME)
def coverage(
    at: Look, dataset: Dataset, *, rows: AtLeast = 200, filled: Share = 0.9, labelled: Share = 0.99,
    per_class: AtLeast = 5, fields: tuple[Text, ...] = (),
) -> Finding:  # fmt: skip
    """There are so many rows, each field (of the contract, else each there is) is filled in so many of them, so many
    have a label where the task has one, and each class has so many. Blank text counts as missing.
    """

    def look() -> Finding:
        import polars as pl

        from sentinel.data.dataset import Held

        held = Held(dataset.path)
        told = held.profile
        wanted = list(fields) or list((line_of(at).get("contract") or {}).get("fields") or held.schema.features)
        there = [name for name in wanted if name in held.schema.fields]
        frame = held.columns(there)
        blank = [pl.col(name).str.strip_chars() == "" for name in there if held.schema.fields[name] == "text"]
        empty = frame.select(
            pl.col(name).is_null().sum() + (blank.pop(0).sum() if held.schema.fields[name] == "text" else 0)
            for name in there
        )
        shares = {name: 1 - empty[name][0] / len(frame) if len(frame) else 0.0 for name in there}
        shares.update({name: 0.0 for name in wanted if name not in shares})
        evidence: dict[str, Json] = {"rows": told.rows, "filled": shares, "classes": len(told.labels)}
        wrong = [
            f"`{name}` is filled in {percent(share)} of rows, and has to be in {percent(filled)}"
            for name, share in shares.items()
            if share < filled
        ]
        if held.schema.label is not None:
            share = 1 - told.unlabelled / told.rows if told.rows else 0.0
            evidence["labelled"] = share
            if share < labelled:
                wrong.append(f"{percent(share)} of rows have a label, and {percent(labelled)} have to")
            wrong += [
                f"the class `{name}` has {count} rows, and needs {per_class}"
                for name, count in sorted(told.labels.items(), key=lambda each: each[1])
                if count < per_class
            ]
        if wrong:
            todo = "See what gave the rows; a class with few rows can be labelled more, or left out."
            return Finding(NAME, "fail", f"The rows do not cover what they should: {some(wrong)}.", evidence, todo)
        if told.rows < rows:
            what = f"There are {told.rows} rows, and {rows} are needed to say anything."
            return Finding(NAME, "inconclusive", what, evidence, f"Gather {rows - told.rows} more rows.")
        classes = f", {len(told.labels)} classes" if told.labels else ""
        what = (
            f"{told.rows} rows{classes}; every field is filled in at least {percent(min(shares.values(), default=1))}."
        )
        return Finding(NAME, "pass", what, evidence)

    return readable(NAME, look)
