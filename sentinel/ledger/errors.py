"""What can go wrong with an open ledger.

LedgerError            the ledger could not do it; nothing was recorded
├── LedgerFull         the disk did not take it; try again when there is room
├── LedgerConflict     the schema's own lock refused it: a bug above, and the record is as it was
└── LedgerDamaged      what was read is not what was written

Opening a ledger raises `domain.refusal.Refused` instead, since there is nothing to go on with.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sentinel.domain.refusal import Refusal, Refused

HEAL = "Run `sentinel doctor` to see what is wrong, and `sentinel restore BACKUP` to go back to a backup."
_ROOM = "Make room; nothing is lost, and the daemon goes on by itself."

# A write, or the making of a file, that the disk did not take. EFBIG and EDQUOT come as I/O errors of these kinds.
_NO_ROOM = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class LedgerError(Exception):
    """The ledger could not do it; nothing was recorded."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class LedgerFull(LedgerError):
    """The disk did not take it. The connection is as good as before, and works again when there is room."""


class LedgerConflict(LedgerError):
    """The schema refused an illegal move, a second live attempt, or a slot or an effect done twice."""


class LedgerDamaged(LedgerError):
    """What was read is not what was written. See `sentinel doctor` and `sentinel restore`."""


def damaged(what: str, where: str = "") -> LedgerDamaged:
    """The error for bytes that are not what was written."""
    return LedgerDamaged(Refusal("E-damaged-ledger", what, where, HEAL))


def differs(what: str, where: str) -> LedgerDamaged:
    """The error for rows that are not what the events make."""
    return LedgerDamaged(Refusal("E-ledger-differs", what, where, HEAL))


@contextmanager
def told() -> Iterator[None]:
    """Turn SQLite's errors into the ledger's."""
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(error) from error
    except UnicodeDecodeError as error:
        # text that is no text, in a name of the schema or in what SQLite says of it
        raise damaged(f"The ledger's file is damaged: {error}.") from error


@contextmanager
def refused(where: str) -> Iterator[None]:
    """Turn whatever is wrong with a file that is being opened into a refusal that names it."""
    try:
        with told():
            yield
    except LedgerError as error:
        told_of = error.refusal
        place = f"{where}: {told_of.where}" if told_of.where else where
        raise Refused(Refusal(told_of.code, told_of.what, place, told_of.todo)) from error


def _ours(error: sqlite3.Error) -> LedgerError:
    code: int = getattr(error, "sqlite_errorcode", 0)
    if code in _NO_ROOM:
        return LedgerFull(Refusal("E-ledger-full", f"The disk did not take it: {error}.", todo=_ROOM))
    if isinstance(error, sqlite3.IntegrityError):
        return LedgerConflict(Refusal("E-ledger-conflict", f"The ledger's own rules refuse it: {error}."))
    if code & 0xFF in _DAMAGE or "decode to UTF-8" in str(error):
        return damaged(f"The ledger's file is damaged: {error}.")
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        todo = "Only the daemon writes; end the other program."
        return LedgerError(Refusal("E-ledger-busy", f"Somebody else has the ledger open: {error}.", todo=todo))
    return LedgerError(Refusal("E-ledger", f"The ledger could not do it: {error}."))
