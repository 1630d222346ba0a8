"""All that follows: runs advance, own steps are done, results are reused, and what fits on the slots starts."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sentinel.domain.artifact import Artifact
from sentinel.domain.needs import Needs, Slots
from sentinel.domain.policy.queue import PATIENCE, Wanting, choose
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run.advance import advance
from sentinel.domain.run.awaited import awaits, is_over
from sentinel.domain.run.decide import decide as decide_run
from sentinel.domain.run.due import next_due
from sentinel.domain.run.events import Ports, RunStarted
from sentinel.domain.run.evolve import evolve
from sentinel.domain.run.standing import halting
from sentinel.domain.run.state import Run, element_of
from sentinel.domain.streams import stream_of
from sentinel.domain.trigger_stream import Decision
from sentinel.supervisor.attempts import Places, attempt_in, prepare, ready_inputs, reuse_key
from sentinel.supervisor.awaited import counted_outcomes
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.endings import end_run
from sentinel.supervisor.local_time import may_start
from sentinel.supervisor.notices import tell
from sentinel.supervisor.own import OWN_STEPS, do_own, end_subrun
from sentinel.supervisor.pins import pinned_aliases
from sentinel.supervisor.reads import chosen_version
from sentinel.supervisor.work import End, Folders, Work
from sentinel.supervisor.zoo import yields_to

Scope = tuple[str, str | None]


@dataclass(slots=True)
class Floor:
    """What the daemon holds in its head of the runs on the floor. Made of the ledger, and made anew after a failure."""

    open: dict[str, Scope] = field(default_factory=dict)
    """Every run that has not ended, with its recipe and line."""
    begun: dict[Scope, set[str]] = field(default_factory=dict)
    """The runs of a recipe and line that have left the queue."""
    queued: dict[Scope, set[str]] = field(default_factory=dict)
    """The runs of a recipe and line that have not."""
    queueing: set[str] = field(default_factory=set)
    """The runs that have not left the queue."""
    awaiting: dict[str, set[str]] = field(default_factory=dict)
    """The runs of a line in which a gate waits for outcomes."""
    bounded: set[str] = field(default_factory=set)
    """The runs whose attempts may start in certain hours only."""
    wants: dict[str, list[Wanting]] = field(default_factory=dict)
    """What each run that has been looked at would start if there were room."""
    due: dict[str, int] = field(default_factory=dict)
    """When the clock changes something about a run next, where it does."""
    untold: dict[str, str] = field(default_factory=dict)
    """The runs of which it may not be on record yet what is expected of them, `queued` or `begun` as they are."""
    claims: dict[str, Needs] = field(default_factory=dict)
    gpus: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """The GPUs that each attempt may use, by index."""
    decisions: dict[str, tuple[tuple[Any, ...], Decision]] = field(default_factory=dict)
    """What each trigger that gathers evidence said last, and what it went by."""

    def note(self, run: Run) -> None:
        """Take note of a run's state."""
        scope = (run.recipe, run.line)
        waits = run.state == "queued" or run.started_at is None
        _hold(self.begun.setdefault(scope, set()), run.id, run.open and not waits)
        _hold(self.queued.setdefault(scope, set()), run.id, run.open and waits)
        _hold(self.bounded, run.id, run.open and run.plan.policy.hours is not None)
        if run.line is not None:
            _hold(self.awaiting.setdefault(run.line, set()), run.id, run.open and bool(awaits(run)))
        if run.open:
            if run.kind == "recipe" and (run.id not in self.open or waits != (run.id in self.queueing)):
                self.untold[run.id] = "queued" if waits else "begun"
            _hold(self.queueing, run.id, waits)
            self.open[run.id] = scope
        else:
            self.open.pop(run.id, None)
            self.wants.pop(run.id, None)
            self.due.pop(run.id, None)
            self.untold.pop(run.id, None)
            self.queueing.discard(run.id)

    def look(self, run: Run, wants: list[Wanting], at: int) -> None:
        """Take note of what a run waits for: slots, and the clock."""
        self.wants[run.id] = wants
        due = next_due(run, at)
        if due is not None:
            self.due[run.id] = due
        else:
            self.due.pop(run.id, None)

    def look_again(self) -> None:
        """Forget what each run wants, so that all of them are looked at anew."""
        self.wants.clear()
        self.due.clear()

    def rung(self, name: str, at: int) -> bool:
        """Whether the clock can have changed a run: its moment has come, or it has not been looked at yet."""
        return name not in self.wants or self.due.get(name, at + 1) <= at

    def free(self, whole: Slots) -> Slots:
        """What is left of the node's slots."""
        for needs in self.claims.values():
            whole = whole.less(needs)
        return whole

    def free_gpus(self, needs: Needs, whole: Slots) -> tuple[int, ...]:
        """The first GPUs that nobody uses, as many as are needed."""
        used = {index for held in self.gpus.values() for index in held}
        return tuple(index for index in range(whole.gpus) if index not in used)[: needs.gpus]

    def claim(self, attempt: str, needs: Needs, gpus: tuple[int, ...]) -> None:
        """Take note of what an attempt uses from now on."""
        self.claims[attempt] = needs
        if gpus:
            self.gpus[attempt] = gpus

    def release(self, attempt: str) -> None:
        """Take note that an attempt uses nothing any more."""
        self.claims.pop(attempt, None)
        self.gpus.pop(attempt, None)

    def admits(self, run: Run) -> bool:
        """Whether a queued run may begin, as `at_most_one_per` says."""
        scope = run.plan.policy.at_most_one_per
        if scope == "line":
            return not self.begun.get((run.recipe, run.line), set()) - {run.id}
        if scope == "recipe":
            return not any(held - {run.id} for (recipe, _), held in self.begun.items() if recipe == run.recipe)
        return True


@dataclass(frozen=True, slots=True)
class Settler:
    """The rules of the floor, on one node."""

    catalogue: Catalogue
    places: Places
    folders: Folders
    slots: Slots
    starts: bool = True
    """Whether anything may start; not while draining."""

    def settle(self, work: Work, floor: Floor) -> None:
        """Until nothing more follows."""
        while True:
            while work.dirty:
                self._advance(work, floor, work.dirty.pop())
            if not self.starts or not self._start(work, floor):
                break
        tell(work, self.catalogue)

    def _advance(self, work: Work, floor: Floor, name: str) -> None:
        run = work.run(name)
        if run.open:
            waiting = awaits(run)
            counted = counted_outcomes(work, run) if waiting else None
            again = any(is_over(run, step, work.at, counted) for step in waiting)
            aliases = pinned_aliases(work, run.line) if again else {}
            work.apply(stream_of("run", name), *advance(run, work.at, aliases, counted))
        work.dirty.discard(name)
        after = work.run(name)
        floor.note(after)
        if after.ending is not None and after.open:
            self._end_all(work, after)
        if not after.open:
            if run.open:
                end_subrun(work, after)
                end_run(work, after)
            self._wake_queued(work, floor, after)
            return
        self._own_and_reused(work, after)
        if name not in work.dirty:
            floor.look(after, self._wants(work, after), work.at)

    def _end_all(self, work: Work, run: Run) -> None:
        _, why = run.ending or ("cancelled", "")
        work.orders.extend(End(attempt.id, "cancelled") for attempt in run.live())
        for step in run.steps.values():
            if step.child is not None and not step.ended and work.run(step.child).open:
                decided = decide_run(work.run(step.child), c.Cancel("cancelled", why), work.at)
                if not isinstance(decided, Refusal):
                    work.apply(stream_of("run", step.child), decided)

    def _wake_queued(self, work: Work, floor: Floor, run: Run) -> None:
        if run.plan.policy.at_most_one_per is not None:
            waiting = (name for name, scope in floor.open.items() if scope[0] == run.recipe)
            work.dirty.update(name for name in waiting if work.run(name).state == "queued" and name not in floor.wants)

    def _own_and_reused(self, work: Work, run: Run) -> None:
        """What needs no slot: the daemon's own steps, and results that are there already."""
        if run.state not in ("running", "waiting") or run.ending is not None:
            return
        halts = halting(run)
        for key, step in run.instances():
            state = run.step(key)
            asks_again = state.state == "waiting" and state.waits_for == "line"
            if state.live or not (state.state == "pending" or asks_again) or step.act not in ("use", "gate"):
                continue
            inputs = ready_inputs(run, key, halts)
            if inputs is None or (step.each is not None and element_of(key) is None):
                continue
            if step.use in OWN_STEPS:
                do_own(work, run, key, inputs, self.catalogue)
            else:
                self._reuse(work, run, key, inputs)
            changed = work.run(run.id)
            run, halts = changed, halts if changed is run else halting(changed)

    def _reuse(self, work: Work, run: Run, key: str, inputs: Ports) -> None:
        """Take what is there already: a result under the same key, or an effect that is on record as done."""
        step = run.planned(key)
        if step.act == "gate":
            return  # a gate judges anew, always
        attempt = attempt_in(work, run, key, inputs, self.catalogue, self.places)
        since = run.step(key).fresh_from
        taken = _done_effect(work, key, attempt.effect_key) or _kept_result(
            work, key, reuse_key(attempt, step), step.gives, since
        )
        decided = decide_run(run, taken, work.at) if taken is not None else None
        if decided is not None and not isinstance(decided, Refusal):
            work.apply(stream_of("run", run.id), decided)

    def _wants(self, work: Work, run: Run) -> list[Wanting]:
        """The steps of a run that want slots now; of a queued one, those it would start with."""
        if run.state == "queued":
            run = evolve(run, RunStarted(pinned_aliases(work, run.line), run.round + 1), work.at)
            run = advance(run, work.at, run.aliases).run
        if run.state != "running" or run.ending is not None:
            return []
        wants, halts = [], halting(run)
        for position, (key, step) in enumerate(run.instances()):
            state = run.step(key)
            again = state.state == "waiting" and state.waits_for == "retry" and (state.until or 0) <= work.at
            if step.act not in ("use", "gate") or step.use in OWN_STEPS or state.live:
                continue
            if not (state.state == "pending" or again) or (step.each is not None and element_of(key) is None):
                continue
            if ready_inputs(run, key, halts) is not None:
                wants.append(Wanting(run.id, key, run.priority, run.created_at, work.at, step.needs, position))
        return wants

    def _start(self, work: Work, floor: Floor) -> bool:
        """Start what is next and fits. True if anything happened."""
        if self._begin_lightly(work, floor):
            return True
        free = floor.free(self.slots)
        if free.cpus <= 0 or not floor.wants:
            return False
        queue = [w for name, held in floor.wants.items() if held and self._may(work, floor, name) for w in held]
        happened = False
        for wanting in choose(queue, free, self.slots, work.at):
            queued = work.run(wanting.run).state == "queued"
            happened = self._start_one(work, floor, wanting) or happened
            if queued:
                break  # its begin changes what is wanted
        return happened

    def _begin_lightly(self, work: Work, floor: Floor) -> bool:
        """A queued run whose first steps need no slot begins at once."""
        for name, held in list(floor.wants.items()):
            if not held and work.run(name).state == "queued" and self._may(work, floor, name):
                self._begin(work, floor, name)
                return True
        return False

    def _may(self, work: Work, floor: Floor, name: str) -> bool:
        run = work.run(name)
        if not may_start(run.plan.policy.hours, self.catalogue.timezone, work.at):
            return False
        if yields_to(work, floor.open, run, partial(moves, work, floor, self.catalogue, self.slots)) is not None:
            return False
        return run.state != "queued" or floor.admits(run)

    def _begin(self, work: Work, floor: Floor, name: str) -> None:
        run = work.run(name)
        decided = decide_run(run, c.Start(pinned_aliases(work, run.line)), work.at)
        if not isinstance(decided, Refusal):
            work.apply(stream_of("run", name), decided)
            self._advance(work, floor, name)

    def _start_one(self, work: Work, floor: Floor, wanting: Wanting) -> bool:
        if work.run(wanting.run).state == "queued":
            self._begin(work, floor, wanting.run)
            return True
        run = work.run(wanting.run)
        if wanting.ready_at > work.at:  # the clock was put back, and the moment of a retry may lie ahead again
            floor.look(run, self._wants(work, run), work.at)
            return True
        inputs = ready_inputs(run, wanting.step)
        if inputs is None:
            floor.look(run, self._wants(work, run), work.at)
            return False
        attempt = attempt_in(work, run, wanting.step, inputs, self.catalogue, self.places)
        planned = run.planned(wanting.step)
        gpus = floor.free_gpus(planned.needs, self.slots)
        attempt = replace(attempt, gpus=gpus)
        if not prepare(work, attempt, planned.preload, self.places, self.folders):
            return False
        start = c.StartAttempt(
            wanting.step, self.places.node, reuse_key(attempt, planned), attempt.effect_key, gpus,
            chosen_version(attempt.reads),
        )  # fmt: skip
        decided = decide_run(run, start, work.at)
        if isinstance(decided, Refusal):
            raise RuntimeError(f"a ready step was refused: {decided}")
        work.apply(stream_of("run", run.id), decided)
        floor.claim(attempt.attempt, planned.needs, gpus)
        return True


def moves(work: Work, floor: Floor, catalogue: Catalogue, slots: Slots, run: Run) -> bool:
    """Whether a run, or one that it started, has an attempt that lives, or one for which only room is wanting.

    One that waits for a person or for its hours, that others of its recipe hold up, or that this node could never hold
    does not move. One that is soon tried again does.
    """
    if run.state not in ("queued", "running"):
        return False
    children = (work.run(step.child) for step in run.steps.values() if step.child is not None and not step.ended)
    if run.live() or any(moves(work, floor, catalogue, slots, child) for child in children):
        return True
    policy = run.plan.policy
    if not may_start(policy.hours, catalogue.timezone, work.at) or (run.state == "queued" and not floor.admits(run)):
        return False
    if any(step.waits_for == "retry" and (step.until or 0) <= work.at + PATIENCE for step in run.steps.values()):
        return True
    wants = floor.wants.get(run.id)
    if not wants:
        return wants is None or run.state == "queued"  # not looked at yet, or about to begin without a slot
    return any(slots.fits(wanting.needs) for wanting in wants)


def _hold(names: set[str], name: str, held: bool) -> None:
    (names.add if held else names.discard)(name)


def _kept_result(work: Work, step: str, key: str | None, gives: Iterable[str], since: int) -> c.TakeReused | None:
    found = work.ledger.reads.find_result(key, since) if key is not None else None
    if found is None or key is None or not set(gives) <= set(found.outputs):
        return None  # none there, or one that found nothing to train and gave nothing
    outputs = {port: tuple(map(Artifact.from_json, held)) for port, held in found.outputs.items()}
    return c.TakeReused(step, found.attempt, key, outputs)


def _done_effect(work: Work, step: str, key: str | None) -> c.TakeReused | None:
    """An effect is done once, however often its step is asked for again."""
    found = work.ledger.reads.find_effect(key) if key is not None else None
    return c.TakeReused(step, found.by, key, {}) if found is not None and key is not None else None
