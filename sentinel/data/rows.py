"""Rows of a file, some at a time, so that a file of any size takes the same memory: parquet, CSV and JSON lines.

What a program wrote is read as it comes: a column that holds whole numbers at first and a word later is text. The
first reading finds the types, and every later one goes by them.
"""

import io
import json
import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

BLOCK = 16 * 2**20
"""Bytes of text that are read at once."""
SLICE = 32 * 2**20
"""Bytes of a parquet file that are read at once, about."""
LONGEST = 64 * 2**20
"""A record of a CSV that is longer has a quote that nobody closed."""
ROWS = 131_072
"""Rows that are held at once, at most."""
FORMATS = (".parquet", ".csv", ".jsonl", ".ndjson")
QUARANTINE = "quarantine.parquet"
"""Beside the rows of a snapshot: what could not be read. It is no row."""
_ORDER = (pl.Null, pl.Boolean, pl.Int64, pl.Float64, pl.String)
"""What a column of mixed types becomes: the first of these that holds them all; text where a flag meets a number."""
_FLAGS = {"true": True, "false": False}
_LARGEST = 2**63
_DIGITS = 4000
"""An integer of more digits is no number that anything could count with."""
_NO_NUMBER = r"^(?:[+-]?0\d|\+|-0$)"
"""How what looks like a number begins where it is not what a number would be written as."""
_MAYBE_HALF, _HALF_LETTER = re.compile(rb"\\u[dD][89a-fA-F]"), re.compile("[\ud800-\udfff]")
"""Half a letter: one of the two parts (surrogates) that JSON writes some letters in, without the other."""


T = TypeVar("T")


class NotRows(Exception):
    """A file does not hold rows that can be read."""


@dataclass(frozen=True)
class Rows:
    """The rows of some files in one order, or of one frame, to be gone through as often as is needed."""

    files: tuple[Path, ...] = ()
    frame: pl.DataFrame | None = None

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Some rows at a time, all with the same columns and types."""
        if self.frame is not None:
            yield from self.frame.iter_slices(ROWS)
            return
        for file in self.files:
            yield from self.of(file)

    def of(self, file: Path) -> Iterator[pl.DataFrame]:
        """The rows of one of the files, with the columns of all."""
        for held in _blocks(file, self.schema):
            yield _shaped(held, self.schema, self.nested)

    @property
    def schema(self) -> dict[str, Any]:
        """The columns of all files with their types, in the order in which they first appear."""
        return dict(self.frame.schema) if self.frame is not None else self._found[0]

    @property
    def nested(self) -> frozenset[str]:
        """The columns that hold lists or records in some row: as JSON, here."""
        return frozenset() if self.frame is not None else self._found[1]

    @property
    def count(self) -> int | None:
        """How many rows there are, where that can be told without reading them."""
        if self.frame is not None:
            return len(self.frame)
        if any(file.suffix != ".parquet" for file in self.files):
            return None
        return sum(map(_height, self.files))

    @cached_property
    def _found(self) -> tuple[dict[str, Any], frozenset[str]]:
        """The columns with their types, and which of them hold lists or records."""
        found: dict[str, Any] = {}
        nested: set[str] = set()
        for file in self.files:
            for types in _types(file):
                for name, kind in types.items():
                    found[name] = _both(found.get(name, pl.Null), _plain(kind))
                    nested |= {name} if kind.is_nested() else set()
        return {name: pl.String if kind == pl.Null else kind for name, kind in found.items()}, frozenset(nested)


def rows_in(place: Path) -> Rows:
    """The rows of a file, or of all files of a folder in the order of their names."""
    if place.is_file():
        return Rows((place,))
    aside = place / QUARANTINE
    files = tuple(
        sorted(path for path in place.rglob("*") if path.is_file() and path.suffix in FORMATS and path != aside)
    )
    if not files:
        raise NotRows(f"There are no rows: none of the files ends in {', '.join(FORMATS)}.")
    return Rows(files)


def record(line: bytes) -> Any:
    """What a line of JSON says; ValueError where it is none. Half a letter is read as NUL, as polars does."""
    try:
        told = json.loads(line, parse_int=_whole)
        if _MAYBE_HALF.search(line):
            whole = _HALF_LETTER.sub(r"\\u0000", json.dumps(told, ensure_ascii=False))
            told = json.loads(whole, parse_int=_whole)
        return told
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _blocks(file: Path, schema: dict[str, Any]) -> Iterator[pl.DataFrame]:
    if file.suffix == ".parquet":
        yield from _parquet(file)
        return
    read = _csv if file.suffix == ".csv" else _json_lines
    types = {name: kind for name, kind in schema.items() if kind != pl.Null}
    for block in _text(file):
        yield read(file, block, types)


def _types(file: Path) -> Iterator[dict[str, Any]]:
    """The types of a file: told by parquet, found block by block in text."""
    if file.suffix == ".parquet":
        yield dict(_told(file, lambda: pl.read_parquet_schema(file)))
        return
    read = _guessed if file.suffix == ".csv" else _json_lines
    for block in _text(file):
        held = read(file, block, None)
        # a column that is empty throughout a block says nothing of its type, whatever the reader calls it
        yield {each.name: pl.Null if each.null_count() == len(each) else each.dtype for each in held}


def _parquet(file: Path) -> Iterator[pl.DataFrame]:
    height = _height(file)
    # slice by slice: what reads ahead by itself holds several times as much
    step = max(1, min(ROWS, height * SLICE // max(1, file.stat().st_size)))
    scan = pl.scan_parquet(file, glob=False)
    for start in range(0, height, step):
        yield _told(file, scan.slice(start, step).collect)


def _height(file: Path) -> int:
    return _told(file, lambda: int(pl.scan_parquet(file, glob=False).select(pl.len()).collect().item()))


def _text(file: Path) -> Iterator[bytes]:
    """Whole records of a text file; each block of a CSV begins with the header."""
    is_csv = file.suffix == ".csv"
    with file.open("rb") as handle:
        header = handle.readline() if is_csv else b""
        rest = b""
        while True:
            read = handle.read(BLOCK)
            block = rest + read
            end = len(block) if not read else _last_end(block, is_csv)
            rest = block[end:]
            if is_csv and len(rest) > LONGEST:
                raise NotRows(f"{file.name} has a record of more than {LONGEST:,} bytes: a quote may be open.")
            if block[:end].strip():
                yield header + block[:end]
            if not read:
                return


def _last_end(block: bytes, is_csv: bool) -> int:
    """Where the last whole record ends: at a line's end that does not stand between quotes; 0 where there is none."""
    end = block.rfind(b"\n") + 1
    quotes = block.count(b'"', 0, end) if is_csv else 0
    while end and quotes % 2:
        before = block.rfind(b"\n", 0, end - 1) + 1
        quotes -= block.count(b'"', before, end)
        end = before
    return end


def _csv(file: Path, block: bytes, types: dict[str, Any] | None) -> pl.DataFrame:
    if types is None:
        return _told(file, lambda: pl.read_csv(io.BytesIO(block), infer_schema_length=None))
    return _told(file, lambda: pl.read_csv(io.BytesIO(block), schema_overrides=types))


def _guessed(file: Path, block: bytes, _: None) -> pl.DataFrame:
    """A block by the types that its values look like. What is not written as numbers are is text: 007 is a name."""
    held = _csv(file, block, None)
    numbers = {name: pl.String for name, kind in held.schema.items() if kind.is_numeric()}
    if not numbers:
        return held
    written = _told(file, lambda: pl.read_csv(io.BytesIO(block), columns=list(numbers), schema_overrides=numbers))
    texts = [name for name in numbers if written[name].str.contains(_NO_NUMBER).any()]
    return held.with_columns(written[name] for name in texts)


def _json_lines(file: Path, block: bytes, types: dict[str, Any] | None) -> pl.DataFrame:
    if types is None:
        try:
            return pl.read_ndjson(io.BytesIO(block), infer_schema_length=None)
        except pl.exceptions.PolarsError:
            return _one_by_one(file, block)
    try:
        return pl.read_ndjson(io.BytesIO(block), schema_overrides=types)
    except pl.exceptions.PolarsError:
        return _one_by_one(file, block)


def _one_by_one(file: Path, block: bytes) -> pl.DataFrame:
    """Lines that are not of one type: values that do not fit together become text."""
    held = []
    for line in block.splitlines():
        if line.strip():
            try:
                row = record(line)
            except ValueError:
                raise NotRows(f"Line {_number(file, line)} of {file.name} is not JSON.") from None
            if not isinstance(row, dict):
                raise NotRows(f"Line {_number(file, line)} of {file.name} is not an object.")
            held.append(row)
    names = list(dict.fromkeys(name for row in held for name in row))
    return pl.DataFrame({name: _column(name, [row.get(name) for row in held]) for name in names})


def _number(file: Path, line: bytes) -> int:
    """Where a line stands. What it says is not told: it may be anything, and a refusal is kept for ever."""
    with file.open("rb") as handle:
        return next((number for number, each in enumerate(handle, 1) if line in each), 0)


def _column(name: str, values: Sequence[Any]) -> pl.Series:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and kinds:
        is_whole = all(value is None or (type(value) is int and -_LARGEST <= value < _LARGEST) for value in values)
        told = values if is_whole else [None if value is None else _float(value) for value in values]
        return pl.Series(name, told, dtype=pl.Int64 if is_whole else pl.Float64)
    if kinds == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    return pl.Series(name, [_written(value) for value in values], dtype=pl.String)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # as a decimal of this size is read
        return math.inf if value > 0 else -math.inf


def _written(value: Any) -> str | None:
    if isinstance(value, str) or value is None:
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _told(file: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> NotRows:
    gist = " ".join(str(error).split())[:120]
    return NotRows(f"{file.name} cannot be read as {file.suffix[1:]}: {gist}.")


def _plain(kind: Any) -> Any:
    """One of our own few types."""
    if kind.is_integer() and kind not in (pl.Int128, pl.UInt128):
        return pl.Int64
    if kind.is_numeric():
        return pl.Float64
    return kind if kind in (pl.Boolean, pl.Null) else pl.String


def _both(one: Any, other: Any) -> Any:
    if pl.Boolean in (one, other) and pl.Null not in (one, other) and one != other:
        return pl.String
    return max(one, other, key=_ORDER.index)


def _shaped(held: pl.DataFrame, schema: dict[str, Any], nested: Collection[str]) -> pl.DataFrame:
    """The same rows with all columns, in one order; lists and records become their JSON."""
    columns = []
    for name, kind in schema.items():
        if name not in held.columns:
            columns.append(pl.lit(None, kind).alias(name))
        elif held.schema[name].is_nested():
            # a record of the one column has the one way to be written as JSON
            written = pl.struct(pl.col(name).alias("_")).struct.json_encode().str.slice(5).str.head(-1)
            columns.append(pl.when(pl.col(name).is_not_null()).then(written).alias(name))
        elif kind == pl.Boolean and held.schema[name] == pl.String:
            columns.append(pl.col(name).replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean))
        elif name in nested and held.schema[name] == pl.String:
            columns.append(pl.col(name).map_elements(_compact, return_dtype=pl.String))
        else:
            columns.append(pl.col(name).cast(kind, strict=False))
    return held.with_columns(columns).select(list(schema))  # of nothing but nulls, `select` alone would make one row


def _compact(text: str) -> str:
    """JSON without the blanks that somebody happened to write."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return text
