"""A ledger is opened by one process, and only where it is what it should be; else somebody is told, loudly."""

import os
import random
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sentinel.domain.refusal import Refusal, Refused
from sentinel.ledger import Ledger, writing
from sentinel.ledger import migrations as steps
from sentinel.ledger.doctor import doctor
from tests.unit.ledger.world import World


def refusal_of(path: Path) -> Refusal:
    with pytest.raises(Refused) as caught:
        Ledger.open(path)
    return caught.value.refusal


def change(path: Path, *sql: str) -> None:
    """Do something to a ledger behind its back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for each in sql:
            connection.execute(each)


def test_a_ledger_is_made_where_there_is_none_and_only_its_owner_may_read_it(path: Path) -> None:
    with Ledger.open(path) as ledger:
        assert ledger.last_seq == 0
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file.name


def test_every_commit_is_on_the_disk_before_it_is_acknowledged(ledger: Ledger) -> None:
    settings = {
        name: ledger._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 0}


def test_a_second_opener_is_refused_and_told_who_holds_it(path: Path) -> None:
    with Ledger.open(path):
        code = (
            "import sys; from pathlib import Path; from sentinel.ledger import Ledger\n"
            "from sentinel.domain.refusal import Refused\n"
            "try: Ledger.open(Path(sys.argv[1]))\n"
            "except Refused as error: print(error)"
        )
        told = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "E-busy" in told.stdout
    assert f"process {os.getpid()}" in told.stdout
    Ledger.open(path).close()


def test_a_folder_that_is_not_there_gets_a_sentence(folder: Path) -> None:
    assert refusal_of(folder / "nowhere" / "ledger.db").code == "E-ledger-place"


def test_a_seal_is_set_every_so_often(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SEAL_EVERY", 10)
    with Ledger.open(path) as ledger:
        world = World(ledger, random.Random(1))
        while ledger.last_seq < 45:
            world.turn()
        seals = ledger.reads._values("SELECT seq FROM seals ORDER BY seq")
        assert len(seals) == 4
        assert all(abs(seal - 10 * number) < 10 for number, seal in enumerate(seals, start=1))
    with Ledger.open(path) as ledger:
        assert ledger.last_seq >= 45


def test_the_lock_goes_with_whoever_could_not_open_the_ledger(path: Path) -> None:
    path.write_bytes(b"no ledger")
    assert refusal_of(path).code == "E-damaged-ledger"
    assert refusal_of(path).code == "E-damaged-ledger", "and not busy"


def test_a_newer_ledger_is_refused_and_left_alone(lived: Path) -> None:
    change(lived, "PRAGMA user_version = 99")
    before = lived.read_bytes()
    told = refusal_of(lived)
    assert told.code == "E-newer-ledger"
    assert "99" in told.what
    assert lived.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"\0" * 8192, b"events\n" * 1000])
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    told = refusal_of(path)
    assert told.code == "E-damaged-ledger"
    assert "sentinel doctor" in told.todo
    assert "sentinel restore" in told.todo
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    change(path, "CREATE TABLE notes (text)")
    before = path.read_bytes()
    assert "no ledger of Sentinel's" in refusal_of(path).what
    assert path.read_bytes() == before


def test_a_log_without_its_ledger_is_refused(path: Path) -> None:
    path.with_name("ledger.db-wal").write_bytes(b"x")
    assert refusal_of(path).code == "E-damaged-ledger"
    assert not path.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TRIGGER events_never_change",
        "CREATE TABLE notes (text)",
        "DROP INDEX attempts_live",
        "CREATE TRIGGER sly AFTER INSERT ON events BEGIN UPDATE checkpoint SET seq = 0; END",
    ],
)
def test_a_ledger_whose_schema_somebody_changed_is_refused(lived: Path, sql: str) -> None:
    change(lived, sql)
    told = refusal_of(lived)
    assert told.code == "E-damaged-ledger"
    assert "not this release's" in told.what


TAMPERED = {
    "a row that says another thing": "UPDATE runs SET priority = 7777 WHERE num = (SELECT max(num) FROM runs)",
    "a row that is gone": "DELETE FROM steps WHERE run = (SELECT id FROM runs ORDER BY num DESC LIMIT 1)",
    "a row of nobody's": "INSERT INTO files SELECT 'x.yaml', digest, broken, sum FROM files LIMIT 1",
    "another sum over everything": "UPDATE checkpoint SET sum = zeroblob(32)",
    "another last event": "UPDATE checkpoint SET seq = seq - 1",
    "no sum at all": "DELETE FROM checkpoint",
    "another seal": "UPDATE seals SET sum = randomblob(32)",
    "a seal of what has not happened": "INSERT INTO seals VALUES (99999, zeroblob(32))",
}


@pytest.mark.parametrize("what", sorted(TAMPERED))
def test_a_ledger_that_somebody_edited_is_refused(lived: Path, what: str) -> None:
    change(lived, TAMPERED[what])
    told = refusal_of(lived)
    assert told.code == "E-ledger-differs"
    assert "sentinel doctor" in told.todo


def test_a_refusal_names_stream_table_row_and_column(lived: Path) -> None:
    change(lived, "UPDATE runs SET priority = 1234 WHERE num = (SELECT max(num) FROM runs)")
    told = refusal_of(lived)
    assert "stream run/r" in told.where
    assert "table runs" in told.where
    assert "Column priority of row r" in told.what
    assert "1234" in told.what


def test_a_start_replays_only_what_came_after_the_seal(lived: Path) -> None:
    """A row of a stream that nothing has touched since is the doctor's to find; and whoever reads it is told."""
    with Ledger.open(lived) as ledger:
        ledger.seal()
    change(lived, "UPDATE runs SET reason = 'another' WHERE num = 1")
    with Ledger.open(lived) as ledger, pytest.raises(Exception, match="not what was written"):
        ledger.reads.run_row("r1")
    assert "Column reason of row r1" in " ".join(doctor(lived).faults)


def test_an_event_that_is_not_what_was_written_is_told_of_when_it_is_read(lived: Path) -> None:
    with Ledger.open(lived) as ledger:
        ledger.seal()
        seq = next(event.seq for event in ledger.reads.events() if event.stream == "run/r1")
    lock = next(sql for _, name, _, sql in steps.expected_schema() if name == "events_never_change")
    change(lived, "DROP TRIGGER events_never_change", f"UPDATE events SET actor = 'me' WHERE seq = {seq}", str(lock))  # noqa: S608
    with Ledger.open(lived) as ledger, pytest.raises(Exception, match=f"Event {seq} is not what was written"):
        ledger.state("run/r1")


def test_an_older_ledger_is_brought_up_to_date_and_its_rows_made_anew(
    lived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(lived) as ledger:
        events, before = ledger.reads.events(limit=10_000), ledger.reads.runs(asked=True)
    change(lived, "UPDATE runs SET reason = 'what an older release made of it' WHERE num = 1")
    newer = (*steps.migrations(), "CREATE INDEX runs_of_actor ON runs (actor);\n")
    steps.expected_schema.cache_clear()
    monkeypatch.setattr(steps, "migrations", lambda: newer)
    try:
        with Ledger.open(lived) as ledger:
            assert ledger.reads.events(limit=10_000) == events
            assert ledger.reads.runs(asked=True) == before
        assert doctor(lived).faults == []
        assert refused_by_the_release_before(lived, monkeypatch) == "E-newer-ledger"
    finally:
        steps.expected_schema.cache_clear()


def refused_by_the_release_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.undo()
    return refusal_of(path).code


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(lived: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (*steps.migrations(), "CREATE TABLE fresh (x);\nCREATE TABLE events (x);\n")
    monkeypatch.setattr(steps, "migrations", lambda: broken)
    with pytest.raises(Refused):
        Ledger.open(lived)
    monkeypatch.undo()
    with Ledger.open(lived) as ledger:
        assert ledger.last_seq > 0
