"""Which values of a text field are lists or records in truth: to whoever reads columns, they are their JSON.

A text may be JSON by chance or on purpose, so in lines of JSON the line itself is asked.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from sentinel.data.rows import Rows, record

_LINES = (".jsonl", ".ndjson")


class Nested:
    """The files of some rows, gone through once beside their blocks."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lines: Iterator[tuple[int, bytes]] = iter(())
        self._file: Path | None = None

    def of(self, file: Path, line: int, block: pl.DataFrame, names: Iterable[str]) -> dict[str, pl.Series]:
        """For each field that has any such value, in which rows of a block, the first of which is row `line`."""
        found = {}
        for name in names:
            if block.schema[name] != pl.String:
                continue
            told: pl.Series | None = None
            if file.suffix in _LINES:
                told = block[name].str.contains(r"(?s)^(\[.*\]|\{.*\})$").fill_null(False)
            elif name in self._rows.nested and file.suffix == ".parquet" and self._is_nested(file, name):
                told = block[name].is_not_null()
            if told is not None and told.any():
                found[name] = told
        return self._asked(file, line, found) if file.suffix in _LINES and found else found

    def _is_nested(self, file: Path, name: str) -> bool:
        kind = pl.read_parquet_schema(file).get(name)
        return kind is not None and kind.is_nested()

    def _asked(self, file: Path, line: int, maybe: dict[str, pl.Series]) -> dict[str, pl.Series]:
        """Of what may be lists and records, those that the file's own lines say are."""
        asked = {line + index for told in maybe.values() for index in told.arg_true()}
        held = dict(self._read(file, asked))
        found = {}
        for name, told in maybe.items():
            sure = [
                bool(might) and isinstance(held[line + index].get(name), list | dict)
                for index, might in enumerate(told)
            ]
            if any(sure):
                found[name] = pl.Series(name, sure)
        return found

    def _read(self, file: Path, numbers: set[int]) -> Iterator[tuple[int, dict[str, object]]]:
        if file != self._file:
            self._file, self._lines = file, _lines(file)
        last = max(numbers)
        for number, text in self._lines:
            if number in numbers:
                yield number, record(text)
            if number == last:
                return


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, counted as rows are."""
    with file.open("rb") as handle:
        yield from enumerate((text for text in handle if text.strip()), 1)
