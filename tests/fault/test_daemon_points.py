"""Processes killed at every named point: the next one goes on as if nothing were."""

import re
import signal
from pathlib import Path

import pytest

from sentinel.domain import points
from sentinel.domain.refusal import Refused
from sentinel.ledger import Ledger
from sentinel.ledger.restore import restore
from sentinel.supervisor.daemon import Daemon
from tests.effort import IS_LONG, slow
from tests.fault import judging, lives
from tests.forked import forked

EVERY_NTH = (1, 1, 2, 3, 5, 8)
NTHS = EVERY_NTH if IS_LONG else (1, 3)
"""Which time that a life comes to a point it is killed; the first time, where it does not come there so often."""
AT_LEAST = 120


@pytest.mark.parametrize("point", [slow(point) if number % 3 else point for number, point in enumerate(points.POINTS)])
def test_a_kill_at_a_named_point_is_survived(point: str, tmp_path: Path) -> None:
    """A point that no life comes to fails here."""
    once = point == "ledger.create.made"
    sites = [lives.Site(tmp_path / f"{number * once}") for number in range(len(NTHS))]
    for number, (site, nth) in enumerate(zip(sites, NTHS, strict=True)):
        status = _killed(site, point, 1 if once else nth, f"{number}")
        if status != -signal.SIGKILL:
            status = _killed(site, point, 1, f"{number} again")
        assert status == -signal.SIGKILL, f"no life came to {point}: {site.errors()}"
    for site in {site.root: site for site in sites}.values():
        site.finish()
        assert judging.faults(site) == []
        assert judging.redone(site) == []


def test_the_named_points_make_enough_kills() -> None:
    assert len(points.POINTS) * len(EVERY_NTH) >= AT_LEAST


def test_every_point_is_named_and_every_name_is_a_point(root: Path) -> None:
    """What the code calls, and nothing else."""
    code = [path.read_text() for path in (root / "sentinel").rglob("*.py")]
    called = [name for text in code for name in re.findall(r'\breach\("([^"]+)"\)', text)]
    assert sorted(called) == sorted(points.POINTS)


def _killed(site: lives.Site, point: str, nth: int, tag: str) -> int | None:
    """A life that is killed at a point; how it ended."""
    if point.startswith("ledger.restore"):
        return _killed_restoring(site, point, nth, tag)
    during = _backing_up if point.startswith("ledger.backup") else None
    return lives.wait(site.live([site.plan(tag)], kill_at=(point, nth), during=during), 30)


async def _backing_up(site: lives.Site, daemon: Daemon) -> None:
    await daemon.read(lambda ledger: list(ledger.backup(site.root / "backup.db")))
    await lives.quiet(daemon)


def _killed_restoring(site: lives.Site, point: str, nth: int, tag: str) -> int | None:
    """What is restored is a backup of what is there, so that nothing may be missing afterwards."""
    assert lives.wait(site.live([site.plan(tag)]), 30) == lives.DONE
    backup = site.root / "backup.db"
    with Ledger.open(site.ledger) as ledger:
        list(ledger.backup(backup))

    def restored() -> None:
        lives.kill_self_at(point, nth)
        restore(backup, site.ledger)

    status = lives.wait(forked(restored), 30)
    if status == -signal.SIGKILL:
        with pytest.raises(Refused, match="E-restore-unfinished"):
            Ledger.open(site.ledger)
        restore(backup, site.ledger)
    return status
