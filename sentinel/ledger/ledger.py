"""The ledger: what happened, in order and for good, and the rows by which it is asked about."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sentinel.domain.event import Event
from sentinel.domain.points import reach
from sentinel.ledger import opening
from sentinel.ledger.backup import Progress, backup
from sentinel.ledger.batch import Change, work_out
from sentinel.ledger.check import check_since_seal
from sentinel.ledger.errors import refused, told
from sentinel.ledger.lock import Lock
from sentinel.ledger.moves import put_moves
from sentinel.ledger.reads import Reads
from sentinel.ledger.rebuild import rebuild
from sentinel.ledger.streams import Streams
from sentinel.ledger.writing import put_in, put_seal, transaction


class Ledger:
    """An open ledger. One thread uses it, and one process: whoever else opens it is refused."""

    def __init__(self, path: Path, lock: Lock, connection: sqlite3.Connection) -> None:
        self.path = path
        self._lock = lock
        self._connection = connection
        self._streams = Streams(connection)
        self._seq = 0
        self._sum = 0
        self.reads = Reads(connection)
        self._run = 0
        self._delivery = 0

    @staticmethod
    def open(path: Path) -> "Ledger":
        """Open a ledger, or make one. Raises Refused: E-busy, E-newer-ledger, E-damaged-ledger, E-ledger-differs …."""
        lock = Lock(path)
        try:
            with refused(str(path)):
                return _opened(path, lock)
        except BaseException:
            lock.release()
            raise

    @property
    def last_seq(self) -> int:
        """The seq of the last event."""
        return self._seq

    def state(self, stream: str) -> Any:
        """What a stream has come to; as it begins where nothing has happened yet: such a run is in the state ''."""
        return self._streams.hold(stream).state

    def append(self, changes: Sequence[Change], *, at: int, actor: str, cause: int | None = None) -> list[Event]:
        """Put events on record, with the rows they change, in one transaction: all of it is on the disk, or nothing.

        A later change may rest on an earlier one. What the domain does not allow raises as the domain raises it.
        """
        batch = work_out(self._streams, changes, self._seq, at, actor, cause)
        if batch.events:
            self._sum = put_in(self._connection, batch, self._sum)
            self._seq = batch.events[-1].seq
            for stream, held in batch.held.items():
                self._streams.keep(stream, held)
        return batch.events

    def forget(self, stream: str) -> None:
        """Replay a stream when it is next asked for."""
        self._streams.forget(stream)

    def next_run(self) -> str:
        """A fresh id for a run; each call gives another."""
        self._run += 1
        return f"r{self._run}"

    def next_delivery(self) -> str:
        """A fresh id for a delivery; each call gives another."""
        self._delivery += 1
        return f"d{self._delivery}"

    def seal(self) -> None:
        """Say that all of this has been checked, so that the next start replays only what comes after."""
        reach("ledger.seal.begin")
        with told(), transaction(self._connection):
            put_seal(self._connection, self._seq, self._sum)
        reach("ledger.seal.done")

    def backup(self, target: Path) -> Iterator[Progress]:
        """Copy the ledger while it is in use, a few pages at each step of the iterator."""
        return backup(self._connection, target)

    def close(self) -> None:
        """Let go of the file and the lock."""
        self._connection.close()
        self._lock.release()

    def __enter__(self) -> "Ledger":
        """The ledger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _begin(self) -> None:
        now = check_since_seal(self._connection, self._streams)
        self._seq, self._sum = now.seq, now.sum
        self._run, self._delivery = self.reads.last_run(), self.reads.last_delivery()


def _opened(path: Path, lock: Lock) -> Ledger:
    reach("ledger.open.locked")
    opening.check_tidy(path)
    if not path.exists():
        opening.make(path)
    opening.check_header(path)
    connection = opening.connect(path)
    try:
        with transaction(connection):
            if opening.bring_up_to_date(connection, path):
                rebuild(connection)
            put_moves(connection)
        reach("ledger.open.migrated")
        opening.check_file(connection)
        ledger = Ledger(path, lock, connection)
        ledger._begin()
        reach("ledger.open.checked")
    except BaseException:
        connection.close()
        raise
    return ledger
