"""What brings a ledger's file from one version to the next: numbered SQL, applied in order and never edited again."""

import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

APPLICATION = 0x53544E4C
"""`STNL` in the file's header: this is a ledger of Sentinel's."""


@cache
def migrations() -> tuple[str, ...]:
    """The SQL of every migration, in order."""
    folder = files(__name__)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple((folder / name).read_text(encoding="utf-8") for name in names)


def latest() -> int:
    """The version that this release writes."""
    return len(migrations())


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Apply what a ledger of this version lacks. The caller holds the transaction."""
    for sql in migrations()[version:]:
        for statement in statements(sql):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {latest()}")


def statements(sql: str) -> Iterator[str]:
    """One statement at a time, so that none of them ends the transaction around them."""
    held = ""
    for line in sql.splitlines(keepends=True):
        held += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(held):
            yield held
            held = ""


@cache
def expected_schema() -> frozenset[tuple[str, str, str, str | None]]:
    """Every table, index and trigger of this release's schema, with its SQL."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, 0)
        return schema_of(connection)
    finally:
        connection.close()


def schema_of(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str, str | None]]:
    """Every table, index and trigger of a database, with its SQL."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> 'sqlite_stat1'")
    return frozenset((kind, name, table, sql) for kind, name, table, sql in rows)
