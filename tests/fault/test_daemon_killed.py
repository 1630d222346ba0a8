"""The daemon is killed, at random and at every named point: nothing is lost, nothing is done twice, rows equal replay."""

import os
import random
from pathlib import Path

import pytest

import judging
import lives
from sentinel.domain import points
from sentinel.ledger.ledger import Ledger

RUNS_AT_ONCE = 3
KILLS = int(os.environ.get("SENTINEL_KILLS", "60"))
SEED = int(os.environ.get("SENTINEL_SEED", "20261121"))

ELSEWHERE = ("ledger.backup", "ledger.restore", "ledger.create", "ledger.open.migrated")
"""The ledger's own tests kill here: a daemon comes here once in a ledger's life, or when it is asked to."""
COME_TO = [point for point in points.POINTS if not point.startswith(ELSEWHERE)]


def _killed_at_random(site: lives.Site, kills: int, chance: random.Random, effect: str = "post") -> int:
    """Kill a daemon again and again while it works; the number of runs that were asked for in all."""
    asked = 0
    for _ in range(kills):
        with Ledger.open(site.ledger) as ledger:
            running = len(ledger.reads.open_runs())
            asked = ledger.reads.last_run()
        asks = [
            site.plan(f"{asked + n}", ms=chance.choice((1, 5, 20)), effect=effect)
            for n in range(max(0, RUNS_AT_ONCE - running))
        ]
        life = site.live(asks, until_quiet=False)
        lives.wait(life, chance.uniform(0.01, 0.12))
        lives.end(life)
    _finish(site)
    with Ledger.open(site.ledger) as ledger:
        return ledger.reads.last_run()


def _finish(site: lives.Site) -> None:
    last = site.live([])
    status = lives.wait(last, 60)
    if status is None:
        lives.end(last)
    assert status == 0, site.errors()[-2000:]


def test_random_kills_lose_nothing_and_redo_nothing(tmp_path: Path) -> None:
    """A living worker is adopted and a finished one recorded, so that no step is begun twice."""
    print(f"seed {SEED}, {KILLS} kills")
    site = lives.Site(tmp_path)
    runs = _killed_at_random(site, KILLS, random.Random(SEED))
    assert runs > KILLS // 20
    assert judging.unfinished(site) == []
    assert judging.missing(site, runs) == []
    assert judging.redone(site) == []
    assert judging.overlapping(site) == []
    assert judging.doubled(site) == []
    assert judging.effects(site) == runs
    assert judging.unsound(site) == []


@pytest.mark.parametrize("point", COME_TO)
def test_a_kill_at_a_named_point_is_survived(point: str, tmp_path: Path) -> None:
    """Killed the first time, the second time, and later, at this point: the next daemon goes on as if nothing were."""
    site = lives.Site(tmp_path)
    killed = 0
    for nth in (1, 2, 3, 5, 8, 13, 21):
        life = site.live([site.plan(f"{point}{nth}")], kill_at=(point, nth))
        status = lives.wait(life, 30)
        assert status is not None, "a life did not end"
        killed += os.WIFSIGNALED(status)
    _finish(site)
    assert killed >= 1, f"no life came to {point}"
    assert judging.unfinished(site) == []
    assert judging.redone(site) == []
    assert judging.doubled(site) == []
    assert judging.unsound(site) == []
