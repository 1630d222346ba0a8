"""Rows out of the ledger, each checked against its sum."""

import sqlite3
from typing import Any, TypeVar

from sentinel.ledger.errors import damaged, told
from sentinel.ledger.sums import SHORT, row_sum
from sentinel.ledger.tables import TABLE_OF, Row, Table

R = TypeVar("R", bound=Row)
N = TypeVar("N", bound=tuple[Any, ...])


class Select:
    """The connection that questions go to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _all(self, kind: type[R], rest: str, *values: Any) -> list[R]:
        """Every row of a query; `rest` is what follows the table's name."""
        table = TABLE_OF[kind]
        sql = f"SELECT {_columns(table)} FROM {table.name} {rest}"  # noqa: S608 - our own names
        with told():
            return [_checked(kind, table, found) for found in self._connection.execute(sql, values)]

    def _one(self, kind: type[R], rest: str, *values: Any) -> R | None:
        """The first row of a query."""
        found = self._all(kind, f"{rest} LIMIT 1", *values)
        return found[0] if found else None

    def _tuples(self, kind: type[N], sql: str, *values: Any) -> list[N]:
        """Every row of a query that counts: no row of a table, so that there is no sum to check."""
        with told():
            return [tuple.__new__(kind, found) for found in self._connection.execute(sql, values)]

    def _values(self, sql: str, *values: Any) -> list[Any]:
        """The first column of a query."""
        with told():
            return [found[0] for found in self._connection.execute(sql, values)]


def _columns(table: Table) -> str:
    return ", ".join(f'{table.name}."{column}"' for column in (*table.columns, "sum"))


def _checked(kind: type[R], table: Table, found: tuple[Any, ...]) -> R:
    row = found[:-1]
    if row_sum(table.name, row)[:SHORT] != found[-1]:
        raise damaged(f"Row {row[0]} of {table.name} is not what was written.", f"table {table.name}")
    if table.flags:
        row = tuple(bool(value) if index in table.flags else value for index, value in enumerate(row))
    return tuple.__new__(kind, row)
