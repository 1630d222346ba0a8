"""When what is queued starts, and when it ends: the queue played through on the slots, in many worlds.

In each world every step lasts as long as such steps do in one case of many, each gate lets the run go on as often as it
has before, and runs are asked for meanwhile as often as they have been. What starts next is chosen as the daemon
chooses it. The same state gives the same answer.
"""

import heapq
import math
from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b

from sentinel.domain.needs import Needs, Slots
from sentinel.domain.policy.queue import AGEING, PATIENCE

WORLDS = 101
"""A prime, so that every step meets each of its cases once, in an order of its own."""
MIDDLE, BOUND = 0.5, 0.9
"""Half of all worlds are over by the first, nine in ten by the second."""
_NEVER = math.inf
_COMING = 40
"""More runs of a kind than these are not played, should the queue never get empty."""


@dataclass(frozen=True, slots=True)
class Task:
    """A step that has not ended."""

    key: str
    after: tuple[str, ...] = ()
    """The tasks of its run that end before it starts."""
    needs: Needs | None = None
    """What it claims; nothing where it needs no slot."""
    lasts: Callable[[float], float] | None = None
    """The ms within which a share of its like is over: what is left of it, where it has begun. None: nobody knows."""
    begun: bool = False
    goes_on: float = 1.0
    """How often its run goes on after it."""
    position: int = 0
    why: str = ""
    """Why nobody knows how long it lasts, where it is not for want of experience."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A run that has not ended, with what is ahead of it."""

    run: str
    tasks: tuple[Task, ...]
    priority: int
    created_at: int
    begun: bool
    scope: tuple[str, str | None] | None = None
    """Of which no two runs have begun at once, where its policy says so."""
    opens: Callable[[int], int] | None = None
    """From a moment on, when its attempts may start next; None: always."""
    held: str = ""
    """Why nobody knows when it goes on; nothing where it does."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What is asked for now and then: a run like this one, and how many ms lie between two of them on average."""

    like: Ahead
    every: float


@dataclass(frozen=True, slots=True)
class Span:
    """A moment that is expected: by when it has come in half of all cases, and in nine of ten. None: nobody knows."""

    middle: int | None = None
    bound: int | None = None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is expected of a run: its start, where it is queued, its end, and the end of each of its steps."""

    start: Span | None
    end: Span
    steps: Mapping[str, Span] = field(default_factory=dict)
    why: str = ""
    """Why the end is unknown."""


def forecast(
    runs: Sequence[Ahead], free: Slots, whole: Slots, at: int, coming: Sequence[Coming] = (), worlds: int = WORLDS
) -> dict[str, Foreseen]:
    """What is expected of each run. `free` is what those leave of the node that have begun."""
    starts: dict[str, list[float]] = {run.run: [] for run in runs}
    ends: dict[tuple[str, str], list[float]] = {}
    wholes: dict[str, list[float]] = {run.run: [] for run in runs}
    for number in range(worlds):
        world = _World(runs, free, whole, at, coming, number, worlds)
        world.play()
        for run in runs:
            starts[run.run].append(world.started.get(run.run, _NEVER))
            wholes[run.run].append(world.over.get(run.run, _NEVER))
        for key, moment in world.ended.items():
            ends.setdefault(key, []).append(moment)
    told = {}
    for run in runs:
        # of a step that some worlds never come to, the moments of those that do
        steps = {task.key: _span(ends[run.run, task.key]) for task in run.tasks if (run.run, task.key) in ends}
        end = _span(wholes[run.run])
        told[run.run] = Foreseen(
            None if run.begun else _span(starts[run.run]), end, steps, "" if end.middle is not None else _why(run, runs)
        )
    return told


def _span(moments: list[float]) -> Span:
    moments.sort()
    middle, bound = (moments[math.ceil(len(moments) * share) - 1] for share in (MIDDLE, BOUND))
    return Span(*(None if each == _NEVER else round(each) for each in (middle, bound)))


def _why(run: Ahead, runs: Sequence[Ahead]) -> str:
    if run.held:
        return run.held
    unknown = next((task for task in run.tasks if task.lasts is None), None)
    if unknown is not None:
        return unknown.why or f"no attempt at a step like `{unknown.key}` has ended yet"
    unknown_runs = (each for each in runs if each.held or any(task.lasts is None for task in each.tasks))
    ahead = next((each for each in unknown_runs if each.run != run.run), None)
    return f"it may have to wait for {ahead.run}, of which nobody can tell" if ahead is not None else "it cannot start"


class _World:
    """One way in which it may go."""

    def __init__(
        self, runs: Sequence[Ahead], free: Slots, whole: Slots, at: int, coming: Sequence[Coming], number: int,
        worlds: int,
    ) -> None:  # fmt: skip
        self.now, self.whole, self.coming = float(at), whole, coming
        self.cpus, self.gpus, self.memory = free.cpus, free.gpus, free.memory
        self.number, self.worlds = number, worlds
        self.runs = {run.run: run for run in runs}
        self._asked = {run.run for run in runs if not run.held}
        """Those that are asked about, and are not over."""
        self.started: dict[str, float] = {}
        self.over: dict[str, float] = {}
        self.ended: dict[tuple[str, str], float] = {}
        self._left = {run.run: len(run.tasks) for run in runs}
        self._missing = {(run.run, task.key): len(task.after) for run in runs for task in run.tasks}
        self._next: dict[tuple[str, str], list[Task]] = {}
        self._live: dict[str, int] = {}
        self._moving: dict[str, int] = {}
        """Of each run, how many steps are ready, or will end at a time that is known."""
        self._stopped: set[str] = set()
        self._scopes: dict[tuple[str, str | None], str] = {}
        self._ready: list[tuple[tuple[float, int, str, int, str], float, Task]] = []
        self._queued: dict[tuple[str, str | None], set[str]] = {}
        self._events: list[tuple[float, int, str, Task | Coming | None]] = []
        self._wakes: dict[str, int] = {}
        self._count = 0

    def play(self) -> None:
        """Until nothing happens any more."""
        for run in self.runs.values():
            if run.begun and run.scope is not None:
                self._scopes[run.scope] = run.run
        for run in list(self.runs.values()):
            self._take_up(run)
        for number, each in enumerate(self.coming):
            self._push(self.now + self._gap(each, number, 0), f"{number} 0", each)
        self._start()
        while self._events and self._asked:
            moment, _, name, what = heapq.heappop(self._events)
            if moment == _NEVER:
                break
            self.now = moment
            if isinstance(what, Task):
                self._end(self.runs[name], what)
            elif what is not None:
                self._come(what, *map(int, name.split()))
            self._start()

    def _take_up(self, run: Ahead) -> None:
        for task in run.tasks:
            for before in task.after:
                self._next.setdefault((run.run, before), []).append(task)
        if not run.tasks:
            self._over(run)
        for task in run.tasks:
            if task.begun:
                self._begin(run, task)
            elif not task.after and not run.held:
                self._await(run, task)
        if not self._moving.get(run.run):
            self._asked.discard(run.run)

    def _come(self, coming: Coming, number: int, times: int) -> None:
        """Somebody asks for one more; where one waits already of which there is one at a time, for that one."""
        if times < _COMING:
            self._push(self.now + self._gap(coming, number, times + 1), f"{number} {times + 1}", coming)
        run = replace(coming.like, run=f"~{number} {times}", created_at=round(self.now))
        if run.scope is not None and self._queued.get(run.scope):
            return
        self.runs[run.run] = run
        self._left[run.run] = len(run.tasks)
        self._missing |= {(run.run, task.key): len(task.after) for task in run.tasks}
        self._take_up(run)

    def _gap(self, coming: Coming, number: int, times: int) -> float:
        return -math.log(1 - self._case(str(number), str(times), "comes")) * coming.every

    def _await(self, run: Ahead, task: Task) -> None:
        self._moving[run.run] = self._moving.get(run.run, 0) + 1
        if task.needs is None and (run.begun or run.run in self.started):
            self._begin(run, task)
            return
        if run.scope is not None and not run.begun and run.run not in self.started:
            self._queued.setdefault(run.scope, set()).add(run.run)
        rank = (run.created_at - run.priority * AGEING, run.created_at, run.run, task.position, task.key)
        insort(self._ready, (rank, self.now, task), key=lambda each: each[0])

    def _start(self) -> None:
        """Whatever fits, in the order of the queue."""
        place = 0
        while place < len(self._ready):
            rank, since, task = self._ready[place]
            run = self.runs[rank[2]]
            if self._may(run):
                if self._fits(task.needs):
                    del self._ready[place]
                    self._begin(run, task)
                    continue
                if self.now - since > PATIENCE and self._could(task.needs):
                    return
            place += 1

    def _may(self, run: Ahead) -> bool:
        if run.scope is not None and self._scopes.get(run.scope, run.run) != run.run:
            return False
        if run.opens is not None:
            opens = run.opens(round(self.now))
            if opens > self.now:
                if self._wakes.get(run.run) != opens:
                    self._wakes[run.run] = opens
                    self._push(float(opens), run.run, None)
                return False
        return True

    def _begin(self, run: Ahead, task: Task) -> None:
        if not run.begun and run.run not in self.started:
            self.started[run.run] = self.now
            if run.scope is not None:
                self._scopes[run.scope] = run.run
                self._queued.get(run.scope, set()).discard(run.run)
        if task.needs is not None and not task.begun:
            self.cpus, self.gpus, self.memory = (
                self.cpus - task.needs.cpus, self.gpus - task.needs.gpus, self.memory - task.needs.memory,
            )  # fmt: skip
        self._live[run.run] = self._live.get(run.run, 0) + 1
        self._moving[run.run] = self._moving.get(run.run, 0) + task.begun - (task.lasts is None)
        lasts = _NEVER if task.lasts is None else task.lasts(self._case(run.run, task.key, "lasts"))
        self._push(self.now + lasts, run.run, task)

    def _end(self, run: Ahead, task: Task) -> None:
        self.ended[run.run, task.key] = self.now
        self._live[run.run] -= 1
        self._left[run.run] -= 1
        self._moving[run.run] -= 1
        if task.needs is not None:
            self.cpus, self.gpus, self.memory = (
                self.cpus + task.needs.cpus, self.gpus + task.needs.gpus, self.memory + task.needs.memory,
            )  # fmt: skip
        if task.goes_on < 1 and self._case(run.run, task.key, "goes on") >= task.goes_on:
            self._stopped.add(run.run)
            self._ready = [each for each in self._ready if each[0][2] != run.run]
        if run.run not in self._stopped:
            for after in self._next.get((run.run, task.key), ()):
                self._missing[run.run, after.key] -= 1
                if not self._missing[run.run, after.key] and not run.held:
                    self._await(run, after)
        if not self._moving[run.run]:
            self._asked.discard(run.run)  # whether it is over or not: nothing else is known of it
        if not self._live[run.run] and (run.run in self._stopped or not self._left[run.run]):
            self._over(run)

    def _over(self, run: Ahead) -> None:
        self.over[run.run] = self.now if not run.held else _NEVER
        self._asked.discard(run.run)
        if run.scope is not None and self._scopes.get(run.scope) == run.run:
            del self._scopes[run.scope]

    def _fits(self, needs: Needs | None) -> bool:
        return needs is None or (
            needs.cpus <= self.cpus and needs.gpus <= self.gpus and needs.memory <= self.memory and self._could(needs)
        )

    def _could(self, needs: Needs | None) -> bool:
        return needs is None or self.whole.fits(needs)

    def _push(self, moment: float, run: str, task: Task | Coming | None) -> None:
        self._count += 1
        heapq.heappush(self._events, (moment, self._count, run, task))

    def _case(self, *of: str) -> float:
        """Which case of all a world meets, as a share: each once over all worlds, in an order of its own."""
        stride, offset = _order(of)
        return ((self.number * (1 + stride % (self.worlds - 1)) + offset) % self.worlds + 0.5) / self.worlds


@lru_cache(maxsize=100_000)
def _order(of: tuple[str, ...]) -> tuple[int, int]:
    digest = blake2b("\0".join(of).encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4]), int.from_bytes(digest[4:])
