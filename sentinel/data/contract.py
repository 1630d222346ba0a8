"""A line's contract, held row by row: each field that it names is there, filled, and of its type."""

from collections.abc import Mapping

import polars as pl

from sentinel.data.mapping import REASON
from sentinel.data.rows import NotRows
from sentinel.domain.task import TYPES

KEPT_AS = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "flag": pl.Boolean}
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def held_to(rows: pl.DataFrame, fields: Mapping[str, str]) -> pl.DataFrame:
    """Rows with the fields of the contract in their types, and why a row breaks it in `_reason`."""
    made = rows
    for name, kind in fields.items():
        wanted = KEPT_AS.get(TYPES.get(kind, kind))
        if wanted is None:
            raise NotRows(f"The line's contract says `{name}: {kind}`, which is none of {', '.join(KEPT_AS)}.")
        if name not in made.columns:
            raise NotRows(f"The line's contract names `{name}`, and the mapping gives no such field. Keep it.")
        said = pl.col(name).cast(pl.String).str.slice(0, 60)
        read = _read(name, wanted)
        broken = (
            pl.when(pl.col(name).is_null())
            .then(pl.lit(f"its `{name}` is empty, and the contract asks for it"))
            .when(read.is_null())
            .then(
                pl.concat_str([pl.lit(f"its `{name}` is no {TYPES.get(kind, kind)}, as the contract has it: "), said])
            )
        )
        made = made.with_columns(read.alias(name), pl.coalesce(pl.col(REASON), broken).alias(REASON))
    return made


def _read(name: str, wanted: type[pl.DataType]) -> pl.Expr:
    if wanted == pl.Boolean:
        text = pl.col(name).cast(pl.String).str.to_lowercase()
        return text.replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    if wanted == pl.Int64:
        # 3.5 is no integer, and a cast would make 3 of it
        number = pl.col(name).cast(pl.Float64, strict=False)
        return pl.when(number == number.round()).then(pl.col(name).cast(pl.Int64, strict=False).fill_null(
            number.cast(pl.Int64, strict=False)))  # fmt: skip
    return pl.col(name).cast(wanted, strict=False)
