"""The files of a workspace as bytes: which there are, read with care, since anybody may have put them there."""

import errno
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.contract.words import quoted
from sentinel.domain.fault import Fault
from sentinel.recipe.guard import LARGEST

CONFIG = "sentinel.yaml"
FOLDERS = ("recipes", "gates", "zoo")
MOST_FILES = 500
MOST_BYTES = 8 * 2**20
"""Of all files together, so that a folder full of the largest ones is no harder to check than one of them is."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.yaml")


@dataclass(slots=True)
class Files:
    """The bytes of each file by its path from the workspace, and what could not be read."""

    held: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def workspace_files(root: Path) -> Files:
    """sentinel.yaml, recipes/*.yaml, gates/*.yaml and zoo/*.yaml."""
    files = Files()
    home = root.resolve()
    if not os.path.lexists(home / CONFIG):
        what = f"There is no {CONFIG} here."
        files.faults.append(Fault("E-no-config", what, "Run `sentinel init` in an empty folder.", CONFIG))
    else:
        _take(files, home, CONFIG)
    for folder in FOLDERS:
        for name in _names(files, home, folder):
            _take(files, home, name)
    return files


def _names(files: Files, home: Path, folder: str) -> list[str]:
    place = home / folder
    if not place.is_dir():
        return []
    if not place.resolve().is_relative_to(home):
        files.faults.append(_outside(folder))
        return []
    try:
        entries = sorted(os.listdir(place))
    except OSError as error:
        files.faults.append(_unreadable(folder, error))
        return []
    found = []
    for name in entries:
        if name.startswith("."):
            continue
        if _NAME.fullmatch(name):
            found.append(f"{folder}/{name}")
        elif name.endswith((".yaml", ".yml")):
            what = f"{quoted(name)} is not read."
            todo = "Give it a name of letters, digits, dashes and dots that ends in .yaml."
            files.faults.append(Fault("E-file-name", what, todo, folder, warning=True))
    if len(found) > MOST_FILES:
        what = f"{folder} holds {len(found)} files, and {MOST_FILES} are the most."
        files.faults.append(Fault("E-files", what, "Take some away.", folder))
    return found[:MOST_FILES]


def _take(files: Files, home: Path, name: str) -> None:
    try:
        place = (home / name).resolve(strict=True)
        if not place.is_relative_to(home):
            files.faults.append(_outside(name))
            return
        # not blocking: a pipe in place of a file would otherwise hold the check up for ever
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, RuntimeError) as error:
        files.faults.append(_unreadable(name, error))
        return
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            files.faults.append(Fault("E-unreadable", "This is not a file.", "Take it away.", name))
            return
        room = MOST_BYTES - sum(len(data) for data in files.held.values())
        if room <= LARGEST:
            what = f"The files of the workspace have more than {MOST_BYTES // 2**20} MiB together."
            files.faults.append(Fault("E-files", what, "Take some away.", name))
            return
        files.held[name] = _up_to(handle, LARGEST + 1)
    except OSError as error:
        files.faults.append(_unreadable(name, error))
    finally:
        os.close(handle)


def _up_to(handle: int, most: int) -> bytes:
    parts = []
    while most and (part := os.read(handle, most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _outside(name: str) -> Fault:
    return Fault("E-path", f"{quoted(name)} is a link that leads out of the workspace.", "Put the file here.", name)


def _unreadable(name: str, error: OSError | RuntimeError) -> Fault:
    why = "it leads in a circle" if isinstance(error, RuntimeError) or error.errno == errno.ELOOP else error.strerror
    return Fault("E-unreadable", f"This cannot be read: {why}.", "Make it readable, or take it away.", name)
