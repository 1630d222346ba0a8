"""Two daemons race for one workspace: one lives, and the other says who does."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.ledger import lock
from tests.fault import judging, lives
from tests.fault.conftest import Tell

RACES = int(os.environ.get("SENTINEL_RACES", "1000"))


def race(
    site: lives.Site, chance: random.Random, first: Callable[[], None] = lambda: None, seconds: float = 20
) -> None:
    """Let two begin at nearly the same time, where one was killed before; kill the winner in the end."""
    before = len(site.refused())
    pids = [site.live([], until_quiet=False, first=first)]
    time.sleep(chance.choice((0, 0, 0, chance.uniform(0, 0.02))))
    pids.append(site.live([], until_quiet=False, first=first))
    living = list(pids)
    try:
        deadline = time.monotonic() + seconds
        while len(living) == 2 and time.monotonic() < deadline:
            for pid in pids:
                got, status = os.waitpid(pid, os.WNOHANG)
                if got:
                    living.remove(pid)
                    break
            time.sleep(0.001)
        assert len(living) == 1, "two daemons live in one workspace"
        assert os.waitstatus_to_exitcode(status) == lives.BUSY, site.errors()[-2000:]
        (told,) = site.refused()[before:]
        assert {told["pid"], *living} == {*pids}
        assert (told["code"], told["what"]) == ("E-busy", f"The ledger is held by the process {living[0]}.")
        assert lives.alive(living[0]), site.errors()[-2000:]
    finally:
        for pid in living:
            lives.end(pid)


def _races(root: Path, number: int, chance: random.Random) -> None:
    site = lives.Site(root / "0")
    for each in range(number):
        if each % 10 == 0:
            site = lives.Site(root / f"{each}")  # the ledger itself is raced for, too
        race(site, chance)
        if each % 10 == 9:
            site.finish()
            assert judging.unsound(site) == []


def test_one_of_two_daemons_lives_and_the_other_names_it(tmp_path: Path, seed: int, tell: Tell) -> None:
    _races(tmp_path, 12, random.Random(seed))
    tell(races=12)


@pytest.mark.long
def test_a_thousand_races(tmp_path: Path, seed: int, tell: Tell) -> None:
    began = time.monotonic()
    _races(tmp_path, RACES, random.Random(seed))
    tell(races=RACES, seconds=round(time.monotonic() - began))


def test_daemons_that_ask_for_no_lock_are_caught(tmp_path: Path, seed: int) -> None:
    """The seeded bug."""

    def without_a_lock() -> None:
        lock.fcntl.flock = lambda *_: None  # type: ignore[assignment]

    with pytest.raises(AssertionError):
        race(lives.Site(tmp_path), random.Random(seed), without_a_lock, seconds=5)
