"""Parquet on its way into a snapshot: it is read once from start to end, and kept as it is."""

import shutil
from collections.abc import Callable
from pathlib import Path

from sentinel.data.quarantine import Quarantine
from sentinel.data.rows import NotRows, Rows


def take_parquet(
    file: Path, name: str, out: Path, _quarantine: Quarantine, tell: Callable[[int], None] = lambda _done: None
) -> int:  # fmt: skip
    """Copy a file whose rows can all be read, and say how many they are. One that is torn has no good rows."""
    shutil.copyfile(file, out)
    # the copy, so that what was read is what is kept
    held = Rows((out,))
    rows, size = 0, out.stat().st_size
    try:
        total = max(1, held.count or 1)
        for block in held:
            rows += len(block)
            tell(size * rows // total)
    except NotRows as why:
        raise NotRows(str(why).replace(out.name, name)) from why
    return rows
