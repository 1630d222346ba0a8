"""Killing again and again: daemons while they work, and workers while they act on the outside."""

import mmap
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sentinel.domain import points
from sentinel.domain.run.endings import LOST_AT_MOST
from sentinel.ledger import Ledger
from sentinel.outside.processes import is_alive
from sentinel.supervisor.folders import worker_of
from tests.fault import judging, lives

RUNS_AT_ONCE = 3
LEAST_WORK, MOST_WORK = 12, 160
"""Points of its work that a life comes to at the most before it is killed; a run of three steps comes to some fifty."""
QUIET_FOR, COMES_UP_IN = 0.6, 10.0
"""Seconds without a point after which a life has no more to do; on a slow disk one commit took a quarter of this."""
STOPS_WITHIN = 5.0
"""Seconds: a daemon that is told to go ends within these, and its workers live on."""


@dataclass
class Tally:
    """What was done to a site."""

    kills: int = 0
    stops: int = 0
    workers_shot: int = 0
    runs: int = 0
    shots: Counter[str] = field(default_factory=Counter)
    """By run: a step that is lost too often fails, and here nothing may fail."""
    in_doubt: int = 0
    workers_left: int = 0

    def add(self, other: "Tally") -> None:
        """Count what was done to another site too."""
        self.kills += other.kills
        self.stops += other.stops
        self.workers_shot += other.workers_shot
        self.runs += other.runs
        self.in_doubt += other.in_doubt
        self.workers_left += other.workers_left

    def figures(self) -> dict[str, int]:
        """What there is to tell."""
        return {name: held for name, held in vars(self).items() if isinstance(held, int)}


def kill_at_random(
    site: lives.Site, kills: int, chance: random.Random, *, effect: str = "post", shooting: float = 0.7
) -> Tally:
    """Kill daemons at random moments of their work, tell some to go, and kill workers whose effect is in doubt."""
    tally = Tally()
    while tally.kills < kills:
        with Ledger.open(site.ledger) as ledger:
            missing = RUNS_AT_ONCE - len(ledger.reads.open_runs())
        tags = [f"{len(site.born)}.{number}" for number in range(missing)]
        asks = [site.plan(tag, ms=chance.choice((1, 5, 20)), effect=effect) for tag in tags]
        work = Work(chance.randint(LEAST_WORK, MOST_WORK))
        life = site.live(asks, until_quiet=False, first=work.count)
        if chance.random() < shooting:
            shoot_one(site, tally, work.done)
        while not work.done():
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.003))
        if chance.random() < 0.1:
            stop(site, life)
            tally.stops += 1
        else:
            lives.end(life)
            tally.kills += 1
    site.finish()
    tally.runs, tally.in_doubt = judging.runs(site), judging.in_doubt(site)
    return tally


def stop(site: lives.Site, life: int) -> None:
    """Tell a life to go, as systemd does."""
    os.kill(life, signal.SIGTERM)
    status = lives.wait(life, STOPS_WITHIN)
    # told before it could hear: then the signal ends it, and it counts as any other
    assert status in (lives.DONE, -signal.SIGTERM), f"a daemon that was told to go ended with {status}: {site.errors()}"


class Work:
    """How much work a life has done, seen from outside: a count of the points that it came to.

    A moment is random in the work and not in time: on a machine with much else to do, a life that is given so many
    milliseconds dies before it has done anything, and then nothing is tested.
    """

    def __init__(self, enough: int) -> None:
        self._count = mmap.mmap(-1, 8)
        self._enough = enough
        self._seen = (0, time.monotonic())

    def count(self) -> None:
        """In the life: count every point."""
        points.watch(self._one_more)

    def _one_more(self, _point: str) -> None:
        self._count[:] = (int.from_bytes(self._count[:], "little") + 1).to_bytes(8, "little")

    def done(self) -> bool:
        """Whether the life has done enough, or does nothing any more."""
        count, now = int.from_bytes(self._count[:], "little"), time.monotonic()
        if count != self._seen[0]:
            self._seen = (count, now)
        return count >= self._enough or now - self._seen[1] > (QUIET_FOR if count else COMES_UP_IN)


def shoot_one(site: lives.Site, tally: Tally, done: Callable[[], bool]) -> None:
    """Kill one worker that acts on the outside, if one does before the life has done its work."""
    while not done():
        for name in os.listdir(site.attempts):
            run, step, _ = name.split(".")
            if step == "told" and tally.shots[run] < LOST_AT_MOST - 3 and _killed(site, name):
                tally.shots[run] += 1
                tally.workers_shot += 1
                return
        time.sleep(0.002)


def _killed(site: lives.Site, attempt: str) -> bool:
    found = worker_of(site.attempts / attempt)
    if found is None or not is_alive(*found):
        return False
    with suppress(ProcessLookupError):
        os.kill(found[0], signal.SIGKILL)
        return True
    return False


def in_chunks(total: int, size: int, seed: int, chunk: Callable[[int, random.Random], None]) -> None:
    """A long run in pieces, each with a chance of its own: one that fails is run again by its number alone."""
    only = os.environ.get("SENTINEL_CHUNK")
    numbers = [int(only)] if only is not None else range((total + size - 1) // size)
    for number in numbers:
        try:
            chunk(min(size, total - number * size), random.Random(f"{seed}.{number}"))
        except BaseException as error:
            error.add_note(f"again: SENTINEL_SEED={seed} SENTINEL_CHUNK={number}")
            raise
