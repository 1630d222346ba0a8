"""Lines of JSON on their way into a snapshot: each is checked, good ones keep their bytes, others are left aside.

Most files are sound in nearly all of their blocks. A block is first checked as a whole, by a parser that builds
nothing; only a block that does not pass is gone through line by line, to say which lines are wrong, and why.
"""

import json
import os
from collections.abc import Callable, Iterator
from io import FileIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sentinel.data.copied import Copied
from sentinel.data.quarantine import Quarantine
from sentinel.data.rows import NotRows, record

BLOCK = 2**18
"""Bytes that are checked at once: as much as stays in a processor's cache."""
LONGEST = 16 * 2**20
"""A longer line is no record."""
THOROUGH = 4 * 2**20
"""Of so many bytes, from the beginning, each line is looked at by itself. A writer that says a key twice does so all
the time, and is found here; further on, the last of the two counts, as everywhere."""
_BOM = b"\xef\xbb\xbf"
_END, _CR, _OPEN, _CLOSE = (np.uint8(ord(letter)) for letter in "\n\r{}")


class _Any(msgspec.Struct):
    """A record of which nothing is kept."""


_decoder = msgspec.json.Decoder(_Any)


def take_lines(
    file: Path, name: str, out: Path, quarantine: Quarantine, tell: Callable[[int], None] = lambda _done: None
) -> int:  # fmt: skip
    """Copy the records of a file, and say how many they are."""
    rows = place = 0
    line = 1
    counted = True
    """Whether `line` is the number of the next line; it is only counted where a line has to be named."""
    with file.open("rb", buffering=0) as handle, out.open("w+b", buffering=0) as copy:
        if handle.read(3) != _BOM:
            handle.seek(0)
        copied = Copied(handle, copy)
        for start, block in _blocks(file, name, handle, copied, quarantine):
            counted = counted and start <= max(place, len(_BOM))  # else what lies between was too long to be a line
            place = start + len(block)
            whole = _count(block) if start >= THOROUGH else None
            if whole is not None:
                rows += whole
                counted = False
                copied.keep(start, block, block)
            else:
                line = line if counted else 1 + _newlines(file, start)
                counted = True
                good, taken = _one_by_one(block, name, line, quarantine, is_first=start == 0)
                line += block.count(b"\n")
                rows += taken
                copied.keep(start, block, good)
                quarantine.look(rows)
            tell(place)
        copied.part()
    return rows


def _count(block: bytes) -> int | None:
    """How many lines there are, where each is one record and nothing else; None where that is not certain."""
    if len(block) > LONGEST:  # of which one line may be the most
        return None
    letters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(letters == _END)
    last = letters[ends - 1]
    if (last == _CR).any():
        last = np.where(last == _CR, letters[ends - 2], last)
    # a line's end between `}` and `{` stands in no record: between two there would be a comma
    if letters[0] != _OPEN or (letters[ends[:-1] + 1] != _OPEN).any() or (last != _CLOSE).any():
        return None
    try:
        if not block.isascii():
            block.decode()
        found = len(_decoder.decode_lines(block))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found if found == len(ends) else None


def _blocks(
    file: Path, name: str, handle: FileIO, copied: Copied, quarantine: Quarantine
) -> Iterator[tuple[int, bytes]]:  # fmt: skip
    """Whole lines with the place that they begin at; what is too long to be a line is left aside on the way."""
    start = handle.tell()
    rest: list[bytes] = []
    held = 0
    while read := copied.read(BLOCK):
        end = read.rfind(b"\n") + 1
        if end:
            block = b"".join((*rest, read[:end]))
            yield start, block
            start += len(block)
            rest, held = [read[end:]], len(read) - end
        else:
            rest.append(read)
            held += len(read)
            if held > LONGEST:
                # the line is done with once its end is found, and nothing of it is held until then
                quarantine.add(name, 1 + _newlines(file, start), too_long(), rest[0])
                copied.part()
                start = _after_line(handle)
                rest, held = [], 0
    if held:
        yield start, b"".join(rest) + b"\n"


def too_long() -> str:
    """What is said of a line that is no record for its length."""
    return f"the line is longer than {LONGEST // 2**20} MiB"


def _after_line(handle: FileIO) -> int:
    """Go on to the line after this one."""
    while read := handle.read(BLOCK):
        end = read.find(b"\n") + 1
        if end:
            return int(handle.seek(end - len(read), os.SEEK_CUR))
    return int(handle.tell())


def _newlines(file: Path, end: int) -> int:
    """How many lines end before a place."""
    found = 0
    with file.open("rb", buffering=0) as handle:
        while end > 0 and (read := handle.read(min(BLOCK, end))):
            found += read.count(b"\n")
            end -= len(read)
    return found


def _one_by_one(block: bytes, name: str, line: int, quarantine: Quarantine, *, is_first: bool) -> tuple[bytes, int]:
    """The good lines of a block, and how many they are."""
    good = []
    lines = block.split(b"\n")[:-1]
    if is_first:
        _refuse_array(name, lines)
    for number, text in enumerate(lines, line):
        if not text.strip():
            continue
        reason = _fault(text)
        if reason is None:
            good.append(text + b"\n")
        else:
            quarantine.add(name, number, reason, text)
    return b"".join(good), len(good)


def _refuse_array(name: str, lines: list[bytes]) -> None:
    """One JSON value over many lines would be told as many broken ones."""
    first = next((text.strip() for text in lines if text.strip()), b"")
    told = {b"[": "list", b"{": "record"}.get(first[:1])
    is_torn = told == "list" and _fault(first) != _NO_RECORD.format("a list")
    if told is not None and (is_torn or len(first) == 1):
        raise NotRows(f"{name} holds one JSON {told} over several lines. Write one record a line.")
    if told == "list" and sum(1 for text in lines if text.strip()) == 1:
        raise NotRows(f"{name} holds one JSON list. Write each of its records on a line of its own.")


_NO_RECORD = "it is {}, and no record"
_KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a flag", type(None): "null"}


def _fault(text: bytes) -> str | None:
    """Why a line is no record; None where it is one."""
    if len(text) > LONGEST:
        return too_long()
    if b"\0" in text:
        return "it holds NUL bytes"
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return f"it is not UTF-8: byte {error.start + 1} is 0x{text[error.start]:02x}"
    try:
        json.loads(text, object_pairs_hook=_once)
        told = record(text)
    except _Twice as twice:
        return f"the key `{twice}` is there twice"
    except json.JSONDecodeError as error:
        return f"it is not JSON: {error.msg} at column {error.colno}"
    except (ValueError, RecursionError) as error:
        return f"it is not JSON: {'it is nested too deeply' if isinstance(error, RecursionError) else error}"
    return None if isinstance(told, dict) else _NO_RECORD.format(_KINDS[type(told)])


class _Twice(Exception):
    """A key stands twice in a record."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        names = sorted(key for key, _ in pairs)
        raise _Twice(next(key for key, after in pairwise(names) if key == after)[:80])
    return held
