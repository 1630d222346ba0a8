"""A look at a ledger that somebody else may be writing: one that reads only, and a private copy of it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sentinel.ledger.errors import told

_PATIENCE = 5.0


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read. It never checkpoints, so it cannot get in the writer's way."""
    with told(), closing(_connect(path)) as connection:
        yield connection


@contextmanager
def private_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of a ledger, taken in one go while its daemon works on; gone afterwards."""
    with TemporaryDirectory(prefix=".doctor-", dir=path.parent) as folder:
        copy = Path(folder) / path.name
        copy_to(path, copy)
        with told(), closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            yield connection


def copy_to(path: Path, target: Path) -> None:
    """Write a copy of a ledger, log and all, as one file."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with reading(path) as source, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)
