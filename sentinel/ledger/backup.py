"""A copy of the ledger, made while it is in use.

SQLite's backup copies a few pages at a time, but Python's call returns only once all is copied. So it runs on a thread
of its own that is let go for one step at a time: the connection is never used by two threads at once, and what the
daemon writes between two steps is in the copy too.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.domain.points import reach
from sentinel.ledger.check import checkpoint
from sentinel.ledger.errors import told
from sentinel.ledger.opening import check_file, sync

PAGES = 256
"""How many pages one step copies: a megabyte, a few milliseconds."""
PATIENCE = 0.02
"""How long one step of the iterator waits at most for the disk, in seconds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a copy has come, in pages."""

    done: int
    of: int


def backup(connection: sqlite3.Connection, target: Path) -> Iterator[Progress]:
    """Copy step by step; what is in place at the end is whole, checked and on the disk, or it is not there."""
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    turn = _Turn()
    thread = threading.Thread(target=_copy, args=(connection, aside, turn), name="backup", daemon=True)
    thread.start()
    try:
        with told():
            while not turn.copied and not turn.done.is_set():
                turn.give()
                yield turn.progress
            while not turn.done.wait(PATIENCE):
                yield turn.progress
            if turn.error is not None:
                raise turn.error
        reach("ledger.backup.copied")
        os.rename(aside, target)
        sync(target.parent)
        reach("ledger.backup.done")
    finally:
        turn.stop = True
        turn.go.release()
        thread.join()
        aside.unlink(missing_ok=True)


@dataclass(slots=True)
class _Turn:
    """Whose turn it is with the connection."""

    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    done: threading.Event = field(default_factory=threading.Event)
    progress: Progress = Progress(0, 0)
    copied: bool = False
    stop: bool = False
    error: BaseException | None = None

    def give(self) -> None:
        """Let the other thread do one step."""
        self.go.release()
        self.back.acquire()

    def take(self) -> None:
        """Wait for a turn of one's own."""
        self.go.acquire()
        if self.stop:
            raise InterruptedError("the backup was broken off")

    def step(self, _status: int, remaining: int, total: int) -> None:
        """One step is done."""
        self.progress = Progress(total - remaining, total)
        if remaining:
            self.back.release()
            self.take()


def _copy(connection: sqlite3.Connection, aside: Path, turn: _Turn) -> None:
    try:
        with closing(sqlite3.connect(aside, isolation_level=None)) as target:
            # one sync at the end, on this thread, rather than one in the last step, on the daemon's time
            target.execute("PRAGMA synchronous = OFF")
            turn.take()
            connection.backup(target, pages=PAGES, progress=turn.step)
            turn.copied = True
            turn.back.release()
            # a copy is one file: without this, reading it would leave a log beside it
            target.execute("PRAGMA journal_mode = DELETE")
            check_file(target)
            checkpoint(target)
        sync(aside)
    except BaseException as error:
        turn.error = error
    finally:
        turn.done.set()
        turn.back.release()
