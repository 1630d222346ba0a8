"""Fresh ledgers by the hundred: each a copy of one that is made once."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sentinel.ledger import Ledger

MEMORY = Path("/dev/shm")


def base() -> Path | None:
    """Where files cost least: in memory, where the machine has such a place."""
    return MEMORY if os.access(MEMORY, os.W_OK) else None


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="sentinel-ledger-", dir=base()))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def fresh_ledger() -> Iterator[Ledger]:
    """An open ledger in which nothing has happened."""
    with fresh_folder() as folder:
        path = folder / "ledger.db"
        path.write_bytes(empty())
        with Ledger.open(path) as ledger:
            yield ledger


@cache
def empty() -> bytes:
    """The bytes of a ledger in which nothing has happened."""
    with fresh_folder() as folder:
        path = folder / "ledger.db"
        Ledger.open(path).close()
        return path.read_bytes()
