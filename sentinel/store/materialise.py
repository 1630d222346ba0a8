"""A private copy of an artifact for programs that write where they read."""

import os
from collections.abc import Sequence
from pathlib import Path

from sentinel.domain.refusal import refuse
from sentinel.store import tree
from sentinel.store.copy import copy_plain
from sentinel.store.manifest import Entry

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def materialise(folder: Path, entries: Sequence[Entry], target: Path) -> None:
    """Copy the listed files to a folder that is not there yet; blocks are shared where the file system can."""
    target.mkdir(mode=0o700)
    try:
        _fill(folder, entries, target)
    except BaseException:
        tree.remove(os.fspath(target))
        raise


def _fill(folder: Path, entries: Sequence[Entry], target: Path) -> None:
    made = {""}
    for entry in entries:
        below = entry.path.rpartition("/")[0]
        if below not in made:
            (target / below).mkdir(mode=0o700, parents=True, exist_ok=True)
            made.add(below)
        try:
            with tree.opened_file(f"{folder}/{entry.path}") as source:
                size = _copy(source, f"{target}/{entry.path}")
        except FileNotFoundError:
            size = -1
        if size != entry.size:
            what = "is missing" if size < 0 else f"has {size} bytes and should have {entry.size}"
            raise refuse("E-damaged", f"the file {tree.shown(entry.path)} {what}.", where=os.fspath(folder),
                         todo="Drop the artifact and run the step that makes it again.")  # fmt: skip


def _copy(source: int, path: str) -> int:
    target = os.open(path, _CREATE, 0o600)
    try:
        return copy_plain(source, target)
    finally:
        os.close(target)
