"""All rows made anew from the events, after a migration that changed what rows there are."""

import sqlite3
from dataclasses import replace

from sentinel.ledger.batch import Rows, with_rows
from sentinel.ledger.streams import FIELDS, NO_PLAN, Held, Record, Streams, beginning, read_records
from sentinel.ledger.sums import number, to_bytes
from sentinel.ledger.tables import TABLES
from sentinel.ledger.writing import put_row, put_seal


def rebuild(connection: sqlite3.Connection) -> None:
    """Replay every event into empty tables, move by move, and seal the outcome. The caller holds the transaction."""
    for table in reversed(TABLES.values()):
        connection.execute(f"DELETE FROM {table.name}")  # noqa: S608 - our own names
    streams, name, held = Streams(connection), "", Held(None)
    last = total = 0
    sql = f"SELECT {FIELDS} FROM events ORDER BY stream, version"  # noqa: S608 - our own names
    for record in read_records(connection, sql, ()):
        event = record[0]
        if event.stream != name:
            name, held = event.stream, Held(beginning(event.stream, NO_PLAN))
        held, added = _put(connection, streams, with_rows(held, name), record)
        last, total = max(last, event.seq), total + added
    connection.execute("UPDATE checkpoint SET seq = ?, sum = ?", (last, to_bytes(total)))
    connection.execute("DELETE FROM seals")
    put_seal(connection, last, total)


def _put(connection: sqlite3.Connection, streams: Streams, before: Held, record: Record) -> tuple[Held, int]:
    event, digest = record
    after = streams.after(event.stream, before, event)
    rows = Rows(before.rows or {})
    rows.note(event)
    rows.follow(event.stream, before, after)
    added = number(digest) + rows.settle()
    for write in rows.writes:
        put_row(connection, write)
    return replace(after, rows=rows.kept), added
