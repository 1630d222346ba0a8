"""From a path to a connection that may be trusted: made where there is none, and refused where it is no ledger."""

import os
import sqlite3
import struct
from pathlib import Path

from sentinel.domain.points import reach
from sentinel.domain.refusal import refuse
from sentinel.ledger.errors import HEAL, damaged
from sentinel.ledger.migrations import APPLICATION, expected_schema, latest, migrate, schema_of
from sentinel.ledger.moves import put_moves
from sentinel.ledger.writing import transaction

_MAGIC = b"SQLite format 3\0"
WHOLE_UP_TO = 32 * 2**20
"""A file up to this size is checked whole at each start, indexes against tables too; a larger one page by page."""


def make(path: Path) -> None:
    """Put an empty ledger in place, whole or not at all."""
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(aside, isolation_level=None)
    try:
        with transaction(connection):
            migrate(connection, 0)
            put_moves(connection)
    finally:
        connection.close()
    sync(aside)
    reach("ledger.create.made")
    os.rename(aside, path)
    sync(path.parent)


def check_header(path: Path) -> None:
    """Look at a file before SQLite touches it: is it a ledger, and one that this release can read?"""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError as error:
        todo = "Start the daemon once, and it makes one."
        raise refuse("E-no-ledger", "There is no ledger here.", where=str(path), todo=todo) from error
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise refuse("E-damaged-ledger", "The file is torn, or no ledger at all.", where=str(path), todo=HEAL)
    version, application = struct.unpack_from(">i", header, 60)[0], struct.unpack_from(">i", header, 68)[0]
    if application != APPLICATION:
        what = "The file is a database, but no ledger of Sentinel's."
        raise refuse("E-damaged-ledger", what, where=str(path), todo=HEAL)
    check_version(path, version)


def check_version(path: Path, version: int) -> None:
    """Refuse what a newer release has written."""
    if version > latest():
        what = f"The ledger is of version {version}; this release knows {latest()} at most."
        todo = "Install the release that wrote it, or a newer one; it was not touched."
        raise refuse("E-newer-ledger", what, where=str(path), todo=todo)


def connect(path: Path) -> sqlite3.Connection:
    """The one connection that writes. Every commit is on the disk before it is acknowledged."""
    connection = sqlite3.connect(
        path, timeout=2.0, isolation_level=None, cached_statements=512, check_same_thread=False
    )
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        for setting in (
            "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON", "trusted_schema = OFF",
            "cell_size_check = ON", "journal_size_limit = 67108864", "busy_timeout = 0", "cache_size = -4096",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {setting}")
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        if mode != "wal" or synchronous != 2:
            raise damaged(f"The ledger cannot be kept safely here: journal {mode}, synchronous {synchronous}.")
    except BaseException:
        connection.close()
        raise
    return connection


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> bool:
    """Apply the migrations that are missing. Whether there were any: rows are then made anew."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    check_version(path, version)
    if version == latest():
        return False
    migrate(connection, version)
    return True


def check_file(connection: sqlite3.Connection) -> None:
    """Let SQLite check its own structure, and hold the schema against ours."""
    (pages,), (size,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    check = "integrity_check" if pages * size <= WHOLE_UP_TO else "quick_check"
    (found,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
    if found != "ok":
        raise damaged(f"The ledger's file is damaged: {found}.")
    strange = schema_of(connection) ^ expected_schema()
    if strange:
        kind, name, *_ = sorted(strange, key=str)[0]
        raise damaged(f"The ledger's {kind} {name} is not this release's.")


def check_tidy(path: Path) -> None:
    """Refuse a restore that was broken off, and the log of a ledger whose file is gone."""
    if restoring(path).exists():
        todo = "Run the same `sentinel restore BACKUP` again."
        raise refuse("E-restore-unfinished", "A restore was broken off here.", where=str(path), todo=todo)
    if not path.exists() and wal_of(path).exists():
        what = "The ledger's file is gone, and its log is still there."
        raise refuse("E-damaged-ledger", what, where=str(path), todo=HEAL)


def restoring(path: Path) -> Path:
    """The mark of a restore that has begun."""
    return path.with_name(f"{path.name}.restoring")


def wal_of(path: Path) -> Path:
    """The write-ahead log of a ledger."""
    return path.with_name(f"{path.name}-wal")


def sync(path: Path) -> None:
    """Have a file or a folder on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
