"""Going back to a backup: checked first, put in place whole, and what was there is kept beside it."""

import os
from pathlib import Path

from sentinel.domain.points import reach
from sentinel.domain.refusal import refuse
from sentinel.ledger.check import check_since_seal
from sentinel.ledger.copy import copy_to, reading
from sentinel.ledger.errors import LedgerError, told
from sentinel.ledger.lock import Lock
from sentinel.ledger.migrations import latest
from sentinel.ledger.opening import check_file, check_header, restoring, sync, wal_of
from sentinel.ledger.streams import Streams


def restore(backup: Path, path: Path) -> Path | None:
    """Put a backup in a ledger's place. Gives where the old ledger is now, or None where there was none.

    Raises Refused where a daemon holds the ledger, or where the backup is no sound ledger; nothing is changed then.
    """
    lock = Lock(path)
    try:
        _check(backup)
        fresh = path.with_name(f".{path.name}.restored")
        fresh.unlink(missing_ok=True)
        copy_to(backup, fresh)
        sync(fresh)
        kept = _mark(path)
        reach("ledger.restore.marked")
        _move_aside(path, kept)
        reach("ledger.restore.aside")
        os.rename(fresh, path)
        sync(path.parent)
        reach("ledger.restore.placed")
        restoring(path).unlink()
        sync(path.parent)
    finally:
        lock.release()
    return kept if kept.exists() else None


def _check(backup: Path) -> None:
    if not backup.exists():
        raise refuse("E-no-backup", "There is no such backup.", where=str(backup), todo="Name a file.")
    try:
        check_header(backup)
        with told(), reading(backup) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == latest():
                check_file(connection)
                check_since_seal(connection, Streams(connection))
            elif connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
                raise refuse("E-damaged-backup", "The backup is damaged.", where=str(backup), todo="Name another.")
    except LedgerError as error:
        what = f"The backup is no sound ledger: {error.refusal.what}"
        raise refuse("E-damaged-backup", what, where=str(backup), todo="Name another.") from error


def _mark(path: Path) -> Path:
    """Say on the disk that a restore is under way, and where the old ledger goes; one broken off goes on as it was."""
    mark = restoring(path)
    if not mark.exists():
        taken = {each.name for each in path.parent.iterdir()}
        numbers = (number for number in range(1, len(taken) + 2) if f"{path.name}.old-{number}" not in taken)
        aside = mark.with_name(f".{mark.name}.new")
        aside.write_text(f"{path.name}.old-{next(numbers)}", encoding="utf-8")
        sync(aside)
        os.rename(aside, mark)
        sync(path.parent)
    return path.with_name(mark.read_text(encoding="utf-8"))


def _move_aside(path: Path, kept: Path) -> None:
    """The old ledger with its log. Where the old one is aside already, what is here is an earlier try at this."""
    for here, there in ((path, kept), (wal_of(path), wal_of(kept))):
        if here.exists():
            here.unlink() if there.exists() else os.rename(here, there)
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    sync(path.parent)
