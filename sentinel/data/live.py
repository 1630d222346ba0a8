"""What has come in since a place in a file that another program writes: whole lines only, and the newest where many."""

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from sentinel.data.rows import NotRows, Rows, record
from sentinel.domain.digest import Json
from sentinel.outside.growing import growing, is_same, mark

MOST = 64 * 2**20
"""Bytes that are looked at, at most: the newest ones."""
_UNREAD = "{} was put in another's place, or emptied: rows that came before that may not have been looked at"


def live_rows(file: Path, since: Json, aside: Path) -> tuple[Rows | None, Json]:
    """The rows of a file of JSON lines after a place in it, and the place after them; no rows where none have come.

    They are put `aside`, since the file goes on growing. A file that took another's place, or was emptied, is read from
    its beginning, and the place says under `unread` that rows may have been lost between the two. A line that holds no
    object is left out: it was torn.
    """
    try:
        with growing(file) as handle:
            begun = _begun(handle, since)
            size = handle.seek(0, 2)
            first = max(begun or 0, size - MOST)
            handle.seek(first)
            told = handle.read(size - first)
            end = first + told.rfind(b"\n") + 1
            place = {"offset": end, "head": mark(handle, end)}
    except FileNotFoundError:
        return None, since
    except OSError as error:
        raise NotRows(f"{file.name} cannot be read: {error.strerror or type(error).__name__}.") from error
    whole = told[: end - first]
    if first > (begun or 0):
        whole = whole.partition(b"\n")[2]  # where it was cut, it begins within a line
    lines = [line for line in whole.splitlines(keepends=True) if _is_object(line)]
    if not lines:
        return None, since
    aside.write_bytes(b"".join(lines))
    return Rows((aside,)), place if begun is not None else {**place, "unread": _UNREAD.format(file.name)}


def _begun(handle: BinaryIO, since: Json) -> int | None:
    """Where to read on: at the place that was told; None where this is not the file any more that it was told of."""
    if not isinstance(since, Mapping):
        return 0
    offset = int(since["offset"])
    return offset if is_same(handle, offset, since["head"]) else None


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(record(line), dict)
    except ValueError:
        return False
