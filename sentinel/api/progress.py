"""What a worker says of how far it is: the lines of the progress file in its attempt's folder."""

import json
import math
from pathlib import Path

from sentinel.domain.digest import Json

_TAIL = 4096


def last_progress(path: Path) -> dict[str, Json] | None:
    """The last whole line that a worker said; None where it has said none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            line = file.read().rpartition(b"\n")[0].rpartition(b"\n")[2]
    except OSError:
        return None
    return _said(line)


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
