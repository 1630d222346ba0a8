"""When what is in the queue starts and ends, as far as this ledger's own history can tell.

What is known is gathered on the ledger's thread, a little at a time; what follows from it is worked out elsewhere.
"""

import asyncio
import json
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sentinel.contract.attempt import PROGRESS
from sentinel.domain.digest import Json
from sentinel.domain.needs import Slots
from sentinel.domain.plan import PlannedStep
from sentinel.domain.policy.experience import Experience, Lasts, Pace, Past, experience
from sentinel.domain.policy.forecast import WORLDS, Ahead, Coming, Foreseen, forecast
from sentinel.domain.quantity import MINUTE
from sentinel.domain.run.ahead import Known, ahead
from sentinel.domain.run.state import Run
from sentinel.domain.run.traits import traits_of
from sentinel.ledger import Ledger
from sentinel.ledger.reads.times import Went
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.local_time import may_start, opens_at
from sentinel.supervisor.next_runs import Look, next_runs
from sentinel.supervisor.own import OWN_STEPS
from sentinel.supervisor.pace import pace_of

AGE = 2.0
"""Seconds for which what was worked out is told again."""
LOOKED_AT = 200
"""So many runs of the queue are played; those behind them wait longer."""
_PASTS, _RUNS = 200, 100
"""So many attempts at a kind of step, and so many runs of a recipe, say how such go."""
_FRESH = MINUTE
"""What was learned is learned anew after so long, and sooner while little is known."""
_ASKED = 30
_EFFORT = 12_000
"""So many steps are played in all: the longer the queue, the fewer the worlds."""
_FEWER = (23, 41, 61)
_GOOD = frozenset({"done", "reused", "skipped", "pass", "approved", "nothing-trained"})
Scope = tuple[str, str | None]


@dataclass(slots=True)
class Seen:
    """What was gathered: the runs that are looked at, the node, and what is on record of steps such as theirs."""

    at: int
    runs: list[Run]
    free: Slots
    whole: Slots
    timezone: str
    node: str
    pasts: Mapping[str, Sequence[Past]]
    went: Mapping[str, Sequence[Went]]
    lasted: Mapping[tuple[str, str], Sequence[int]]
    asked: Mapping[Scope, Sequence[int]]
    sizes: Mapping[str, int]
    paces: Mapping[str, Pace] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What is expected of each run that was looked at."""

    at: int
    runs: Mapping[str, Foreseen]
    trouble: str = ""
    """Why nothing is known of any."""


@dataclass(slots=True)
class Foresight:
    """What has been learned of each kind of step; learned anew now and then."""

    engine: Engine
    folder: Callable[[str], Path] | None = None
    """Where an attempt's own folder lies, with what it says of how far it is."""
    _pasts: dict[str, tuple[int, list[Past]]] = field(default_factory=dict)
    _went: dict[str, tuple[int, list[Went]]] = field(default_factory=dict)
    _learned: dict[str, tuple[Sequence[Past], Experience | None]] = field(default_factory=dict)
    _told: Told | None = None
    _seq: int = -1
    _working: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def told(self, look: Look) -> Told:
        """What is expected now. What was worked out a moment ago, or before nothing happened, is told again."""
        async with self._working:
            at, seq = self.engine.clock.now(), await look(lambda ledger: ledger.last_seq)
            age = at - self._told.at if self._told is not None else 0
            if self._told is None or not 0 <= age < (10 if seq == self._seq else 1) * AGE * 1000:
                names, _ = await next_runs(look, self.engine.floor.open, LOOKED_AT)
                self._told = await asyncio.to_thread(self._work_out, await self.seen(look, names))
                self._seq = seq
            return self._told

    async def seen(self, look: Look, names: Sequence[str], plans: Sequence[Run] = ()) -> Seen:
        """What `gather` finds, asked for a kind of step at a time: no look holds the ledger's thread up for long."""
        uses, recipes = await look(lambda ledger: _kinds([*(_run(ledger, name) for name in names), *plans]))
        for use in uses:
            await look(partial(self._took, use=use))
        for recipe in recipes:
            await look(partial(self._outcomes, recipe=recipe))
        return await look(partial(self.gather, names=names, plans=plans))

    def _work_out(self, seen: Seen) -> Told:
        try:
            seen.paces = dict(self._paces(seen))
            return Told(seen.at, self.foresee(seen))
        except Exception as error:  # it is for people to read: nothing that it may stumble over takes the daemon down
            traceback.print_exc()
            return Told(seen.at, {}, f"it could not be worked out: {type(error).__name__}")

    def _paces(self, seen: Seen) -> Iterator[tuple[str, Pace]]:
        for attempt in (attempt for run in seen.runs for attempt in run.live()):
            pace = pace_of(self.folder(attempt.id) / PROGRESS, seen.at) if self.folder is not None else None
            if pace is not None:
                yield attempt.id, pace

    def gather(self, ledger: Ledger, names: Sequence[str], plans: Iterable[Run] = ()) -> Seen:
        """What is on record of these runs, and of what they are made of."""
        engine, at = self.engine, self.engine.clock.now()
        runs = [run for run in (_run(ledger, name) for name in names) if run.open]
        every = [*runs, *plans]
        uses, recipes = _kinds(every)
        opaque = {(run.recipe, step.id) for run in every for step in run.plan.steps
                  if step.use == "recipe" or step.each is not None}  # fmt: skip
        inputs = {each.digest for run in every for attempt in run.live() for held in attempt.inputs.values()
                  for each in held}  # fmt: skip
        return Seen(
            at, runs, engine.floor.free(engine.slots), engine.slots, engine.catalogue.timezone, engine.places.node,
            {use: self._took(ledger, use) for use in uses},
            {name: self._outcomes(ledger, name) for name in recipes},
            {place: ledger.reads.lasted(*place, _RUNS) for place in sorted(opaque)},
            {scope: ledger.reads.asked(*scope, _ASKED) for scope in {(run.recipe, run.line) for run in runs}},
            ledger.reads.sizes(inputs),
        )  # fmt: skip

    def _took(self, ledger: Ledger, use: str) -> list[Past]:
        at = self.engine.clock.now()
        since, held = self._pasts.get(use, (-_FRESH, []))
        if at - since >= _keeps(held):
            rows = ledger.reads.took(use, _PASTS)
            told = [json.loads(row.inputs) for row in rows]
            sizes = ledger.reads.sizes({digest for ports in told for digest in _digests(ports)})
            held = [
                Past(row.ms, {**json.loads(row.traits), "step": f"{row.recipe}.{row.step}", "node": row.node,
                              **_bytes(sizes.get(digest) for digest in _digests(ports))})
                for row, ports in zip(rows, told, strict=True)
            ]  # fmt: skip
            self._pasts[use] = at, held
        return held

    def _outcomes(self, ledger: Ledger, recipe: str) -> list[Went]:
        at = self.engine.clock.now()
        since, held = self._went.get(recipe, (-_FRESH, []))
        if at - since >= _keeps(held):
            held = ledger.reads.went(recipe, _RUNS)
            self._went[recipe] = at, held
        return held

    def foresee(self, seen: Seen) -> dict[str, Foreseen]:
        """What is expected of each of these runs."""
        runs = [self._ahead(seen, run) for run in seen.runs]
        tasks = 1 + sum(len(run.tasks) for run in runs)
        worlds = next((each for each in reversed((*_FEWER, WORLDS)) if each * tasks <= _EFFORT), _FEWER[0])
        return forecast(runs, seen.free, seen.whole, seen.at, self._coming(seen), worlds)

    def lasts(self, seen: Seen, run: Run, step: PlannedStep) -> Lasts | None:
        """What one step of a run is expected to take by itself."""
        if step.use == "recipe" or step.each is not None:
            return _whole(seen, run, step)
        return self._lasts(seen, run, step, step.id)

    def _ahead(self, seen: Seen, run: Run) -> Ahead:
        hours, zone = run.plan.policy.hours, seen.timezone
        opens: Callable[[int], int] | None = None
        if hours is not None:
            opens = partial(_opens, hours, zone)
        goes_on, nothing = _shares(seen.went.get(run.recipe, ()))
        known = Known(partial(self._lasts, seen, run), partial(_whole, seen, run), goes_on, nothing, seen.paces, _OWN)
        return ahead(run, seen.at, known, opens)

    def _lasts(self, seen: Seen, run: Run, step: PlannedStep, key: str) -> Lasts | None:
        known = self._known(step.use, seen.pasts.get(step.use, ()))
        if known is None:
            return None
        live = run.step(key).live
        ports = run.attempts[live].inputs if live is not None else {}
        size = _bytes(seen.sizes.get(each.digest) for held in ports.values() for each in held)
        place = f"{run.recipe}.{step.id}"
        if not size:  # not there yet: as large as the last time
            last = (past.traits for past in seen.pasts[step.use] if past.traits["step"] == place)
            size = {name: held for name, held in next(last, {}).items() if name == _SIZE}
        return known.lasts({**traits_of(run, step), "step": place, "node": seen.node, **size})

    def _known(self, use: str, pasts: Sequence[Past]) -> Experience | None:
        held = self._learned.get(use)
        if held is None or held[0] is not pasts:
            held = self._learned[use] = pasts, experience(pasts)
        return held[1]

    def _coming(self, seen: Seen) -> list[Coming]:
        """What is asked for now and then, of the kinds that are in the queue."""
        found = []
        for scope, times in sorted(seen.asked.items(), key=str):
            like = next((run for run in seen.runs if (run.recipe, run.line) == scope and run.parent is None), None)
            if like is None or len(times) < 3:
                continue
            fresh = Run("~", like.plan, "queued", like.recipe, like.line, like.inputs, like.priority,
                        aliases=like.aliases, created_at=seen.at)  # fmt: skip
            span = max(seen.at, times[0]) - times[-1]
            if span > 0:
                found.append(Coming(self._ahead(seen, fresh), span / (len(times) - 1)))
        return found


_SIZE = "bytes"
_OWN = frozenset(OWN_STEPS) - {"recipe"}


def _run(ledger: Ledger, name: str) -> Run:
    held: Run = ledger.state(f"run/{name}")
    return held


def _kinds(runs: Sequence[Run]) -> tuple[list[str], list[str]]:
    """The kinds of steps that an attempt is made at, and the recipes."""
    uses = {step.use for run in runs for step in run.plan.steps if step.use and step.use not in OWN_STEPS}
    return sorted(uses), sorted({run.recipe for run in runs})


def _keeps(held: Sequence[object]) -> int:
    return min(_FRESH, 2000 * len(held))


def _digests(ports: Json) -> list[str]:
    return [each["digest"] for held in ports.values() for each in held]


def _bytes(sizes: Iterable[int | None]) -> dict[str, float | str]:
    known = [each for each in sizes if each is not None]
    return {_SIZE: float(sum(known))} if known else {}


def _opens(hours: tuple[int, int], zone: str, at: int) -> int:
    return at if may_start(hours, zone, at) else opens_at(hours, zone, at)


def _whole(seen: Seen, run: Run, step: PlannedStep) -> Lasts | None:
    known = experience([Past(ms, {}) for ms in seen.lasted.get((run.recipe, step.id), ())])
    return known.lasts({}) if known is not None else None


def _shares(went: Sequence[Went]) -> tuple[dict[str, float], dict[str, float]]:
    """How often a run went on after each of its steps, and how often a step took nothing."""
    good: dict[str, int] = {}
    every: dict[str, int] = {}
    reused: dict[str, int] = {}
    for each in went:
        if each.outcome is None or each.outcome == "skipped":
            continue
        every[each.step] = every.get(each.step, 0) + 1
        good[each.step] = good.get(each.step, 0) + (each.outcome in _GOOD or bool(each.lifted))
        reused[each.step] = reused.get(each.step, 0) + (each.outcome == "reused")
    goes_on = {step: (good[step] + 1) / (times + 1.5) for step, times in every.items() if good[step] < times}
    return goes_on, {step: reused[step] / (times + 1) for step, times in every.items() if reused[step]}
