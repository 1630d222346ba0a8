"""Daemons that find their ledger torn: they go on from a prefix of what was acknowledged, or refuse, loudly."""

import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentinel.domain.event import Event
from sentinel.domain.house import DaemonStarted
from sentinel.ledger import Ledger, LedgerDamaged
from sentinel.ledger import ledger as opened
from sentinel.ledger import streams as reading
from sentinel.ledger.check import checkpoint
from tests.fault import judging, lives
from tests.fault.conftest import Tell
from tests.fault.test_ledger_damage import Image, harm

HARMS, MANY = 10, 100
LOUD = ("E-damaged-ledger", "E-ledger-differs", "E-newer-ledger")
"""Why a start may be refused; a file whose version is harmed looks newer than any."""


@dataclass(frozen=True)
class Past:
    """A site as killed daemons left it, a copy of it, the files of its ledger, and its events."""

    site: lives.Site
    saved: Path
    image: Image
    events: list[Event]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    site, saved = lives.Site(tmp_path / "site"), tmp_path / "saved"
    for number in range(6):
        life = site.live([site.plan(f"{number}")], until_quiet=number % 3 == 0)
        if number % 3:  # killed in the midst of it, and not at its end
            lives.until(lambda number=number: len(site.acknowledged()) == number + 1)
            time.sleep(0.05)
            lives.end(life)
        else:
            lives.wait(life, 60)
    site.come_to_rest()
    shutil.copytree(site.root, saved)
    files = {end: Path(f"{site.ledger}{end}").read_bytes() for end in ("", "-wal")}
    with Ledger.open(site.ledger) as ledger:
        events = ledger.reads.events(limit=10**6)
    return Past(site, saved, Image(files), events)


def outcome(past: Past, chance: random.Random) -> str:
    """What a daemon comes to after some harm; a sentence where that is none of `refused`, `told` and `goes on`."""
    _again(past)
    how, image = harm(chance, past.image)
    for end in ("", "-wal"):
        Path(f"{past.site.ledger}{end}").unlink()
    for end, data in image.files.items():
        Path(f"{past.site.ledger}{end}").write_bytes(data)
    return _lived(past, how)


def _again(past: Past) -> None:
    past.site.come_to_rest()
    shutil.rmtree(past.site.root)
    shutil.copytree(past.saved, past.site.root)


def _lived(past: Past, how: str, first: Callable[[], None] = lambda: None) -> str:
    status = lives.wait(past.site.live([], first=first), 60)
    if status == lives.DONE:
        return _went_on(past, how)
    said = past.site.errors()
    loud = status == lives.BROKE and any(code in said for code in LOUD)
    return "refused" if loud else f"{how}: the daemon ended with {status}: {said[-1000:]}"


def _went_on(past: Past, how: str) -> str:
    site = past.site
    try:
        with Ledger.open(site.ledger) as ledger:
            events = ledger.reads.events(limit=10**6)
    except LedgerDamaged:
        return "told"  # in a stream that was sealed, and that no start has asked for since
    kept = next(number for number in range(len(events) + 1) if events[: number + 1] != past.events[: number + 1])
    if not isinstance(events[kept].body, DaemonStarted):
        return f"{how}: after {kept} events comes {events[kept]}, and no daemon's start"
    wrong = judging.unfinished(site) + judging.unsound(site) + judging.doubled(site) + judging.undone(site)
    return f"{how}: {wrong}" if wrong else "goes on"


def _harmed(past: Past, number: int, seed: int) -> Counter[str]:
    outcomes = Counter(outcome(past, random.Random(f"{seed}.{each}")) for each in range(number))
    assert set(outcomes) <= {"refused", "told", "goes on"}
    return outcomes


def test_a_daemon_on_a_torn_ledger_goes_on_from_a_prefix_or_refuses(past: Past, seed: int, tell: Tell) -> None:
    tell(**_harmed(past, HARMS, seed))


@pytest.mark.long
def test_daemons_on_a_hundred_torn_ledgers(past: Past, seed: int, tell: Tell) -> None:
    began = time.monotonic()
    tell(**_harmed(past, MANY, seed), seconds=round(time.monotonic() - began))


def test_a_daemon_refuses_a_ledger_that_somebody_edited(past: Past) -> None:
    _again(past)
    _edit(past)
    assert _lived(past, "edited") == "refused"
    assert "E-damaged-ledger" in past.site.errors()


@pytest.mark.long
def test_a_daemon_that_trusts_its_file_is_caught(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded bug: no sums, and no replay at the start."""

    def trusts() -> None:
        opened.check_since_seal = lambda connection, _: checkpoint(connection)
        reading.event_sum = lambda _: _Anything()  # type: ignore[assignment,return-value]

    _again(past)
    _edit(past)
    monkeypatch.setattr(reading, "event_sum", lambda _: _Anything())  # what it wrote can be read only as it reads
    monkeypatch.setattr(judging, "unsound", lambda _: [])
    assert "no daemon's start" in _lived(past, "edited", trusts)


def _edit(past: Past) -> None:
    """Change what happened, as somebody would who knows the schema."""
    with closing(sqlite3.connect(past.site.ledger, isolation_level=None)) as connection:
        found = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'events'"
        guards = connection.execute(found).fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        (last,) = connection.execute("SELECT max(seq) FROM events WHERE kind = 'RunQueued'").fetchone()
        connection.execute("UPDATE events SET actor = 'uid:eve' WHERE seq = ?", (last,))
        for _, sql in guards:
            connection.execute(sql)


class _Anything(bytes):
    """A sum that is equal to whatever stands there."""

    def __getitem__(self, _: object) -> "_Anything":  # type: ignore[override]
        return self

    def __ne__(self, _: object) -> bool:
        return False

    def __eq__(self, _: object) -> bool:
        return True

    __hash__ = bytes.__hash__
