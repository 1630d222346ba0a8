"""The doctor finds whatever is not as the events make it, says where, and changes nothing."""

import json
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from sentinel.domain.digest import digest_of
from sentinel.domain.line.decide import Register, decide, version_id
from sentinel.domain.refusal import Refused
from sentinel.ledger import Ledger
from sentinel.ledger.doctor import doctor
from sentinel.ledger.export import export
from tests.unit.ledger.test_ledger_open import TAMPERED, change
from tests.unit.ledger.world import World


def test_a_sound_ledger_is_healthy_and_left_as_it_was(lived: Path) -> None:
    before = lived.read_bytes()
    told: list[tuple[int, int]] = []
    report = doctor(lived, lambda done, of: told.append((done, of)))
    assert report.faults == []
    assert report.healthy
    assert report.streams > 10
    assert report.rows["runs"] > 3
    assert told[-1] == (report.seq, report.seq)
    assert lived.read_bytes() == before
    assert not [file.name for file in lived.parent.iterdir() if "doctor" in file.name], "its copy is gone"


def test_it_works_beside_a_daemon_that_goes_on(path: Path) -> None:
    with Ledger.open(path) as ledger:
        world = World(ledger, random.Random(1))
        for _ in range(3):
            for _ in range(20):
                world.turn()
            report = doctor(path)
            assert report.healthy
            assert report.seq == ledger.last_seq, "what is in the log only is seen too"
        world.turn()


def test_it_works_on_what_a_killed_daemon_left(lived: Path, folder: Path) -> None:
    with Ledger.open(lived) as ledger:
        world = World(ledger, random.Random(2))
        while ledger.last_seq < 400:
            world.turn()
        for end in ("", "-wal"):
            (folder / f"left.db{end}").write_bytes(Path(f"{lived}{end}").read_bytes())
        seq = ledger.last_seq
    report = doctor(folder / "left.db")
    assert (report.faults, report.seq) == ([], seq)


FOUND = {**TAMPERED}
del FOUND["another seal"], FOUND["a seal of what has not happened"]
FOUND |= {
    "an old row that says another thing": "UPDATE runs SET reason = 'another' WHERE num = 1",
    "an old event that is gone": "DROP TRIGGER events_never_go; DELETE FROM events WHERE seq = 3",
    "an old event that says another thing": "DROP TRIGGER events_never_change; "
    "UPDATE events SET actor = 'me' WHERE seq = 3",
    "a row that says its sum is another": "UPDATE runs SET sum = x'0000000000000000' WHERE num = 1",
    "a move more": "INSERT INTO legal_moves VALUES ('run', 'done', 'running')",
    "a trigger less": "DROP TRIGGER runs_move",
    "a table more": "CREATE TABLE notes (text)",
}


@pytest.mark.parametrize("what", sorted(FOUND))
def test_it_finds(lived: Path, what: str) -> None:
    with Ledger.open(lived) as ledger:
        ledger.seal()
    change(lived, *FOUND[what].split("; "))
    report = doctor(lived)
    assert not report.healthy
    assert report.faults
    assert all("sentinel restore" in fault for fault in report.faults)


def test_it_tells_of_everything_at_once(lived: Path) -> None:
    change(lived, "UPDATE runs SET reason = 'x' WHERE num = 1", "DELETE FROM alerts", "CREATE TABLE notes (text)")
    found = " ".join(doctor(lived).faults)
    assert "row r1" in found
    assert "table alerts" in found
    assert "table notes" in found
    assert "sum over everything" not in found, "rows that differ do not make the sum of the events another"


def test_what_else_can_be_asked_of_no_ledger_gets_a_sentence_too(folder: Path) -> None:
    with pytest.raises(Refused, match="E-no-ledger"):
        export(folder / "ledger.db", folder / "out")


@pytest.mark.parametrize("content", [None, b"", b"x" * 5000])
def test_a_file_that_is_no_ledger_gets_a_sentence(path: Path, content: bytes | None) -> None:
    if content is not None:
        path.write_bytes(content)
    report = doctor(path)
    assert len(report.faults) == 1
    assert str(path) in report.faults[0]


def test_a_torn_file_gets_sentences(lived: Path) -> None:
    with closing(sqlite3.connect(lived)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    lived.write_bytes(lived.read_bytes()[:-8192])
    assert not doctor(lived).healthy


def test_a_child_says_it_in_lines_of_json(lived: Path) -> None:
    command = [sys.executable, "-m", "sentinel.ledger.doctor", str(lived)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    *progress, last = map(json.loads, told.stdout.splitlines())
    assert last["healthy"] is True
    assert last["report"]["seq"] == progress[-1]["done"]
    change(lived, "DELETE FROM alerts")
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert json.loads(told.stdout.splitlines()[-1])["healthy"] is False
    assert told.stderr == ""


def test_weights_that_the_same_pins_made_differently_are_an_alarm_and_no_damage(ledger: Ledger, path: Path) -> None:
    at = count(1)

    def made(weights: str, pins: str) -> None:
        state = ledger.state("line/router")
        decided = decide(state, Register(digest_of(weights), "r1", "tuned", "", (), {"seed": pins}), 1)
        assert isinstance(decided, list)
        ledger.append([("line/router", decided)], at=next(at), actor="test")

    for weights, pins in (("a", "one"), ("b", "two"), ("a", "two words"), ("a", "one")):
        made(weights, pins)
    assert doctor(path).alarms == [], "other pins may make other weights, and the same weights"
    made("c", "one")
    report = doctor(path)
    assert report.healthy
    (alarm,) = report.alarms
    assert alarm.startswith(f"E-two-weights: {version_id([{'seed': 'one'}, digest_of('c')])} of line router")
    assert version_id({"seed": "one"}) in alarm
