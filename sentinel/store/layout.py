"""The folders of a store, and making their names last."""

import os
from pathlib import Path

from sentinel.store.tree import remove


def lay_out(root: Path) -> None:
    """Make the folders where they are not there yet. All shelves appear at once, so that no put has to make one."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    (root / "tmp").mkdir(mode=0o700, exist_ok=True)
    if (root / "objects").is_dir():
        return
    aside = root / "tmp" / unique()
    aside.mkdir(mode=0o700)
    for shelf in range(256):
        (aside / f"{shelf:02x}").mkdir(mode=0o700)
    fsync_folder(os.fspath(aside))
    try:
        aside.rename(root / "objects")
    except OSError:
        if not (root / "objects").is_dir():
            raise
        remove(os.fspath(aside))  # another process laid it out meanwhile
    fsync_folder(os.fspath(root))


def unique() -> str:
    """A name that nobody else gives, beginning with the process that gives it."""
    return f"{os.getpid()}-{os.urandom(6).hex()}"


def fsync_folder(path: str) -> None:
    """Make the names in a folder last."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
