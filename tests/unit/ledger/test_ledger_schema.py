"""The database itself refuses what may not be, whoever writes to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sentinel.domain import delivery
from sentinel.domain.run.moves import ATTEMPT_MOVES, RUN_MOVES, STEP_MOVES
from sentinel.ledger import Ledger
from sentinel.ledger.migrations import migrate, migrations, statements
from sentinel.ledger.moves import legal_moves
from sentinel.ledger.tables import TABLES, TABLES_OF

MOVES = {
    "run": ("runs", RUN_MOVES),
    "step": ("steps", STEP_MOVES),
    "attempt": ("attempts", ATTEMPT_MOVES),
    "delivery": ("deliveries", delivery.MOVES),
}


@pytest.fixture
def rows(lived: Path) -> Iterator[sqlite3.Connection]:
    """A bare connection to a ledger in which something has happened, past all of our own code."""
    with closing(sqlite3.connect(lived, isolation_level=None)) as connection:
        connection.execute("PRAGMA recursive_triggers = ON")
        yield connection


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events SET actor = 'somebody else' WHERE seq = 1",
        "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
        "INSERT OR REPLACE INTO events SELECT 1, stream, version, kind, 1, at, actor, cause, payload, sum FROM events",
        "INSERT INTO events SELECT seq + 7, 'house', 99, kind, 1, at, actor, cause, payload, sum "
        "FROM events ORDER BY seq DESC LIMIT 1",
        "UPDATE fires SET run = 'r99'",
        "UPDATE verdicts SET verdict = 'pass'",
        "UPDATE alias_moves SET because = 'adoption'",
        "INSERT INTO fires SELECT seq + 100000, \"trigger\", due_at, 0, '', NULL, run, 0, at, sum FROM fires LIMIT 1",
        "INSERT INTO runs SELECT 'r999', 999, recipe, line, plan, 'done', kind, priority, \"trigger\", reason, actor, "
        'inputs, only, parent, parent_step, purpose, "commit", dirty, why, ending, round, created_at, started_at, '
        "ended_at, running_since, ran_ms, gpu_ms, sum FROM runs LIMIT 1",
    ],
)
def test_history_cannot_be_changed_with_any_tool(rows: sqlite3.Connection, sql: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        rows.execute(sql)


def test_an_event_cannot_stand_twice_in_its_stream(rows: sqlite3.Connection) -> None:
    columns = "kind, 1, at, actor, cause, payload, sum FROM events WHERE seq = 1"
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        rows.execute(
            f"INSERT INTO events SELECT (SELECT max(seq) + 1 FROM events), stream, version, {columns}"  # noqa: S608
        )


@pytest.mark.parametrize("what", sorted(MOVES))
def test_a_row_moves_as_the_domain_says_and_in_no_other_way(folder: Path, what: str) -> None:
    table, moves = MOVES[what]
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        migrate(bare, 0)
        bare.executemany("INSERT INTO legal_moves VALUES (?, ?, ?)", legal_moves())
        bare.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")  # noqa: S608
        for source in moves:
            for target in moves:
                if not source or not target or source == target:
                    continue
                _begin(bare, table)
                with _without_triggers(bare, table):
                    bare.execute(f"UPDATE {table} SET state = ?", (source,))  # noqa: S608
                try:
                    bare.execute(f"UPDATE {table} SET state = ?", (target,))  # noqa: S608
                    moved = True
                except sqlite3.IntegrityError:
                    moved = False
                assert moved == (target in moves[source]), f"{what} from {source} to {target}"


def _begin(bare: sqlite3.Connection, table: str) -> None:
    """One row in the state in which it begins, with something in every column."""
    first = {"runs": "queued", "steps": "pending", "attempts": "started", "deliveries": "waiting"}[table]
    bare.execute(f"DELETE FROM {table}")  # noqa: S608
    found = bare.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
    values = [first if name == "state" else {"INTEGER": 1, "TEXT": "x", "BLOB": b"x"}[kind] for name, kind in found]
    with _without_triggers(bare, table, "attempts_run"):
        bare.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608


class _without_triggers:
    """Triggers out of the way for a moment."""

    def __init__(self, bare: sqlite3.Connection, table: str, only: str | None = None) -> None:
        self._bare = bare
        sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? AND name = coalesce(?, name)"
        self._triggers = bare.execute(sql, (table, only)).fetchall()

    def __enter__(self) -> None:
        for name, _ in self._triggers:
            self._bare.execute(f"DROP TRIGGER {name}")

    def __exit__(self, *_: object) -> None:
        for _, sql in self._triggers:
            self._bare.execute(sql)


def test_an_attempt_starts_only_in_a_running_run(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        migrate(bare, 0)
        bare.executemany("INSERT INTO legal_moves VALUES (?, ?, ?)", legal_moves())
        _begin(bare, "runs")
        found = bare.execute("SELECT name, type FROM pragma_table_info('attempts')").fetchall()
        values = [
            "started" if name == "state" else {"INTEGER": 1, "TEXT": "x", "BLOB": b"x"}[kind] for name, kind in found
        ]
        insert = f"INSERT INTO attempts VALUES ({', '.join('?' * len(values))})"  # noqa: S608
        with pytest.raises(sqlite3.IntegrityError, match="running run"):
            bare.execute(insert, values)
        bare.execute("UPDATE runs SET state = 'running'")
        bare.execute(insert, values)


def test_the_tables_have_the_columns_that_the_rows_have(ledger: Ledger) -> None:
    for table in TABLES.values():
        found = ledger.reads._values("SELECT name FROM pragma_table_info(?)", table.name)
        assert found == [*table.columns, "sum"], table.name
    assert {name for names in TABLES_OF.values() for name in names} == set(TABLES)


def test_the_table_of_legal_moves_follows_the_domain(path: Path) -> None:
    with Ledger.open(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM legal_moves WHERE what = 'run'")
        connection.execute("INSERT INTO legal_moves VALUES ('run', 'done', 'running')")
        connection.commit()
    with Ledger.open(path) as ledger:
        found = set(ledger._connection.execute("SELECT what, source, target FROM legal_moves"))
    assert found == legal_moves()


def test_every_statement_of_every_migration_is_found() -> None:
    for sql in migrations():
        bare = "".join(line for line in sql.splitlines(keepends=True) if not line.startswith("--"))
        assert "".join(statements(bare)).strip() == bare.strip()
