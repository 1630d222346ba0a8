"""CSV on its way into a snapshot: each record has as many fields as the header; others are left aside."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sentinel.data.lines import LONGEST, too_long
from sentinel.data.quarantine import Quarantine
from sentinel.data.rows import NotRows

_BOM = "\ufeff"
_TOLD = 2**20
_FIELD = re.compile(rb'"(?:[^"]++|"")*+"|[^",\r\n][^,\r\n]*+')
"""A field that is not empty, with the quotes around it where it has some."""


def take_csv(
    file: Path, name: str, out: Path, quarantine: Quarantine, tell: Callable[[int], None] = lambda _done: None
) -> int:  # fmt: skip
    """Copy the records of a file, with the bytes that they have there, and say how many they are.

    A quote inside a field that has none around it is written as others write it: readers do not agree on it.
    """
    csv.field_size_limit(LONGEST)
    rows = written = told = 0
    with file.open("rb") as handle, out.open("wb") as target:
        raw = _Raw(handle)
        records = csv.reader(raw, strict=True)
        header = _header(records, name)
        target.write(raw.taken())
        while True:
            number = raw.line + 1
            try:
                fields = next(records, None)
            except csv.Error as error:
                quarantine.add(name, number, _quotes(str(error)), raw.taken())
                continue
            is_long, text = raw.is_long, raw.taken()
            if fields is None and not is_long:
                break
            told += len(text)
            if not fields and not is_long:
                continue
            reason = too_long() if is_long else _fault(fields or [], text, len(header))
            if reason is None:
                rows += 1
                target.write(_quoted(text) if text.endswith(b"\n") else _quoted(text) + b"\n")
            else:
                quarantine.add(name, number, reason, text)
                quarantine.look(rows)
            if told - written > _TOLD:
                written = told
                tell(told)
    return rows


class _Raw:
    """The lines of a file as text, and the bytes of those that the last record was read from."""

    def __init__(self, handle: Any) -> None:
        self.line = 0
        self.is_long = False
        """Whether a line since the last record was too long to be one."""
        self._handle = handle
        self._bytes: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        read = self._handle.readline(LONGEST + 1)
        if not read:
            raise StopIteration
        if self.line == 0:
            read = read.removeprefix(_BOM.encode())
        self.line += 1
        self._bytes.append(read)
        if len(read) > LONGEST and not read.endswith(b"\n"):
            self.is_long = True
            while (rest := self._handle.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            return "\n"
        # what is not UTF-8 is told with its record
        text: str = read.decode("utf-8", "surrogateescape")
        return text

    def taken(self) -> bytes:
        held = b"".join(self._bytes)
        self._bytes.clear()
        self.is_long = False
        return held


def _header(records: Iterator[list[str]], name: str) -> list[str]:
    try:
        header = next(records, [])
    except csv.Error as error:
        raise NotRows(f"{name} has no header that can be read: {_quotes(str(error))}.") from None
    if not header:
        raise NotRows(f"{name} has no header: its first line is empty.")
    twice = next((each for each in header if header.count(each) > 1), None)
    if twice is not None:
        raise NotRows(f"{name} has two columns called `{twice[:80]}`. Rename one.")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise NotRows(f"{name} is not separated by commas: its header is {header[0][:80]!r}. Export it with commas.")
    return header


def _quoted(record: bytes) -> bytes:
    """The record with quotes around each field that holds one and has none around it."""
    return _FIELD.sub(_around, record) if b'"' in record else record


def _around(field: re.Match[bytes]) -> bytes:
    held = field[0]
    return held if held.startswith(b'"') or b'"' not in held else b'"' + held.replace(b'"', b'""') + b'"'


def _fault(fields: list[str], text: bytes, width: int) -> str | None:
    if len(fields) != width:
        return f"it has {len(fields)} fields where the header has {width}"
    if b"\0" in text:
        return "it holds NUL bytes"
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return f"it is not UTF-8: byte {error.start + 1} is 0x{text[error.start]:02x}"
    return None


def _quotes(says: str) -> str:
    if "field larger" in says:
        return f"a field is longer than {LONGEST // 2**20} MiB: a quote may be open"
    return "a quote is open at the end of the file" if "end of data" in says else "its quotes do not match"
