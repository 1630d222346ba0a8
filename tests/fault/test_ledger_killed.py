"""Killed at whatever moment: what was acknowledged is there, and of the append under way all or nothing."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.domain.points import LEDGER
from sentinel.domain.refusal import Refused
from sentinel.ledger import Ledger, restore
from sentinel.ledger.doctor import doctor
from tests.fault.ledger_lives import Life, Lives, mark_of

SEED = 20_261_121
KILLED = -9


@pytest.fixture(scope="module")
def lives() -> Iterator[Lives]:
    parent = Lives()
    yield parent
    parent.end()


def wrong_with(path: Path) -> str | None:
    """What is not as it was acknowledged, if anything."""
    notes = Path(f"{path}.acknowledged")
    words = [json.loads(line) for line in notes.read_text().splitlines()] if _whole(notes) else []
    acknowledged = [mark for word, marks in words if word == "acknowledged" for mark in marks]
    intended = words[-1][1] if words and words[-1][0] == "intended" else 0
    try:
        with Ledger.open(path) as ledger:
            found = [mark_of(event) for event in ledger.reads.events(limit=10**6)]
    except Refused as error:
        return str(error)
    if found[: len(acknowledged)] != acknowledged:
        return "what was acknowledged is not there"
    more = found[len(acknowledged) :]
    if len(more) not in (0, intended):
        return f"a part of an append is there: {len(more)} of {intended}"
    # from here on it is on record, acknowledged or not
    with notes.open("a") as file:
        file.write(json.dumps(["acknowledged", more]) + "\n")
    return None


def _whole(notes: Path) -> bool:
    """Whether there are notes. The life may have been killed in the middle of one: then nothing was noted."""
    if not notes.exists():
        return False
    written = notes.read_bytes()
    notes.write_bytes(written[: written.rfind(b"\n") + 1])
    return True


# How often a point is passed before the end: at once, and after something has happened
TIMES = {"ledger.create": (1,), "ledger.open": (1,), "ledger.append": (1, 30, 47), "ledger.seal": (1, 3)}
REACHED = [
    (point, nth)
    for point in LEDGER
    for nth in TIMES.get(point.rpartition(".")[0], (1, 2) if "backup" in point else (1,))
]


@pytest.mark.parametrize(("point", "nth"), REACHED)
def test_a_process_killed_at_a_crash_point_leaves_a_ledger_that_goes_on(
    lives: Lives, tmp_path: Path, point: str, nth: int
) -> None:
    path = tmp_path / "ledger.db"
    life = Life(str(path), SEED, point=point, nth=nth, restores="restore" in point)
    assert lives.live(life) == KILLED, f"{life} never came to its point"
    if "restore" in point:
        restore(path.with_suffix(".backup"), path)
        _back_to_the_backup(path)
    assert wrong_with(path) is None, life
    assert lives.live(Life(str(path), SEED + 1, turns=10)) == 0
    assert wrong_with(path) is None, life
    assert doctor(path).faults == []


def _back_to_the_backup(path: Path) -> None:
    """After a restore, what was acknowledged since the backup is in the old ledger."""
    with Ledger.open(path) as ledger:
        seq = ledger.last_seq
    notes = Path(f"{path}.acknowledged")
    words = [json.loads(line) for line in notes.read_text().splitlines()]
    marks = [mark for word, marks in words if word == "acknowledged" for mark in marks]
    notes.write_text(json.dumps(["acknowledged", marks[:seq]]) + "\n")


def test_every_crash_point_of_the_ledger_is_come_to() -> None:
    assert {point for point, _ in REACHED} == set(LEDGER)


def test_a_process_killed_at_any_moment_leaves_a_ledger_that_goes_on(lives: Lives, tmp_path: Path) -> None:
    _kill_at_random(lives, tmp_path / "ledger.db", 25, SEED)


@pytest.mark.long
def test_a_process_killed_ten_thousand_times_leaves_a_ledger_that_goes_on(lives: Lives, tmp_path: Path) -> None:
    for number in range(100):
        _kill_at_random(lives, tmp_path / f"ledger-{number}.db", 100, SEED + number)


def _kill_at_random(lives: Lives, path: Path, kills: int, seed: int) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    killed = 0
    for number in range(kills):
        notes = chance.choice((0, 1, 2, 5, 20, 40))
        pause = chance.uniform(0, 0.003) if notes else chance.uniform(0, 0.02)
        life = Life(str(path), seed + number, turns=10_000, notes=notes, pause=pause)
        killed += lives.live(life) == KILLED
        assert wrong_with(path) is None, life
    assert killed == kills
    assert doctor(path).faults == []
    with Ledger.open(path) as ledger:
        assert ledger.last_seq > kills, "they died before anything happened"


@pytest.mark.parametrize("bug", ["one by one", "acknowledged for nothing"])
def test_the_harness_catches_what_is(lives: Lives, tmp_path: Path, bug: str) -> None:
    """The seeded bugs: a transaction that is none, and an acknowledgement of what was never committed."""
    path = tmp_path / "ledger.db"
    Ledger.open(path).close()
    lives.live(Life(str(path), SEED, turns=200, point="ledger.append.events", nth=8, bug=bug))
    assert wrong_with(path) is not None


@pytest.mark.parametrize("room", [0, 5_000, 40_000, 300_000])
def test_a_full_disk_takes_nothing_back_and_stops_nothing_for_good(lives: Lives, tmp_path: Path, room: int) -> None:
    """RLIMIT_FSIZE: no file may grow any further, then it may."""
    path = tmp_path / "ledger.db"
    assert lives.live(Life(str(path), SEED, turns=30)) == 0
    path.with_suffix(".backup").unlink()
    for number in range(3):
        assert lives.live(Life(str(path), SEED + number, turns=20, room=room)) == 0
        assert wrong_with(path) is None
    assert doctor(path).faults == []


def test_a_full_disk_and_a_kill_together_take_nothing_back(lives: Lives, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    for number in range(5):
        life = Life(
            str(path),
            SEED + number,
            room=10_000 * number,
            turns=1000,
            point="ledger.append.commit",
            nth=20 + 40 * number,
        )
        assert lives.live(life) == KILLED
        assert wrong_with(path) is None
