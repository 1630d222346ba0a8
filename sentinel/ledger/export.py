"""The ledger for other programs: its events as lines of JSON, its rows as tables of a plain SQLite file."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sentinel.ledger.copy import reading
from sentinel.ledger.errors import told
from sentinel.ledger.opening import check_header, sync
from sentinel.ledger.streams import FIELDS
from sentinel.ledger.tables import TABLES, Table

EVENTS, ROWS = "events.jsonl", "rows.db"
_AT_ONCE = 1000


def export(path: Path, target: Path) -> dict[str, int]:
    """Write `events.jsonl` and `rows.db` into a folder, both as of one moment. Gives how many of each there are."""
    check_header(path)
    target.mkdir(parents=True, exist_ok=True)
    with told(), reading(path) as source:
        source.execute("BEGIN")
        counts = {"events": _events(source, target / EVENTS)}
        counts |= _rows(source, target / ROWS)
    return counts


def _events(source: sqlite3.Connection, target: Path) -> int:
    aside = target.with_name(f".{target.name}.new")
    count = 0
    with aside.open("w", encoding="utf-8") as file:
        names = FIELDS.split(", ")[:-1]
        for fields in source.execute(f"SELECT {FIELDS} FROM events ORDER BY seq"):  # noqa: S608 - our own names
            event = dict(zip(names, fields[:-1], strict=True)) | {"payload": json.loads(fields[-2])}
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
            count += 1
    sync(aside)
    os.rename(aside, target)
    return count


def _rows(source: sqlite3.Connection, target: Path) -> dict[str, int]:
    import sqlite_utils  # only whoever exports pays for it

    aside = target.with_name(f".{target.name}.new")
    aside.unlink(missing_ok=True)
    counts = {}
    with closing(sqlite3.connect(aside)) as connection:
        plain = sqlite_utils.Database(connection)
        for table in TABLES.values():
            kept: Any = plain[table.name]
            kept.create(_columns(source, table), pk=table.key if len(table.key) > 1 else table.key[0])
            kept.insert_all(_dicts(source, table), batch_size=_AT_ONCE)
            counts[table.name] = kept.count
        connection.commit()
    sync(aside)
    os.rename(aside, target)
    return counts


def _columns(source: sqlite3.Connection, table: Table) -> dict[str, type]:
    types = {"INTEGER": int, "REAL": float, "TEXT": str}
    found = source.execute("SELECT name, type FROM pragma_table_info(?) WHERE name <> 'sum'", (table.name,))
    return {name: types[kind] for name, kind in found}


def _dicts(source: sqlite3.Connection, table: Table) -> Iterator[dict[str, Any]]:
    columns = ", ".join(f'"{column}"' for column in table.columns)
    for row in source.execute(f"SELECT {columns} FROM {table.name}"):  # noqa: S608 - our own names
        yield dict(zip(table.columns, row, strict=True))
