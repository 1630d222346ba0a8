"""Columns as a reference has them: what is a number there is one here, or nothing; what is text there is text here.

So one stray value among many costs its own row and not the whole column; and what is no number any more is counted.
"""

from collections.abc import Iterable

import polars as pl

from sentinel.domain.profile import NUMBER, Profile


class Likened:
    """How the columns of some rows become those of a reference, and how many values were lost by it."""

    def __init__(self, schema: dict[str, pl.DataType], fields: Iterable[str], reference: Profile | None) -> None:
        usual = reference.fields if reference is not None else {}
        held = {name: (schema[name], usual[name]) for name in fields if name in usual}
        self._ways = [
            _way(name, dtype, kind) for name, (dtype, kind) in held.items()
            if (not dtype.is_numeric() if kind == NUMBER else dtype != pl.String)
        ]  # fmt: skip
        numbers = [name for name, (dtype, kind) in held.items() if kind == NUMBER and not dtype.is_numeric()]
        self.strays = dict.fromkeys(numbers, 0)
        """How many values were no numbers, by field."""

    def made(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same rows, with columns as the reference has them."""
        return frame.with_columns(self._ways) if self._ways else frame

    def counted(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same, and what is lost by it is counted."""
        made = self.made(frame)
        for name in self.strays:
            self.strays[name] += made[name].null_count() - frame[name].null_count()
        return made


def _way(name: str, dtype: pl.DataType, kind: str) -> pl.Expr:
    column = pl.col(name)
    if kind == NUMBER:
        return column.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    if dtype.is_float():  # 3 among numbers with a point is 3, and was never 3.0
        whole = column.cast(pl.Int64, strict=False)
        return pl.when(column == whole).then(whole.cast(pl.String)).otherwise(column.cast(pl.String)).alias(name)
    return column.cast(pl.String)
