"""Ledgers with very many rows, put straight into the tables: what questions cost there is what they cost in years."""

import sqlite3

from sentinel.ledger.journal_rows import VerdictRow
from sentinel.ledger.migrations import migrate
from sentinel.ledger.sums import SHORT, row_sum
from sentinel.ledger.tables import TABLES, AttemptRow, Row, RunRow, StepRow

STATES = ("done", "done", "done", "failed", "rejected")


def crowd(runs: int) -> sqlite3.Connection:
    """A database in memory with so many runs of three steps, the last five of them open."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, 0)
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("BEGIN")
    for table in ("runs", "steps", "attempts", "verdicts"):
        columns = len(TABLES[table].columns) + 1
        sql = f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608
        connection.executemany(sql, (_summed(table, row) for n in range(1, runs + 1) for row in _rows(table, n, runs)))
    connection.execute(
        "INSERT INTO events WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) "
        "SELECT x, 'run/r' || (x / 10), 1 + x % 10, 'DaemonStopped', 1, x, 'test', NULL, '{}', x'00' FROM n",
        (runs * 10,),
    )
    connection.execute("COMMIT")
    return connection


def _summed(table: str, row: Row) -> tuple[object, ...]:
    return (*row, row_sum(table, row)[:SHORT])


def _rows(table: str, n: int, runs: int) -> list[Row]:
    run, recipe, line = f"r{n}", f"recipe-{n % 7}", f"line-{n % 3}"
    state = "running" if n > runs - 5 else STATES[n % 5]
    kind = "asked" if n % 11 == 0 else "recipe"
    if table == "runs":
        return [
            RunRow(
                run, n, recipe, line, "p", state, kind, 50, "manual", "", "test", "{}", None, None, None, None, None,
                False, "", None, 1, n, n, n, None, 1, 0,
            )
        ]  # fmt: skip
    if table == "steps":
        return [
            StepRow(
                run, f"s{place}", place, None, "use", "program", "done", "done", "", 0, 0, None, None, None, "{}",
                None, None, None, False, 0, False, None, n, n,
            )
            for place in range(3)
        ]  # fmt: skip
    if table == "attempts":
        return [
            AttemptRow(
                f"{run}.s{place}.a1", run, f"s{place}", f"s{place}", recipe, "succeeded", "here", "[]", n, n + 1, "{}",
                f"key-{n % 100}", f"effect-{n}-{place}", "{}", "", None, None, 1, 1, "program", "{}",
            )
            for place in range(3)
        ]  # fmt: skip
    return [VerdictRow(n, f"{run}.s1.a1", run, "s1", "g", "pass", "", f"m{n % 50}", None, 1, n, "{}")]
