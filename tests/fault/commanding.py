"""A machine that does to a real engine, on a real ledger, what people, workers, clocks and full disks do to it."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sentinel.contract.attempt import AttemptIn, AttemptOut
from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan, PlannedStep, Policy
from sentinel.domain.quantity import DAY, HOUR, MINUTE, SECOND
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run.state import Run
from sentinel.domain.verdict import Verdict
from sentinel.ledger import LedgerFull
from sentinel.ledger.doctor import doctor
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.local_time import may_start
from sentinel.supervisor.settle import Floor
from tests.unit.domain.machine.drawn_plans import plans
from tests.unit.domain.plans import plan as planned
from tests.unit.domain.plans import use
from tests.unit.ledger.fresh import empty, fresh_folder
from tests.unit.supervisor.floor import PERSON, House

BAD_ENDS = ("failed", "refused", "timed-out", "out-of-memory", "stalled", "lost", "lost", "cancelled")
VERDICTS = ("pass", "pass", "inconclusive", "fail", "error", "freeze")
POLICIES = (Policy(), Policy(), Policy(at_most_one_per="line"), Policy(at_most_one_per="recipe"),
            Policy(hours=(22 * 60, 23 * 60)), Policy(priority=80))  # fmt: skip
JUMPS = (0, SECOND, 5 * MINUTE, HOUR, DAY, -SECOND, -HOUR, -2 * DAY)
PATIENCE = 400
"""Turns after which everything must have come to its end, if somebody answers, and workers work."""

index = st.sampled_from(range(12))


class EngineMachine(RuleBasedStateMachine):
    """A daemon's mind under random commands."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(fresh_folder())
        (folder / "ledger.db").write_bytes(empty())
        self.house = House(folder)
        self.engine.ledger.close()
        self.to_end: set[str] = set()
        self.examined = 0

    @property
    def engine(self) -> Engine:
        """The engine that lives now."""
        return self.house.engine

    @initialize(cpus=st.sampled_from((1, 2, 3)))
    def begin(self, cpus: int) -> None:
        """A node of some size."""
        self.house.slots = Slots(cpus, 1, 2**34, 2**36)
        self.house.engine = self.house._wake()

    # what people do

    @rule(drawn=plans(), policy=st.sampled_from(POLICIES))
    def queue(self, drawn: Plan, policy: Policy) -> None:
        """Somebody asks for a run."""
        if len(self.engine.floor.open) < 6:
            self.house.queue(fit_for_an_engine(drawn, policy))

    @precondition(lambda self: self.engine.ledger.reads.last_run() > 0)
    @rule(which=index, what=index, step=index)
    def steer(self, which: int, what: int, step: int) -> None:
        """Somebody gives a run a command that may well be refused."""
        name = f"r{which % self.engine.ledger.reads.last_run() + 1}"
        steps = [each.id for each in self.house.run(name).plan.steps]
        asked: tuple[c.Command, ...] = (
            c.Pause("lunch"), c.Resume(), c.Resume(), c.Answer(None, True, "yes"), c.Answer(None, False, "no"),
            c.RetryRun(None, "again"), c.RetryRun(steps[step % len(steps)], "from here"), c.Reprioritise(step * 9),
            c.Cancel("cancelled", "enough"),
        )  # fmt: skip
        self.command(name, asked[what % len(asked)])

    def command(self, name: str, command: c.Command) -> Any:
        """Give a run a command; its answer."""
        return self.house.do(lambda engine: engine.command(PERSON, name, command))

    # what workers do

    @precondition(lambda self: self.house.living)
    @rule(which=index, how=index)
    def succeed(self, which: int, how: int) -> None:
        """An attempt succeeds; a gate's judges."""
        self.succeed_one(sorted(self.house.living)[which % len(self.house.living)], VERDICTS[how % len(VERDICTS)])

    def succeed_one(self, attempt: str, verdict: str) -> None:
        """Let this attempt come to a good end."""
        told = self.house.told.attempts[attempt]
        if told.gate is not None:
            self.end(result_of_gate(told, verdict))
        else:
            made = {port: (Artifact(kind, digest_of([attempt, port])),) for port, kind in told.gives.items()}
            self.end(AttemptOut(attempt, "succeeded", made))

    @precondition(lambda self: self.house.living)
    @rule(which=index, how=st.sampled_from((*BAD_ENDS, "nothing-trained")), progressed=st.booleans())
    def break_off(self, which: int, how: str, progressed: bool) -> None:
        """An attempt ends otherwise."""
        attempt = sorted(self.house.living)[which % len(self.house.living)]
        self.end(AttemptOut(attempt, how, error=Refusal("E-x", "it broke")), progressed)

    @precondition(lambda self: self.to_end)
    @rule()
    def die_as_told(self) -> None:
        """Whoever was told to end does."""
        for attempt in sorted(self.to_end):
            self.end(AttemptOut(attempt, "cancelled"))

    @rule(which=index)
    def tell_of_somebody_else(self, which: int) -> None:
        """The end of an attempt comes that nobody waits for."""
        known = sorted(set(self.house.told.attempts) - self.house.living)
        attempt = known[which % len(known)] if known else "r999.s0.a1"
        before = self.engine.ledger.last_seq
        assert isinstance(self.house.do(lambda engine: engine.ended(AttemptOut(attempt, "failed"), "failed")), Refusal)
        assert self.engine.ledger.last_seq == before

    def end(self, result: AttemptOut, progressed: bool = False) -> None:
        """Tell of an attempt's end."""
        self.house.living.discard(result.attempt)
        self.to_end.discard(result.attempt)
        self.do(lambda engine: engine.ended(result, result.end, progressed))

    # what happens to machines

    @rule(much=st.sampled_from(JUMPS))
    def time_passes(self, much: int) -> None:
        """The clock goes on, or is put back."""
        self.tick(much)

    @rule()
    def until_the_alarm(self) -> None:
        """The alarm rings when it was set to."""
        alarm = self.engine.next_alarm()
        if alarm is not None:
            self.tick(max(0, alarm - self.house.clock.now()))

    def tick(self, much: int) -> None:
        """Do what is due then."""
        self.house.clock.set(self.house.clock.now() + much)
        self.do(lambda engine: engine.tick())
        alarm = self.engine.next_alarm()
        assert alarm is None or alarm > self.house.clock.now(), "the alarm rings for ever"

    @rule()
    def die_and_come_back(self) -> None:
        """Another engine takes over."""
        self.house.restart()
        self.tick(0)

    @rule(full=st.booleans())
    def room_for_folders(self, full: bool) -> None:
        """There is room for attempts' folders, or is none."""
        self.house.told.full = full

    @rule(which=index, how=index)
    def no_room_in_the_ledger(self, which: int, how: int) -> None:
        """What is decided cannot be put on record; a little later it can."""
        ledger = self.engine.ledger
        real = ledger.append

        def full(*_: object, **__: object) -> Any:
            raise LedgerFull(Refusal("E-ledger-full", "The disk did not take it."))

        ledger.append = full  # type: ignore[method-assign]
        try:
            if which % 2 and self.house.living:
                attempt = sorted(self.house.living)[how % len(self.house.living)]
                self.engine.ended(AttemptOut(attempt, "failed"), "failed")
            else:
                self.engine.tick()
        except LedgerFull:
            pass
        finally:
            ledger.append = real  # type: ignore[method-assign]

    def do(self, act: Callable[[Engine], Any]) -> Any:
        """Let the engine do something, and hold what it orders to the rules."""
        ended = len(self.house.ended)
        begun = set(self.house.living)
        answer = self.house.do(act)
        self.to_end |= {attempt for attempt, _ in self.house.ended[ended:]} & self.house.living
        for attempt in self.house.living - begun:
            hours = self.house.run(attempt.split(".")[0]).plan.policy.hours
            assert may_start(hours, "UTC", self.house.clock.now()), f"{attempt} starts out of hours"
        return answer

    # what must hold

    @invariant()
    def claims_never_exceed_the_slots(self) -> None:
        """Nor is a GPU claimed twice."""
        free = self.engine.floor.free(self.house.slots)
        assert min(free.cpus, free.gpus, free.memory) >= 0
        gpus = Counter(gpu for held in self.engine.floor.gpus.values() for gpu in held)
        assert max(gpus.values(), default=1) == 1

    @invariant()
    def who_lives_is_on_record_and_has_a_claim(self) -> None:
        """The same attempts in the rows, in the states, on the floor, and among the workers."""
        rows = self.engine.ledger.reads.live_attempts()
        assert {row.id for row in rows} == self.house.living == set(self.engine.floor.claims) == set(self.engine.live())
        assert len({(row.run, row.step) for row in rows}) == len(rows), "two attempts at one step"

    @invariant()
    def the_floor_is_what_the_ledger_says(self) -> None:
        """Made anew, it is the same."""
        fresh = Engine(self.engine.ledger, self.house.clock, self.house.told, self.engine.places, self.house.slots)
        fresh._recall()
        assert _plain(self.engine.floor) == _plain(fresh.floor)

    @invariant()
    def one_at_a_time_is_one_at_a_time(self) -> None:
        """As `at_most_one_per` says."""
        lonely = [len(held) for (recipe, _), held in self.engine.floor.begun.items() if recipe.startswith("alone")]
        assert max(lonely, default=0) <= 1

    @invariant()
    def whoever_belongs_to_a_run_that_ends_was_told_to(self) -> None:
        """No worker goes on for a run that was cancelled."""
        for name in self.engine.floor.open:
            run = self.house.run(name)
            if run.ending is not None:
                assert {attempt.id for attempt in run.live()} <= self.told_to_end()

    def told_to_end(self) -> set[str]:
        """Everybody who was ever told to end."""
        return {attempt for attempt, _ in self.house.ended}

    # in the end

    def teardown(self) -> None:
        """Nothing is stuck: with answers, work and time, everything ends; and the doctor finds nothing."""
        try:
            self.house.told.full = False
            for turn in range(PATIENCE):
                if not self.engine.floor.open:
                    break
                self.help(turn)
            left = [f"{run}: {self.house.run(run).state}, {self.house.states(run)}" for run in self.engine.floor.open]
            assert not left, f"stuck: {left}"
            self.engine.ledger.close()
            assert doctor(self.house.path).faults == []
        finally:
            self.stack.close()

    def help(self, turn: int) -> None:
        """Do what a person, a worker or the clock would do next."""
        for attempt in sorted(self.house.living):
            self.succeed_one(attempt, "pass")
        for name in list(self.engine.floor.open):
            run: Run = self.house.run(name)
            if run.state == "paused":
                self.command(name, c.Resume())
            for key, step in run.steps.items():
                if step.state == "waiting" and step.waits_for in ("approval", "person"):
                    self.command(name, c.Answer(key, True, "go on"))
        alarm = self.engine.next_alarm()
        self.tick(max(0, alarm - self.house.clock.now()) if alarm is not None else MINUTE)


def fit_for_an_engine(drawn: Plan, policy: Policy) -> Plan:
    """A plan whose sub-recipe is there, and which needs no line; one that must be alone is of a recipe of its own."""
    inner = replace(planned(use("deep")), recipe="inner")
    recipe = f"alone-{policy.at_most_one_per}" if policy.at_most_one_per else drawn.recipe
    held = replace(policy, budget=drawn.policy.budget)
    return replace(drawn, recipe=recipe, steps=tuple(map(_own, drawn.steps)), policy=held, children=(inner,))


def _own(step: PlannedStep) -> PlannedStep:
    return replace(step, use="program") if step.use in ("promote", "rollback") else step


def result_of_gate(told: AttemptIn, word: str) -> AttemptOut:
    """A gate's attempt that judged."""
    artifact = Artifact("Verdict", digest_of([told.attempt, word]))
    gate = told.gate["plan"]["gate"]
    verdict = Verdict(gate, word, f"It says {word}.", None, None, told.gate["round"], (), artifact.digest)
    return AttemptOut(told.attempt, "succeeded", {"verdict": (artifact,)}, verdict=verdict)


def _plain(floor: Floor) -> dict[str, object]:
    """What a floor holds, without what it has worked out to be wanted, and without what is empty."""
    scopes = {
        name: {scope: runs for scope, runs in getattr(floor, name).items() if runs} for name in ("begun", "queued")
    }
    return {**scopes, "open": dict(floor.open), "claims": dict(floor.claims), "gpus": dict(floor.gpus)}
