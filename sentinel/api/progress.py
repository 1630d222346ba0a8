"""What a worker says of how far it is: the lines of the progress file in its attempt's folder."""

import json
from pathlib import Path

from sentinel.domain.digest import Json

_TAIL = 4096


def last_progress(path: Path) -> dict[str, Json] | None:
    """The last whole line that a worker said; None where it has said none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            line = file.read().rpartition(b"\n")[0].rpartition(b"\n")[2]
        said = json.loads(line)
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None
