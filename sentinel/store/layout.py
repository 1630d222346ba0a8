"""The folders of a store, and making their names last."""

import os
from pathlib import Path


def lay_out(root: Path) -> None:
    """Make the folders where they are not there yet; shelves are made as they are needed."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    (root / "tmp").mkdir(mode=0o700, exist_ok=True)
    if not (root / "objects").is_dir():
        (root / "objects").mkdir(mode=0o700, exist_ok=True)
        fsync_folder(os.fspath(root))


def make_shelf(shelf: str) -> None:
    """Make the folder that the digests of one beginning share, so that it lasts."""
    try:
        os.mkdir(shelf, 0o700)
    except FileExistsError:
        return  # another process was first; file systems with a journal keep the order, so what we add lasts with it
    fsync_folder(os.path.dirname(shelf))


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
