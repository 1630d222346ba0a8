"""Are the rows what the events make? A start asks it of the streams touched since the seal, the doctor of all."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sentinel.domain.event import Event
from sentinel.domain.run.moves import IllegalMove
from sentinel.domain.streams import parts_of
from sentinel.ledger.errors import LedgerDamaged, damaged, differs, told
from sentinel.ledger.journal import journal
from sentinel.ledger.rows import Place, all_rows
from sentinel.ledger.streams import NO_PLAN, Held, Record, Streams, beginning, records_of
from sentinel.ledger.sums import MODULUS, SHORT, number, row_sum
from sentinel.ledger.tables import TABLES, TABLES_OF, Row, Table


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last event, and the sum over all events and rows once it was in."""

    seq: int
    sum: int


def checkpoint(connection: sqlite3.Connection) -> Checkpoint:
    """Where the ledger stands."""
    with told():
        found = connection.execute("SELECT seq, sum FROM checkpoint").fetchall()
        (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    if len(found) != 1 or found[0][0] != last:
        raise differs("The checkpoint does not speak of the last event.", "table checkpoint")
    return Checkpoint(found[0][0], number(found[0][1]))


def last_seal(connection: sqlite3.Connection) -> Checkpoint:
    """Where the ledger stood when it was last sealed; at nothing where it never was."""
    with told():
        found = connection.execute("SELECT seq, sum FROM seals ORDER BY seq DESC LIMIT 1").fetchone()
    return Checkpoint(found[0], number(found[1])) if found else Checkpoint(0, 0)


def check_since_seal(connection: sqlite3.Connection, streams: Streams) -> Checkpoint:
    """Replay what was touched since the seal: its rows must be those on record, and its sums the difference."""
    now, sealed = checkpoint(connection), last_seal(connection)
    if sealed.seq > now.seq:
        raise differs("The last seal is later than the last event.", "table seals")
    with told():
        (count,) = connection.execute("SELECT count(*) FROM events WHERE seq > ?", (sealed.seq,)).fetchone()
        sql = "SELECT DISTINCT stream FROM events WHERE seq > ?"
        touched = sorted(name for (name,) in connection.execute(sql, (sealed.seq,)))
    if count != now.seq - sealed.seq:
        raise damaged(f"Events are missing after {sealed.seq}.", "table events")
    grown = 0
    for stream in touched:
        made = replay(streams, stream, records_of(connection, stream), sealed.seq)
        compare(connection, stream, made.rows)
        grown += made.grown
        streams.keep(stream, made.held)
    if grown % MODULUS != (now.sum - sealed.sum) % MODULUS:
        raise differs(f"The sum since event {sealed.seq} is not what the events make.", "table checkpoint")
    return now


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stream as its events make it: its state, its rows, and by what the sum has grown since a seq."""

    held: Held
    rows: dict[Place, Row]
    grown: int


def replay(streams: Streams, stream: str, records: Iterable[Record], since: int) -> Replayed:
    """Replay a stream from its first event."""
    held = Held(beginning(stream, NO_PLAN))
    base: Held | None = None
    rows: dict[Place, Row] = {}
    grown = 0
    for event, digest in records:
        fresh = event.seq > since
        if fresh and base is None:
            base = held
        held = _after(streams, stream, held, event)
        entry = journal(event)
        if entry is not None:
            rows[Place(entry[0], (event.seq,))] = entry[1]
            grown += number(row_sum(*entry)) if fresh else 0
        grown += number(digest) if fresh else 0
    rows |= _state_rows(stream, held)
    if base is not None:
        grown += _sum_of(_state_rows(stream, held)) - _sum_of(_state_rows(stream, base))
    return Replayed(held, rows, grown)


def compare(connection: sqlite3.Connection, stream: str, rows: dict[Place, Row]) -> None:
    """Hold the rows on record of a stream against what its events make."""
    word, name = parts_of(stream)
    left = dict(rows)
    for table in map(TABLES.__getitem__, TABLES_OF[word]):
        for row in rows_of(connection, table, name):
            place = Place(table.name, tuple(row[index] for index in table.keyed))
            if place not in left:
                raise differs(f"No event makes the row {_named(place)}.", f"stream {stream}, table {table.name}")
            _compare_row(stream, table, place, left.pop(place), row)
    for place in left:
        raise differs(f"The row {_named(place)} is missing.", f"stream {stream}, table {place.table}")


def rows_of(connection: sqlite3.Connection, table: Table, owner: str) -> Iterator[Row]:
    """The rows of a table that a stream stands for, as they are on record."""
    sql = f"SELECT * FROM {table.name}"  # noqa: S608 - our own names
    with told():
        if table.owner is None:
            found = connection.execute(sql)
        else:
            found = connection.execute(f'{sql} WHERE "{table.owner}" = ?', (owner,))
        yield from (tuple(row) for row in found)


def _compare_row(stream: str, table: Table, place: Place, made: Row, found: Row) -> None:
    for column, wanted, there in zip(table.columns, made, found, strict=False):
        if wanted != there:
            what = f"Column {column} of row {_named(place)} is {there!r}, and its events make {wanted!r}."
            raise differs(what, f"stream {stream}, table {table.name}")
    if found[-1] != row_sum(table.name, made)[:SHORT]:
        raise differs(f"The sum of row {_named(place)} is another's.", f"stream {stream}, table {table.name}")


def _named(place: Place) -> str:
    return "/".join(map(str, place.key))


def _after(streams: Streams, stream: str, held: Held, event: Event) -> Held:
    try:
        return streams.after(stream, held, event)
    except LedgerDamaged:
        raise
    except (IllegalMove, LookupError, TypeError, ValueError) as error:
        what = f"Event {event.seq} cannot have happened: {error}."
        raise damaged(what, f"stream {stream}") from error


def _state_rows(stream: str, held: Held) -> dict[Place, Row]:
    made = held.made(parts_of(stream)[0])
    return all_rows(made) if made is not None else {}


def _sum_of(rows: dict[Place, Row]) -> int:
    return sum(number(row_sum(place.table, row)) for place, row in rows.items())
