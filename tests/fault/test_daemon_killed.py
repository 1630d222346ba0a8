"""Daemons killed at random, and workers with them: nothing is lost, nothing is done twice, rows equal replay."""

import os
import random
import signal
import tempfile
import time
from pathlib import Path

import pytest

from sentinel.domain.run.endings import LOST_AT_MOST
from tests.effort import often
from tests.fault import judging, lives
from tests.fault.conftest import Tell
from tests.fault.killing import RUNS_AT_ONCE, Tally, in_chunks, kill_at_random

KILLS = int(os.environ.get("SENTINEL_KILLS", "10000"))
SHARDS = 4
CHUNK = 100
"""Kills of one site: a ledger that grows for ever would be what takes the time."""


def killed(site: lives.Site, kills: int, chance: random.Random) -> Tally:
    """Kill, and judge."""
    tally = kill_at_random(site, kills, chance)
    assert judging.faults(site) == []
    assert judging.redone(site) == []
    assert len(judging.posted(site)) == tally.runs, "each run did its effect"
    return tally


def test_random_kills_lose_nothing_and_redo_nothing(tmp_path: Path, seed: int, tell: Tell) -> None:
    site = lives.Site(tmp_path)
    chance, shot = random.Random(seed), 0
    for _ in range(4):  # on a machine with much else to do, so few lives may not come to all of it
        tally = killed(site, often(15, 30), chance)
        shot += tally.workers_shot
        if tally.runs > 2 * RUNS_AT_ONCE and shot and tally.in_doubt:
            tell(**tally.figures())
            return
    pytest.fail(f"lives did not get on, no worker was shot, or no effect was in doubt: {tally}")


def test_a_step_whose_daemon_dies_again_and_again_before_it_begins_is_not_given_up(tmp_path: Path) -> None:
    """Five losses without progress give a step up, but only losses of its own: ten thousand kills found this one."""
    site = lives.Site(tmp_path)
    asks = [site.plan("once")]
    for _ in range(LOST_AT_MOST + 2):
        assert lives.wait(site.live(asks, kill_at=("supervisor.spawn.begin", 1)), 20) == -signal.SIGKILL
        asks = []
    site.finish()
    assert judging.faults(site) == []


@pytest.mark.long
def test_an_effect_that_asks_nobody_is_caught_doubling(tmp_path: Path, seed: int) -> None:
    """The seeded bug: the judge has to see what the other test says never happens."""
    site = lives.Site(tmp_path)
    chance = random.Random(seed)
    for _ in range(34):
        kill_at_random(site, 3, chance, effect="post-naively", shooting=1.0)
        if judging.doubled(site):
            return
    pytest.fail("a hundred kills, and no effect was seen to double")


@pytest.mark.long
@pytest.mark.parametrize("shard", range(SHARDS))
def test_ten_thousand_random_kills(shard: int, tmp_path: Path, seed: int, tell: Tell) -> None:
    began = time.monotonic()
    total = Tally()
    in_chunks(KILLS // SHARDS, CHUNK, seed + shard, lambda kills, chance: total.add(_one(tmp_path, kills, chance)))
    tell(**total.figures(), lost=0, redone=0, doubled=0, seconds=round(time.monotonic() - began))


def _one(folder: Path, kills: int, chance: random.Random) -> Tally:
    with tempfile.TemporaryDirectory(dir=folder) as root:
        return killed(lives.Site(Path(root)), kills, chance)
