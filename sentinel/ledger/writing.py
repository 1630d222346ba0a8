"""One transaction: events, the rows that they change, and the sum over both, or none of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sentinel.domain.points import reach
from sentinel.ledger.batch import Batch, Write
from sentinel.ledger.errors import damaged, told
from sentinel.ledger.sums import SHORT, to_bytes
from sentinel.ledger.tables import Table

SEAL_EVERY = 10_000
"""How many events may follow a seal before the next one is set: a start after a kill replays so many in a second."""


def put_in(connection: sqlite3.Connection, batch: Batch, sum_before: int) -> int:
    """Commit a batch whole, or leave everything as it was. Gives the sum over everything after it."""
    total = sum_before + batch.added
    with told(), transaction(connection):
        reach("ledger.append.begin")
        for record in batch.records:
            connection.execute(_INSERT_EVENT, record)
        reach("ledger.append.events")
        for write in batch.writes:
            put_row(connection, write)
        connection.execute("UPDATE checkpoint SET seq = ?, sum = ?", (batch.events[-1].seq, to_bytes(total)))
        reach("ledger.append.rows")
        if _passes_a_seal(batch):
            put_seal(connection, batch.events[-1].seq, total)
        reach("ledger.append.commit")
    reach("ledger.append.done")
    return total


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done inside, or roll it back where anything is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # a full disk may have rolled it back already
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def put_seal(connection: sqlite3.Connection, seq: int, total: int) -> None:
    """Say that everything up to this event has been checked, and what the sum was."""
    connection.execute("INSERT OR IGNORE INTO seals VALUES (?, ?)", (seq, to_bytes(total)))


def put_row(connection: sqlite3.Connection, write: Write) -> None:
    """Insert, update or delete one row; it must be as it was left."""
    table, old, new = write.table, write.old, write.new
    if new is None:
        done = connection.execute(_statement(table, "delete"), write.key)
    elif old is None:
        done = connection.execute(_statement(table, "insert"), (*new, write.sum[:SHORT]))
    else:
        columns = tuple(index for index, value in enumerate(new) if value != old[index])
        values = [new[index] for index in columns]
        done = connection.execute(_statement(table, "update", columns), (*values, write.sum[:SHORT], *write.key))
    if done.rowcount != 1:
        raise damaged(f"Row {write.key} of {table.name} is gone.", f"table {table.name}")


_INSERT_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _passes_a_seal(batch: Batch) -> bool:
    first, last = batch.events[0].seq, batch.events[-1].seq
    return (first - 1) // SEAL_EVERY != last // SEAL_EVERY


_STATEMENTS: dict[tuple[str, str, tuple[int, ...]], str] = {}


def _statement(table: Table, act: str, columns: tuple[int, ...] = ()) -> str:
    known = _STATEMENTS.get((table.name, act, columns))
    if known is None:
        known = _STATEMENTS[table.name, act, columns] = _build(table, act, columns)
    return known


def _build(table: Table, act: str, columns: tuple[int, ...]) -> str:
    where = " AND ".join(f'"{column}" = ?' for column in table.key)
    if act == "delete":
        return f"DELETE FROM {table.name} WHERE {where}"  # noqa: S608 - our own names
    if act == "insert":
        marks = ", ".join("?" for _ in range(len(table.columns) + 1))
        return f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608 - our own names
    sets = ", ".join(f'"{table.columns[index]}" = ?' for index in columns)
    return f"UPDATE {table.name} SET {sets}, sum = ? WHERE {where}"  # noqa: S608 - our own names
