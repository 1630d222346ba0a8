"""A disk without room: what was acknowledged is there, the daemon stays up, and goes on when there is room."""

import asyncio
import os
import random
import resource
import signal
import time
from pathlib import Path

import pytest

from sentinel.contract.registry import load
from sentinel.domain.house import AlertCleared, AlertRaised, FilesBroken
from sentinel.ledger import Ledger, LedgerFull
from sentinel.recipe.check import check_workspace
from sentinel.supervisor import daemon as daemons
from sentinel.supervisor.daemon import Daemon
from sentinel.supervisor.work import Work
from tests.fault import judging, lives
from tests.fault.conftest import Tell

RUNS = 6
UNLIMITED = resource.RLIM_INFINITY


def impatient() -> None:
    """Look for room, and at files, more often than is sensible."""
    daemons.ROOM_EVERY = daemons.LOOKS_EVERY = 0.05


def room(life: int, size: int) -> None:
    """Let a process write files up to a size, and no further."""
    resource.prlimit(life, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def test_a_daemon_whose_disk_is_full_again_and_again(tmp_path: Path, seed: int, tell: Tell) -> None:
    _full_again_and_again(tmp_path, 8, random.Random(seed), tell)


@pytest.mark.long
def test_a_daemon_whose_disk_is_full_a_hundred_times(tmp_path: Path, seed: int, tell: Tell) -> None:
    _full_again_and_again(tmp_path, 100, random.Random(seed), tell)


def _full_again_and_again(root: Path, times: int, chance: random.Random, tell: Tell) -> None:
    site = lives.Site(root)
    life, full = site.live([], first=impatient, during=_asking_on), 0
    lives.until(lambda: len(site.acknowledged()) > 0)
    # on a slow machine nobody may happen to ask while the disk is full: then it is full more often
    while times > 0 or (not (site.root / "refused").exists() and times > -10 * RUNS):
        times, full = times - 1, full + 1
        time.sleep(chance.uniform(0.02, 0.15))
        # nothing at all, next to nothing, or all files but the ledger's log
        room(life, chance.choice((0, 4096, max(4096, _log_of(site)))))
        time.sleep(chance.uniform(0.05, 0.2))
        assert lives.alive(life), site.errors()
        room(life, UNLIMITED)
    (site.root / "enough").touch()
    status = lives.wait(life, 60 + 2 * full)
    assert status == lives.DONE, f"{status}: {site.errors()}"
    assert judging.faults(site) == []
    assert judging.redone(site) == []
    refused = int((site.root / "refusals").read_text())
    assert refused > 0, "the disk was never full when somebody asked"
    tell(times_full=full, refused=refused, runs=judging.runs(site))


def test_a_ledger_that_may_have_no_more_pages(tmp_path: Path) -> None:
    """`max_page_count`: the asker is told, what runs is recorded later, and nothing is done twice."""

    async def fill(site: lives.Site, daemon: Daemon) -> None:
        for number in range(3):
            asked = await lives.ask(site, daemon, site.plan(f"before {number}", ms=100))
            (pages,) = await daemon.read(lambda ledger: _pragma(ledger, "page_count"))
            await daemon.read(lambda ledger, pages=pages: _pragma(ledger, f"max_page_count = {pages}"))
            with pytest.raises(LedgerFull, match="Make room; nothing is lost, and the daemon goes on by itself"):
                for more in range(200):
                    await lives.ask(site, daemon, site.plan(f"{number}.{more}", ms=1))
            await asyncio.sleep(0.3)
            assert asked in daemon.engine.floor.open, "its workers have ended by now, and nobody could record it"
            await daemon.read(lambda ledger: _pragma(ledger, "max_page_count = 1073741823"))
        await lives.quiet(daemon)

    site = lives.Site(tmp_path)
    status = lives.wait(site.live([], first=impatient, during=fill), 60)
    assert status == lives.DONE, f"{status}: {site.errors()}"
    assert judging.faults(site) == []
    assert judging.redone(site) == []


def test_files_that_are_edited_while_the_disk_is_full_are_noticed_afterwards(tmp_path: Path) -> None:
    """The look at the files wanted to record what it saw, and took the daemon down."""
    registry = load()
    site = lives.Site(tmp_path, check=lambda root: check_workspace(root, registry))
    config = site.root / "workspace" / "sentinel.yaml"
    config.write_text("timezone: UTC\n")
    life = site.live([site.plan("first")], first=impatient, during=_until_files_are_broken)
    lives.until(lambda: len(site.acknowledged()) == 1)
    room(life, 0)
    config.write_text("timezone: [UTC\n")
    time.sleep(0.4)
    assert lives.alive(life), site.errors()
    room(life, UNLIMITED)
    assert lives.wait(life, 20) == lives.DONE, site.errors()
    with Ledger.open(site.ledger) as ledger:
        house = [event.body for event in ledger.reads.events(stream="house", limit=1000)]
    assert any(isinstance(body, FilesBroken) for body in house)


def test_a_daemon_that_is_told_to_go_while_its_disk_is_full_goes(tmp_path: Path) -> None:
    site = lives.Site(tmp_path)
    life = site.live([site.plan("first", ms=50)], first=impatient, until_quiet=False)
    lives.until(lambda: len(site.acknowledged()) == 1)
    room(life, 0)
    time.sleep(0.2)
    os.kill(life, signal.SIGTERM)
    assert lives.wait(life, 5) == lives.DONE, site.errors()
    site.finish()
    assert judging.faults(site) == []
    assert judging.redone(site) == []


def test_attempts_that_no_folder_can_be_made_for_start_as_soon_as_one_can(tmp_path: Path) -> None:
    """Somebody is told, once, and once there is room again."""
    site = lives.Site(tmp_path)
    site.attempts.rmdir()
    site.attempts.touch()
    life = site.live([site.plan(f"{tag}") for tag in range(3)])
    lives.until(lambda: len(site.acknowledged()) == 3)
    time.sleep(0.2)
    assert lives.alive(life), site.errors()
    site.attempts.unlink()
    site.attempts.mkdir()
    assert lives.wait(life, 10) == lives.DONE, site.errors()
    assert judging.faults(site) == []
    with Ledger.open(site.ledger) as ledger:
        house = [event.body for event in ledger.reads.events(stream="house", limit=1000)]
    told = [body.sentence for body in house if isinstance(body, AlertRaised)]
    assert told == ["No attempt can start here: Not a directory."]
    assert [body.alert for body in house if isinstance(body, AlertCleared)] == ["disk:here"]


def test_a_daemon_that_acknowledges_what_the_disk_did_not_take_is_caught(tmp_path: Path) -> None:
    """The seeded bug: a full disk is taken for a small matter."""

    def shrugs() -> None:
        impatient()
        commit = Work.commit

        def shrug(work: Work) -> object:
            try:
                return commit(work)
            except LedgerFull:
                return []

        Work.commit = shrug  # type: ignore[method-assign]

    site = lives.Site(tmp_path)
    life = site.live([], first=shrugs, during=_asking_on)
    lives.until(lambda: len(site.acknowledged()) >= 1)
    room(life, _log_of(site))
    time.sleep(0.3)
    lives.end(life)
    with pytest.raises(AssertionError):
        site.finish(5)
        assert judging.faults(site) == []


async def _until_files_are_broken(site: lives.Site, daemon: Daemon) -> None:
    while not (await daemon.read(lambda ledger: ledger.state("house"))).broken:  # noqa: ASYNC110 - from outside
        await asyncio.sleep(0.02)
    await daemon.down("now")


async def _asking_on(site: lives.Site, daemon: Daemon) -> None:
    """Ask for runs until it is enough, some at once; whoever is told that the disk is full asks again."""
    refused = 0
    while not (site.root / "enough").exists():
        if len(daemon.engine.floor.open) < RUNS:
            try:
                await lives.ask(site, daemon, site.plan(f"{time.monotonic_ns()}", ms=20))
            except LedgerFull:
                refused += 1
                (site.root / "refused").touch()
            except OSError:
                pass  # on record, and no room to write down that it was acknowledged
        await asyncio.sleep(0.01)
    (site.root / "refusals").write_text(f"{refused}")
    await lives.quiet(daemon)


def _pragma(ledger: Ledger, what: str) -> tuple[int]:
    found: tuple[int] = ledger._connection.execute(f"PRAGMA {what}").fetchone()
    return found


def _log_of(site: lives.Site) -> int:
    return site.ledger.with_name("ledger.db-wal").stat().st_size
