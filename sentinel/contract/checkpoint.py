"""Checkpoints of an attempt: whole or not there, and checked before anybody goes on from one.

`checkpoint/` holds one folder a save and `last.json`, which names the last complete one and its tree digest.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sentinel.contract.attempt import CHECKPOINT, write_aside
from sentinel.domain.digest import tree_digest

LAST = "last.json"


@contextmanager
def saving(attempt: Path) -> Iterator[Path]:
    """A fresh folder to write a checkpoint into; it becomes the last one when the block ends without an error."""
    home = attempt / CHECKPOINT
    home.mkdir(exist_ok=True)
    number = 1 + max((int(each.name) for each in home.iterdir() if each.name.isdigit()), default=0)
    folder = home / str(number)
    folder.mkdir()
    yield folder
    digest = _digest(folder, sync=True)
    write_aside(home / LAST, json.dumps({"folder": folder.name, "digest": digest}).encode())
    for each in home.iterdir():
        if each.name.isdigit() and each != folder:
            shutil.rmtree(each)


def last_checkpoint(attempt: Path) -> Path | None:
    """The last complete checkpoint in an attempt's folder, or None where there is none or its files have changed."""
    home = attempt / CHECKPOINT
    try:
        last = json.loads((home / LAST).read_bytes())
        folder = home / str(int(last["folder"]))
        return folder if folder.is_dir() and _digest(folder) == last["digest"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def take_over(earlier: Path, attempt: Path) -> Path | None:
    """Copy the last complete checkpoint of an earlier attempt into a new one's folder, and give the copy."""
    found = last_checkpoint(earlier)
    if found is None:
        return None
    with saving(attempt) as folder:
        shutil.copytree(found, folder, dirs_exist_ok=True)
    return folder


def _digest(folder: Path, sync: bool = False) -> str:
    entries = []
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise ValueError(f"{path.name} is a link, and a checkpoint holds files only")
        if path.is_file():
            with path.open("rb") as file:
                if sync:
                    os.fsync(file.fileno())
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            entries.append((path.relative_to(folder).as_posix(), path.stat().st_size, digest))
    return tree_digest(entries)
