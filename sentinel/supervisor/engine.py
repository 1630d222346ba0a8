"""The engine: every command and every end of an attempt goes through here, is decided, settled and put on record.

Synchronous, and on one thread: the thread that owns the ledger. The loop around it starts what it orders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sentinel.contract.attempt import AttemptOut
from sentinel.domain.delivery import Delivery
from sentinel.domain.event import Event
from sentinel.domain.house import DaemonStarted, DaemonStopped, House, NodeSeen
from sentinel.domain.needs import Slots
from sentinel.domain.points import reach
from sentinel.domain.policy.forecast import Foreseen, Span
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run.decide import decide as decide_run
from sentinel.domain.run.events import RunForeseen
from sentinel.domain.run.state import Run
from sentinel.domain.streams import HOUSE, stream_of
from sentinel.ledger.ledger import Ledger
from sentinel.outside.clock import Clock
from sentinel.supervisor import drift, endings, looking, outbox, own_triggers, scoring, triggers
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.attempts import Places
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.intents import unfit_intent
from sentinel.supervisor.next_alarm import next_alarm
from sentinel.supervisor.settle import Floor, Settler
from sentinel.supervisor.settling import settle_outcomes
from sentinel.supervisor.work import Folders, Order, Work

DAEMON = "daemon"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command: its answer, what was put on record, and what is to be started or ended."""

    answer: Any
    events: list[Event] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


@dataclass(slots=True)
class Engine:
    """The daemon's mind, over one ledger."""

    ledger: Ledger
    clock: Clock
    folders: Folders
    places: Places
    slots: Slots
    catalogue: Catalogue = field(default_factory=Catalogue)
    floor: Floor = field(default_factory=Floor)
    draining: bool = False

    def do(self, actor: str, act: Callable[[Work], Any]) -> Done:
        """Do one thing, and all that follows from it, in one transaction."""
        work = Work(self.ledger, self.clock.now(), actor)
        try:
            answer = act(work)
            if isinstance(answer, Refusal):
                work.abandon()
                return Done(answer)
            reach("supervisor.decided")
            self._settler().settle(work, self.floor)
            reach("supervisor.settled")
            events = work.commit()
            reach("supervisor.recorded")
        except BaseException:
            work.abandon()
            self._recall()
            raise
        return Done(answer, events, work.orders)

    def start(self, pid: int, release: str) -> Done:
        """Take up the ledger: note that a daemon started, and what this node offers."""
        self._recall()

        def act(work: Work) -> None:
            work.apply(HOUSE, [DaemonStarted(pid, release)])
            house: House = work.state(HOUSE)
            if house.nodes.get(self.places.node) != self.slots:
                work.apply(HOUSE, [NodeSeen(self.places.node, self.slots)])

        work = Work(self.ledger, self.clock.now(), DAEMON)
        act(work)
        return Done(None, work.commit())

    def stop(self, why: str) -> None:
        """Put it on record that the daemon stops, and seal the ledger."""
        work = Work(self.ledger, self.clock.now(), DAEMON)
        work.apply(HOUSE, [DaemonStopped(why)])
        work.commit()
        self.ledger.seal()

    def live(self) -> list[str]:
        """The attempts that, as far as the ledger knows, run now: of steps and of deliveries."""
        steps = [attempt.id for name in self.floor.open for attempt in self._run(name).live()]
        deliveries = [row.id for row in self.ledger.reads.deliveries()]
        held: list[Delivery] = [self.ledger.state(stream_of("delivery", name)) for name in deliveries]
        return steps + [delivery.live for delivery in held if delivery.live is not None]

    def tick(self) -> Done:
        """Do what is due by the clock."""

        def act(work: Work) -> None:
            triggers.look(work, self.floor, self.catalogue)
            own_triggers.look_at_rows(work, self.floor, self.catalogue)
            looking.ask_looks(work, self.catalogue)
            for line in self.catalogue.lines:
                settle_outcomes(work, self.floor, self.catalogue, line)
            for trigger in drift.watchers(self.catalogue):
                drift.look_at_drift(work, self.floor, self.catalogue, trigger)
            work.dirty.update(name for name in self.floor.open if self.floor.rung(name, work.at))
            if not self.draining:
                due = [row.id for row in self.ledger.reads.due_deliveries(work.at)]
                outbox.try_due(work, due, self.catalogue, self.places, self.folders)

        return self.do(DAEMON, act)

    def next_alarm(self) -> int | None:
        """When something is due next, as far as is known now."""
        work = Work(self.ledger, self.clock.now(), DAEMON)
        return next_alarm(work, self.floor, self.catalogue, not self.draining)

    def ended(self, result: AttemptOut, end: str, progressed: bool = False) -> Done:
        """An attempt ended, as its result or the daemon's own eyes say."""

        def act(work: Work) -> Refusal | None:
            self.floor.release(result.attempt)
            owner = result.attempt.split(".")[0]
            if owner.startswith("d"):
                delivery: Delivery = work.state(stream_of("delivery", owner))
                outbox.end_try(work, delivery, result, end)
                return None
            run = work.run(owner)
            if result.attempt not in run.attempts or run.attempts[result.attempt].state != "started":
                return Refusal("E-not-running", f"Attempt {result.attempt} does not run.")
            refused = unfit_intent(run, result) or scoring.take_scored(work, self.floor, self.catalogue, run, result)
            told, how = (result, end) if refused is None else (replace(result, error=refused), "refused")
            endings.end_attempt(work, run, told, how, progressed, self.catalogue)
            looking.end_look(work, self.floor, self.catalogue, run, result)
            work.dirty.add(owner)
            for kind in ("stalled", "alarm"):
                all_clear(work, kind, result.attempt, f"it ended as {end}")
            return None

        return self.do(DAEMON, act)

    def foretell(self, foreseen: Mapping[str, Foreseen], at: int) -> Done:
        """Put on record what is expected of runs of which that is not on record yet, as far as they have come.

        `at` is when it was worked out: what has come since waits for the next time. Of one that is too far down the
        queue it will be told once it has begun.
        """

        def act(work: Work) -> None:
            for name, when in list(self.floor.untold.items()):
                run, told = work.run(name), foreseen.get(name)
                if (run.created_at if when == "queued" else run.started_at or at) >= at:
                    continue
                del self.floor.untold[name]
                if told is None or when in self.ledger.reads.foreseen(name):
                    continue
                start = told.start or Span(run.started_at, run.started_at)
                body = RunForeseen(when, start.middle, start.bound, told.end.middle, told.end.bound)
                work.apply(stream_of("run", name), [body])

        return self.do(DAEMON, act)

    def alert(self, kind: str, about: str, sentence: str) -> Done:
        """Raise an alert; none about an attempt that has ended by now, which nobody would clear."""

        def act(work: Work) -> None:
            attempt = work.ledger.reads.attempt(about)
            if attempt is None or attempt.state == "started":
                alert(work, kind, about, sentence)

        return self.do(DAEMON, act)

    def command(self, actor: str, name: str, command: c.Command) -> Done:
        """Give a run a command."""

        def act(work: Work) -> Refusal | str:
            run = self.known_run(work, name)
            if isinstance(run, Refusal):
                return run
            decided = decide_run(run, command, work.at)
            if isinstance(decided, Refusal):
                return decided
            work.apply(stream_of("run", name), decided)
            return name

        return self.do(actor, act)

    def known_run(self, work: Work, name: str) -> Run | Refusal:
        """A run by its id, or the refusal of an id that no run has."""
        if self.ledger.reads.run_row(name) is None and name not in self.floor.open:
            return Refusal("E-unknown-run", f"There is no run {name!r}.", todo="`sentinel runs` lists them.")
        return work.run(name)

    def _run(self, name: str) -> Run:
        run: Run = self.ledger.state(stream_of("run", name))
        return run

    def _settler(self) -> Settler:
        return Settler(self.catalogue, self.places, self.folders, self.slots, not self.draining)

    def _recall(self) -> None:
        """Make the floor anew from the ledger."""
        self.floor = Floor()
        for row in self.ledger.reads.open_runs():
            run = self._run(row.id)
            self.floor.note(run)
            for attempt in run.live():
                self.floor.claim(attempt.id, run.planned(attempt.step).needs, attempt.gpus)
