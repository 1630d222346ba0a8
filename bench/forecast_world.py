"""A grid that is played for months: runs of three recipes on three kinds of nodes, of which each takes its own time.

What happens here knows nothing of what is foreseen: times are drawn, and the daemon's own rule says who is next.
"""

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sentinel.domain.needs import Needs, Slots
from sentinel.domain.policy.experience import Experience, Past, Traits, experience
from sentinel.domain.policy.forecast import Ahead, Coming, Foreseen, Task, forecast
from sentinel.domain.policy.queue import Wanting, choose
from sentinel.domain.quantity import MINUTE

NODES = {
    "small": (1.0, Slots(2, 0, 0, 2**34)),
    "large": (0.45, Slots(8, 0, 0, 2**36)),
    "gpu": (0.12, Slots(8, 1, 2**35, 2**36)),
}
"""How long things take there, and what it holds."""
ONE_OF = tuple(NODES)
BIG, LITTLE = Needs(cpus=2), Needs(cpus=1)
RECIPES: dict[str, tuple[tuple[str, str, Needs, tuple[str, ...], float], ...]] = {
    "lifecycle": (
        ("rows", "assemble", LITTLE, (), 1.0), ("integrity", "gate", LITTLE, ("rows",), 0.9),
        ("tuned", "forge", BIG, ("integrity",), 0.98), ("scores", "evaluate", LITTLE, ("tuned",), 1.0),
        ("before", "evaluate", LITTLE, ("integrity",), 1.0), ("proof", "gate", LITTLE, ("scores", "before"), 0.6),
        ("card", "card", LITTLE, ("proof",), 1.0),
    ),
    "watch": (("scores", "evaluate", LITTLE, (), 1.0),),
    "challenger": (("rows", "assemble", LITTLE, (), 1.0), ("tuned", "forge", BIG, ("rows",), 0.97),
                   ("scores", "evaluate", LITTLE, ("tuned",), 1.0)),
}  # fmt: skip
"""Each step: its id, what it uses, needs and comes after, and how often its run goes on."""
USUAL = {"assemble": 3 * MINUTE, "gate": MINUTE / 4, "forge": 40 * MINUTE, "evaluate": 6 * MINUTE, "card": MINUTE / 6}
SPREAD = {"assemble": 0.3, "gate": 0.2, "forge": 0.15, "evaluate": 0.25, "card": 0.3}
LEAST = 40
"""Runs of a node that are not judged, since there is nothing to go by yet."""
LATELY = 200


@dataclass
class Asked:
    """A run: what it is to do, and how long that will really take."""

    name: str
    recipe: str
    priority: int
    at: int
    traits: dict[str, dict[str, float | str]]
    takes: dict[str, int]
    goes_on: dict[str, bool]
    started: int | None = None
    ended: int | None = None
    begun: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    stopped: bool = False
    foreseen: Foreseen | None = None
    last: int | None = None
    """How long the last run of its recipe took that came to its end: what others show."""


class Grid:
    """One node, its queue and its history."""

    def __init__(self, node: str, chance: random.Random, worlds: int) -> None:
        self.node, self.chance, self.worlds = node, chance, worlds
        self.speed, self.slots = NODES[node]
        self.open: list[Asked] = []
        self.over: list[Asked] = []
        self.now = 0
        self._pasts: dict[str, list[Past]] = {}
        self._known: dict[str, tuple[int, Experience | None]] = {}
        self._ended: dict[str, list[int]] = {}
        self._went: dict[tuple[str, str], list[bool]] = {}
        self._events: list[tuple[int, int, Asked | None, str]] = []
        self._came: dict[str, list[int]] = {}
        self._count = 0

    def play(self, runs: int) -> list[Asked]:
        """Have so many runs asked for, and each come to its end."""
        moment = 0.0
        busy = sum(self._mean(name) for name in RECIPES) / len(RECIPES) / max(1, self.slots.cpus // 2)
        for number in range(runs):
            moment += self.chance.expovariate(1 / (busy * 2))
            self._push(round(moment), self._drawn(f"r{number}"), "")
        while self._events:
            self.now, _, run, step = heapq.heappop(self._events)
            if run is not None and not step:
                self.open.append(run)
                run.at = self.now
                self._came.setdefault(run.recipe, []).append(self.now)
                del self._came[run.recipe][:-50]
                run.last = self._ended.get(run.recipe, [None])[-1]  # type: ignore[list-item]
                run.foreseen = self._foreseen().get(run.name)
            elif run is not None:
                self._end(run, step)
            self._start()
        return self.over

    def _drawn(self, name: str) -> Asked:
        chance = self.chance
        recipe = chance.choices(list(RECIPES), (2, 5, 3))[0]
        epochs, rows = chance.choice((1, 3, 5)), round(10 ** chance.uniform(3.5, 4.5))
        lora = chance.choice(("lora", "full"))
        traits: dict[str, dict[str, float | str]] = {}
        takes, goes_on = {}, {}
        for step, use, _, _, on in RECIPES[recipe]:
            held: dict[str, float | str] = {"step": f"{recipe}.{step}", "node": self.node, "bytes": rows * 220.0}
            work = (rows / 10_000) ** (0.0 if use in ("gate", "card") else 0.8)
            if use == "forge":
                held |= {"train.epochs": float(epochs), "train.method": lora, "train.lr": chance.choice((1e-4, 3e-4))}
                work *= epochs / 3 * (1.0 if lora == "lora" else 1.7)
            slow = 1.0 if chance.random() > 0.02 else chance.uniform(1.5, 3)  # somebody else was at work there
            traits[step] = held
            takes[step] = round(USUAL[use] * self.speed * work * slow * math.exp(chance.gauss(0, SPREAD[use])))
            goes_on[step] = chance.random() < on
        return Asked(name, recipe, {"lifecycle": 60, "watch": 50, "challenger": 40}[recipe], 0, traits, takes, goes_on)

    def _mean(self, recipe: str) -> float:
        return sum(USUAL[use] * self.speed for _, use, *_ in RECIPES[recipe])

    def _push(self, at: int, run: Asked, step: str) -> None:
        self._count += 1
        heapq.heappush(self._events, (at, self._count, run, step))

    def _ready(self, run: Asked) -> Iterator[tuple[int, str, Needs]]:
        for place, (step, _, needs, after, _) in enumerate(RECIPES[run.recipe]):
            if not run.stopped and step not in run.begun and all(each in run.done for each in after):
                yield place, step, needs

    def _free(self) -> Slots:
        free = self.slots
        for run in self.open:
            for step, _, needs, _, _ in RECIPES[run.recipe]:
                if step in run.begun and step not in run.done:
                    free = free.less(needs)
        return free

    def _start(self) -> None:
        wants = {run.name: run for run in self.open}
        queue = [Wanting(run.name, step, run.priority, run.at, max([run.at, *run.done.values()]), needs, place)
                 for run in self.open for place, step, needs in self._ready(run)]  # fmt: skip
        for each in choose(queue, self._free(), self.slots, self.now):
            run = wants[each.run]
            run.started = self.now if run.started is None else run.started
            run.begun[each.step] = self.now
            self._push(self.now + run.takes[each.step], run, each.step)

    def _end(self, run: Asked, step: str) -> None:
        run.done[step] = self.now
        use = next(each[1] for each in RECIPES[run.recipe] if each[0] == step)
        self._pasts.setdefault(use, []).insert(0, Past(run.takes[step], run.traits[step]))
        del self._pasts[use][LATELY:]
        self._went.setdefault((run.recipe, step), []).append(run.goes_on[step])
        run.stopped = run.stopped or not run.goes_on[step]
        if not set(run.begun) - set(run.done) and (run.stopped or len(run.done) == len(RECIPES[run.recipe])):
            run.ended = self.now
            self.open.remove(run)
            self.over.append(run)
            self._ended.setdefault(run.recipe, []).append(run.ended - run.started)  # type: ignore[operator]

    # What is foreseen, of what could be known

    def _foreseen(self) -> dict[str, Foreseen]:
        runs = [self._ahead(run) for run in self.open]
        return forecast(runs, self._free(), self.slots, self.now, self._coming(), self.worlds)

    def _coming(self) -> list[Coming]:
        found = []
        for recipe, times in self._came.items():
            if len(times) > 2:
                last = next(run for run in reversed([*self.over, *self.open]) if run.recipe == recipe)
                like = replace(last, started=None, ended=None, begun={}, done={}, stopped=False)
                found.append(Coming(self._ahead(like), (times[-1] - times[0]) / (len(times) - 1)))
        return found

    def _ahead(self, run: Asked) -> Ahead:
        tasks = []
        for place, (step, use, needs, after, _) in enumerate(RECIPES[run.recipe]):
            if step in run.done or (run.stopped and step not in run.begun):
                continue
            begun = step in run.begun
            lasts = self._lasts(use, run.traits[step])
            went = self._went.get((run.recipe, step), [])[-100:]
            rest: Any = lasts.at if lasts is not None else None
            if lasts is not None and begun:
                rest = lasts.rest(self.now - run.begun[step])
            tasks.append(Task(step, tuple(each for each in after if each not in run.done), needs, rest, begun,
                              (sum(went) + 1) / (len(went) + 1.5), place))  # fmt: skip
        return Ahead(run.name, tuple(tasks), run.priority, run.at, run.started is not None)

    def _lasts(self, use: str, traits: Traits) -> Any:
        pasts = self._pasts.get(use, [])
        since, known = self._known.get(use, (-1, None))
        if since < 0 or len(self.over) - since >= max(1, len(self.over) // 20):
            known = experience(pasts)
            self._known[use] = (len(self.over), known)
        return known.lasts(traits) if known is not None else None


def judged(played: list[list[Asked]]) -> dict[str, float]:
    """How good what was foretold was, over all nodes, beside what others show."""
    seen = [run for held in played for run in held[LEAST:]]
    ended = [(run, _took(run), run.foreseen.end) for run in seen if run.foreseen is not None]
    begun = [(run, run.foreseen.start) for run in seen if run.foreseen is not None and run.foreseen.start is not None]
    ours = [math.log((end.middle - run.at + 1) / (took + 1)) for run, took, end in ended if end.middle is not None]
    last = [math.log((run.last + 1) / (took + 1)) for run, took, _ in ended if run.last is not None]
    limit = [math.log(_limit(run.recipe) / (took + 1)) for run, took, _ in ended]
    return {
        "told": len(ours) / len(seen),
        "ends": _share([end.bound is not None and took <= end.bound - run.at for run, took, end in ended]),
        "starts": _share([start.bound is not None and (run.started or 0) <= start.bound for run, start in begun]),
        "off": _off(ours), "level": math.exp(sum(ours) / len(ours)), "last off": _off(last), "limit off": _off(limit),
    }  # fmt: skip


def _took(run: Asked) -> int:
    return (run.ended or 0) - run.at


def _limit(recipe: str) -> float:
    """What its steps may take at the most, as a careful person writes it: four times what is usual on a slow node."""
    return 4 * sum(USUAL[use] for _, use, *_ in RECIPES[recipe])


def _share(held: list[bool]) -> float:
    return sum(held) / max(1, len(held))


def _off(logs: list[float]) -> float:
    """By what share half of them miss at the most."""
    return _middle([abs(math.expm1(each)) for each in logs])


def _middle(held: list[float]) -> float:
    return sorted(held)[len(held) // 2]


def grids(runs: int, seed: int, worlds: int = 101) -> list[list[Asked]]:
    """Three nodes with a share of the runs each."""
    return [Grid(node, random.Random(f"{seed} {node}"), worlds).play(runs // len(NODES)) for node in NODES]


def queue_of(size: int) -> tuple[list[Ahead], Slots, Slots, int]:
    """So many runs that wait, on a node that knows them all."""
    grid = Grid("large", random.Random(1), 23)
    grid.play(150)
    waiting = [replace(grid._drawn(f"q{number}"), at=grid.now) for number in range(size)]
    return [grid._ahead(run) for run in waiting], grid.slots, grid.slots, grid.now
