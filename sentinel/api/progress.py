"""What a worker says of how far it is: the lines of the progress file in its attempt's folder."""

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sentinel.domain.digest import Json
from sentinel.domain.quantity import is_number

_TAIL = 4096
_MOST_READ = 64 * 2**20
_POINTS = 500
"""So many points of a curve are told."""


def last_progress(path: Path) -> dict[str, Json] | None:
    """The last whole line that a worker said; None where it has said none."""
    try:
        with open(path, "rb", opener=_careful) as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            line = file.read().rpartition(b"\n")[0].rpartition(b"\n")[2]
    except OSError:
        return None
    return _said(line)


def _careful(path: str, flags: int) -> int:
    # not blocking and no link: whatever a worker puts in place of its file holds nobody up
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _said(line: bytes) -> dict[str, Json] | None:
    """What a line says. A number that JSON has no word for is told as it is written: whoever hears it reads JSON."""
    try:
        said = json.loads(line, parse_constant=str, parse_float=_number)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def curve(path: Path) -> list[Json]:
    """The figures of a whole progress file, evenly thinned where they are many; the first and the last stay."""
    try:
        with open(path, "rb", opener=_careful) as file:
            # lines that hold no figures are let go before anything is parsed: there may be very many
            told = [line for line in _lines(file.read(_MOST_READ)) if b'"figures"' in line]
    except OSError:
        return []
    points = (_point(_said(line)) for line in _thinned(told))
    return [point for point in points if point is not None]


def _lines(text: bytes) -> list[bytes]:
    """The whole lines of a file that may still be written."""
    return text.split(b"\n")[:-1]


def _thinned(lines: Sequence[bytes]) -> Iterator[bytes]:
    last = len(lines) - 1
    for number in range(min(len(lines), _POINTS)):
        yield lines[number * last // (_POINTS - 1)] if len(lines) > _POINTS else lines[number]


def _point(said: dict[str, Json] | None) -> Json:
    """What a line adds to the curve; None where it has no figure that is a number."""
    figures = said.get("figures") if said is not None else None
    if said is None or not isinstance(figures, dict):
        return None
    numbers = {name: value for name, value in figures.items() if is_number(value)}
    at, done, total = (said.get(name) if is_number(said.get(name)) else None for name in ("at", "done", "total"))
    return {"at": at, "done": done, "total": total, "figures": numbers} if numbers else None
