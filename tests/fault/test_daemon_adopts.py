"""Daemons killed while several of their workers live: the next daemon adopts each, and none is begun again."""

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan, PlannedStep, Retry
from sentinel.supervisor import hands
from tests.fault import judging, lives
from tests.fault.conftest import Tell
from tests.fault.killing import Tally, in_chunks

KILLS = int(os.environ.get("SENTINEL_KILLS", "3000"))
SHARDS = 2
CHUNK = 100
SEVERAL = 3
"""How many workers live, at the least, when their daemon is killed."""
BESIDE = 4


def killed_with_workers(
    site: lives.Site,
    kills: int,
    chance: random.Random,
    first: Callable[[], None] = lambda: None,
    ms: tuple[int, int] = (20, 200),
) -> Tally:
    """Kill daemons, each while several workers live; the tally, with the workers that each left behind."""
    tally = Tally()
    for number in range(kills):
        life = site.live([_wide(site, f"{number}", chance, ms)], until_quiet=False, first=first)
        living = _taken_up(site, number + 1)
        time.sleep(chance.uniform(0, 0.02))
        lives.end(life)
        assert living >= SEVERAL, f"no {SEVERAL} workers came to live at once: {site.errors()}"
        tally.kills += 1
        tally.workers_left += living
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
    tell(**judged(_site(tmp_path), 60, random.Random(seed)).figures())


def test_a_daemon_that_takes_every_lock_for_free_is_caught(tmp_path: Path, seed: int) -> None:
    """The seeded bug: a living worker is taken for lost, and its step begun a second time."""

    def takes_busy_for_free() -> None:
        hands.is_busy = lambda _: False

    site = _site(tmp_path)
    killed_with_workers(site, 4, random.Random(seed), takes_busy_for_free, ms=(600, 600))
    assert judging.redone(site) != []
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
    return lives.Site(root, slots=Slots(2 * BESIDE, 0, 0, 2**36))


def _wide(site: lives.Site, tag: str, chance: random.Random, ms: tuple[int, int]) -> Plan:
    told = {"file": str(site.marks), "tag": tag}
    return lives.plan_of(*(
        PlannedStep(f"s{number}", "use", "mark", params={**told, "ms": chance.randint(*ms)}, needs=lives.SMALL,
                    retry=Retry(3, 5))
        for number in range(BESIDE)
    ))  # fmt: skip


def _taken_up(site: lives.Site, asked: int) -> int:
    """Wait until a daemon has taken up what its predecessor left, and several workers live; how many then do."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        living = _living(site)
        if living >= SEVERAL and len(site.acknowledged()) == asked:
            return living
        time.sleep(0.001)
    return 0


def _living(site: lives.Site) -> int:
    """How many steps have begun and not ended."""
    words = [line.split()[0] for line in lives.lines(site.marks)]
    return words.count("begin") - words.count("end")
