"""Daemons killed while several of their workers live: the next daemon adopts each, and none is begun again."""

import asyncio
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan, PlannedStep, Retry
from sentinel.domain.run.commands import Cancel
from sentinel.ledger import Ledger
from sentinel.supervisor import hands
from sentinel.supervisor.daemon import Daemon
from tests.effort import often
from tests.fault import judging, lives
from tests.fault.conftest import Tell
from tests.fault.killing import Tally, in_chunks

KILLS = int(os.environ.get("SENTINEL_KILLS", "3000"))
SHARDS = 2
CHUNK = 100
SEVERAL = 4
"""How many workers live, at the least, when their daemon is killed."""
COMES_UP_IN = 60.0


def killed_with_workers(
    site: lives.Site, kills: int, chance: random.Random, first: Callable[[], None] = lambda: None
) -> Tally:
    """Kill daemons, each while several workers live that go on until the next daemon has taken them up."""
    tally = Tally()
    for number in range(kills):
        life = site.live([_beside(site, number)], until_quiet=False, first=first)
        # the next daemon's door is open, so that it has taken up what it found, and its own workers live
        lives.until(lambda number=number: _begun(site, number) == SEVERAL, COMES_UP_IN)
        if number:
            _go(site, number - 1).touch()
        time.sleep(chance.uniform(0, 0.02))
        tally.workers_left += _living(site)
        lives.end(life)
        tally.kills += 1
    _go(site, kills - 1).touch()
    site.finish()
    tally.runs = judging.runs(site)
    return tally


def judged(site: lives.Site, kills: int, chance: random.Random) -> Tally:
    """Kill, and judge."""
    tally = killed_with_workers(site, kills, chance)
    assert judging.redone(site) == []
    assert judging.faults(site) == []
    return tally


def test_workers_that_outlive_their_daemon_are_adopted(tmp_path: Path, seed: int, tell: Tell) -> None:
    tell(**judged(_site(tmp_path), often(6, 25), random.Random(seed)).figures())


def test_the_workers_of_a_run_that_was_cancelled_are_ended_by_the_next_daemon(tmp_path: Path) -> None:
    """One had ended meanwhile, so that its run was looked at before the other one was known: nobody ended that."""

    async def cancel_and_die(site: lives.Site, daemon: Daemon) -> None:
        while len(site.workers()) < SEVERAL:  # noqa: ASYNC110 - from outside
            await asyncio.sleep(0.01)
        await daemon.do(lambda engine: engine.command("uid:test", "r1", Cancel("cancelled", "no longer wanted")))
        os.kill(os.getpid(), signal.SIGKILL)

    def ends_nobody() -> None:
        hands.Hands.end = lambda *_: None  # type: ignore[method-assign]

    site = _site(tmp_path)
    lives.wait(site.live([_beside(site, 0)], first=ends_nobody, during=cancel_and_die), 60)
    first = hands.worker_of(site.attempts / "r1.k0-0.a1")
    assert first is not None
    os.killpg(first[0], signal.SIGKILL)
    site.finish()
    with Ledger.open(site.ledger) as ledger:
        assert ledger.state("run/r1").state == "cancelled"


def test_a_daemon_that_takes_every_lock_for_free_is_caught(tmp_path: Path, seed: int) -> None:
    """The seeded bug: a living worker is taken for lost, and its step begun a second time."""

    def takes_busy_for_free() -> None:
        hands.is_busy = lambda _: False

    site = _site(tmp_path)
    killed_with_workers(site, 3, random.Random(seed), takes_busy_for_free)
    assert judging.redone(site) != []


def test_a_daemon_that_takes_every_worker_for_dead_is_caught(tmp_path: Path, seed: int) -> None:
    """The seeded bug, and worse: the living worker goes on beside the next."""

    def takes_the_living_for_dead() -> None:
        hands.is_busy = hands.is_alive = lambda *_: False

    site = _site(tmp_path)
    killed_with_workers(site, 3, random.Random(seed), takes_the_living_for_dead)
    assert judging.overlapping(site) != []


@pytest.mark.long
@pytest.mark.parametrize("shard", range(SHARDS))
def test_three_thousand_kills_with_live_workers(shard: int, tmp_path: Path, seed: int, tell: Tell) -> None:
    began = time.monotonic()
    total = Tally()

    def chunk(kills: int, chance: random.Random) -> None:
        with tempfile.TemporaryDirectory(dir=tmp_path) as root:
            total.add(judged(_site(Path(root)), kills, chance))

    in_chunks(KILLS // SHARDS, CHUNK, seed + shard, chunk)
    tell(**total.figures(), lost=0, redone=0, overlapping=0, seconds=round(time.monotonic() - began))


def _site(root: Path) -> lives.Site:
    return lives.Site(root, slots=Slots(3 * SEVERAL, 0, 0, 2**36))


def _beside(site: lives.Site, number: int) -> Plan:
    told = {"file": str(site.marks), "until": str(_go(site, number)), "tag": f"{number}"}
    steps = (
        PlannedStep(f"k{number}-{each}", "use", "mark", params=told, needs=lives.SMALL, retry=Retry(3, 5))
        for each in range(SEVERAL)
    )
    return lives.plan_of(*steps)


def _go(site: lives.Site, number: int) -> Path:
    return site.root / f"go-{number}"


def _begun(site: lives.Site, number: int) -> int:
    """How many steps of a run have begun, once or more."""
    begun = (line.split() for line in lives.lines(site.marks) if f".k{number}-" in line)
    return len({step for word, step, *_ in begun if word == "begin"})


def _living(site: lives.Site) -> int:
    """How many steps have begun and not ended."""
    words = [line.split()[0] for line in lives.lines(site.marks)]
    return words.count("begin") - words.count("end")
