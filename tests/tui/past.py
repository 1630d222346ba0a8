"""A daemon's mind over a ledger, whose clock is moved by a story and whose workers end when their time has come.

All that is put on record goes through the engine, as in the daemon, so that it could have happened.
"""

import heapq
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sentinel.contract.attempt import LOG, AttemptIn, AttemptOut
from sentinel.contract.types import Registry
from sentinel.domain.digest import digest_of
from sentinel.domain.policy.forecast import Foreseen, Span
from sentinel.domain.quantity import MINUTE, SECOND
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.state import Run
from sentinel.ledger import Ledger
from sentinel.outside.clock import FakeClock
from sentinel.recipe.check import check_workspace
from sentinel.supervisor.attempts import Places
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.folders import AttemptFolders
from sentinel.supervisor.taking import catalogue_of, take
from sentinel.supervisor.work import Spawn

PERSON = "uid:1000"
RELEASE = "0.1.0"
COMMIT = "3f2c9e1d5b7a4c608e9f1a2b3c4d5e6f7a8b9c0d"
_TAKES = {
    "resolve": 4 * SECOND, "assemble": 95 * SECOND, "gate": 7 * SECOND, "forge": 38 * MINUTE, "reforge": 41 * MINUTE,
    "evaluate": 5 * MINUTE,
    "card": 9 * SECOND, "import": 31 * SECOND, "program": 6 * SECOND, "rotation": 3 * SECOND, "ranks": 14 * SECOND,
    "send": 21 * SECOND, "publish": 12 * SECOND, "submit": 8 * SECOND,
}  # fmt: skip
_USUAL = 5 * SECOND
_WHOLE = {
    "lifecycle": 45 * MINUTE, "reforge": 49 * MINUTE, "challenger": 43 * MINUTE, "rotation": 48 * MINUTE,
    "days": 5 * MINUTE, "board": 15 * SECOND, "challenge": 6 * MINUTE,
}  # fmt: skip
"""How long a run of a recipe is foreseen to take."""
_LIVES = -1

Worker = Callable[[AttemptIn, int], AttemptOut]
"""What comes of an attempt, at a moment."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ends that does not end as usual."""

    end: str
    error: Refusal | None = None
    after: int | None = None


LIVES_ON = Ending("", after=_LIVES)
"""It has not ended when the story has."""


@dataclass
class Past:
    """A house that is played from one moment to the next."""

    place: Path
    begun: int
    worker: Worker
    registry: Registry
    endings: dict[str, Ending] = field(default_factory=dict)
    """How some attempts end, by their ids."""
    told: dict[str, AttemptIn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A daemon comes, and takes the workspace's files."""
        state = self.place / ".sentinel"
        (state / "attempts").mkdir(parents=True)
        self.folders = AttemptFolders(state / "attempts")
        self.clock = FakeClock(self.begun)
        places = Places(str(state / "store"), str(self.place), "here")
        checked = check_workspace(self.place, self.registry)
        assert checked.config is not None and not checked.faults, list(map(str, checked.faults))
        self.engine = Engine(
            Ledger.open(state / "ledger.db"), self.clock, self.folders, places, checked.config.slots()["here"]
        )
        self._ends: list[tuple[int, int, str]] = []
        self._count = 0
        self.engine.start(1, RELEASE)
        catalogue = catalogue_of(checked, self.engine.catalogue, (COMMIT, False, None))
        self.do(lambda engine: take(engine, catalogue, (), {}))

    @property
    def now(self) -> int:
        """The moment."""
        return self.clock.now()

    def do(self, act: Callable[[Engine], Done]) -> Any:
        """Have something done, and the workers started that it orders; its answer."""
        done = act(self.engine)
        assert not isinstance(done.answer, Refusal), str(done.answer)
        for order in done.orders:
            if isinstance(order, Spawn):
                os.close(order.lock)
                self._start(order.told)
            else:
                self._push(order.attempt, self.now + SECOND, Ending(order.how))
        return done.answer

    def until(self, moment: int) -> None:
        """Time passes, and all that is due is done, and every worker ends whose time has come."""
        while True:
            rings = self.engine.next_alarm()
            ends = self._ends[0][0] if self._ends else None
            due = min((each for each in (rings, ends) if each is not None), default=None)
            if due is None or due > moment:
                break
            self.clock.set(max(self.now, due))
            self._foretell()
            if ends is not None and ends <= self.now:
                self._end(heapq.heappop(self._ends)[2])
            else:
                self.do(lambda engine: engine.tick())
        self.clock.set(moment)
        self._foretell()
        self.do(lambda engine: engine.tick())

    def run(self, name: str) -> Run:
        """A run."""
        state: Run = self.engine.ledger.state(f"run/{name}")
        return state

    def runs(self, recipe: str) -> list[Run]:
        """The runs of a recipe, the oldest first."""
        rows = self.engine.ledger.reads.runs(recipe=recipe, limit=500)
        return [self.run(row.id) for row in reversed(rows)]

    def close(self, why: str) -> None:
        """The daemon goes; who works lives on."""
        self.engine.stop(why)
        self.engine.ledger.close()

    def _foretell(self) -> None:
        """Put on record what is expected of the runs that have come or begun: roughly what is usual."""
        # in an order of its own: that in which the daemon looked at them differs from one process to the next
        self.engine.floor.untold = dict(sorted(self.engine.floor.untold.items()))
        untold = [self.run(name) for name in self.engine.floor.untold]
        told = {run.id: _foreseen(run) for run in untold}
        if untold:
            self.do(lambda engine: engine.foretell(told, self.now))

    def _start(self, told: AttemptIn) -> None:
        self.told[told.attempt] = told
        ending = self.endings.get(told.attempt)
        after = took(told) if ending is None or ending.after is None else ending.after
        if after != _LIVES:
            self._push(told.attempt, self.now + after, ending)

    def _push(self, attempt: str, at: int, ending: Ending | None) -> None:
        if ending is not None:
            self.endings[attempt] = ending
        self._ends = [each for each in self._ends if each[2] != attempt]
        self._count += 1
        heapq.heappush(self._ends, (at, self._count, attempt))

    def _end(self, attempt: str) -> None:
        told, ending = self.told[attempt], self.endings.get(attempt)
        result = AttemptOut(attempt, ending.end, error=ending.error) if ending else self.worker(told, self.now)
        used = replace(result, cpu_ms=round(0.8 * took(told)), peak_memory=(300 + chance(attempt, 900)) * 2**20)
        _log(self.folders.path(attempt), told, result)
        self.do(lambda engine: engine.ended(used, used.end))


def took(told: AttemptIn) -> int:
    """How long an attempt takes: always the same, and each a little else."""
    usual = _TAKES.get(told.use, _USUAL)
    train: Mapping[str, Any] = (told.params or {}).get("train") or {}
    usual = round(usual * (train.get("epochs") or 3) / 3)
    return round(usual * (0.85 + chance(told.attempt, 300) / 1000))


def chance(name: str, below: int) -> int:
    """A number below another, always the same for a name."""
    return int(digest_of(["chance", name])[:12], 16) % below


def _foreseen(run: Run) -> Foreseen:
    begins = run.created_at if run.started_at is None else run.started_at
    if run.recipe not in _WHOLE:
        return Foreseen(Span(begins, begins + 30 * SECOND), Span(), why="it waits for a person")
    usual = round(_WHOLE[run.recipe] * (0.94 + chance(f"{run.id} {run.started_at}", 120) / 1000))
    return Foreseen(Span(begins, begins + 30 * SECOND), Span(begins + usual, begins + round(1.2 * usual)))


def _log(folder: Path, told: AttemptIn, result: AttemptOut) -> None:
    if folder.is_dir():
        last = result.says or (str(result.error) if result.error is not None else result.end)
        (folder / LOG).write_text(f"{told.use} begins, with {told.needs.cpus} threads\n{last}\n", encoding="utf-8")
