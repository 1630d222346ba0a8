"""A machine that does to a run what daemons, workers, people and clocks do, and a judge that watches every event."""

import json
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sentinel.domain.artifact import Artifact
from sentinel.domain.event import Happened, decode, encode
from sentinel.domain.plan import Plan
from sentinel.domain.quantity import DAY, HOUR, MINUTE, SECOND
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run import events as e
from sentinel.domain.run.decide import decide
from sentinel.domain.run.evolve import evolve
from sentinel.domain.run.state import Run
from sentinel.domain.verdict import Verdict
from tests.unit.domain.life import pinned, queued
from tests.unit.domain.machine.drawn_plans import plans
from tests.unit.domain.machine.oracle import ENDS, Oracle
from tests.unit.domain.plans import model

VERDICTS = ("pass", "inconclusive", "fail", "inconclusive", "error", "freeze")
BAD_ENDS = ("failed", "refused", "timed-out", "out-of-memory", "stalled", "lost", "lost", "cancelled")
ALIASES: tuple[dict[str, e.Pinned], ...] = ({}, {"champion": pinned(model=model("champion"))})

# sampled, since integers by chance are small ones mostly
index = st.sampled_from(range(12))


class RunMachine(RuleBasedStateMachine):
    """One run under random commands. `run` is the core's word, `shadow` what its events say when read back."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0
        self.counted = 0
        self.events: list[Happened] = []
        self.times: list[int] = []
        self._startable: list[str] | None = None
        self.settled = False
        self.failed = False
        self.minted = 0

    @initialize(drawn=plans(), only=index, aliases=st.sampled_from(ALIASES))
    def queue(self, drawn: Plan, only: int, aliases: dict[str, e.Pinned]) -> None:
        """Put a run into the queue; one in a few does only one step of its plan."""
        self.events, self.times, self.settled, self._startable = [], [], False, None
        self.plan = drawn
        self.aliases = aliases
        self.oracle = Oracle(drawn)
        self.run = self.shadow = Run("r1", drawn)
        asked = drawn.steps[-1].id if only == 0 else None
        self.take([queued(asked)])
        self.do(c.Start(aliases))

    # what daemons and workers do

    @precondition(lambda self: self.run.state == "queued")
    @rule()
    def start(self) -> None:
        """The run leaves the queue."""
        self.do(c.Start(self.aliases))

    @precondition(lambda self: self.startable())
    @rule(which=index, reused=index)
    def begin(self, which: int, reused: int) -> None:
        """Something that is ready begins, or is reused."""
        keys = self.startable()
        self.begin_one(keys[which % len(keys)], reused == 0)

    @precondition(lambda self: self.startable())
    @rule()
    def begin_all(self) -> None:
        """All that is ready begins."""
        for key in self.startable():
            if self.open(key):
                self.begin_one(key)

    @precondition(lambda self: self.run.open)
    @rule(times=st.sampled_from((1, 2, 4, 8)))
    def go_on(self, times: int) -> None:
        """The next few things that the run asks for are granted."""
        for _ in range(times):
            if self.run.open:
                self.grant()

    @precondition(lambda self: self.run.live())
    @rule(which=index, how=index)
    def succeed(self, which: int, how: int) -> None:
        """An attempt succeeds; a gate's judges."""
        live = self.run.live()
        self.succeed_one(live[which % len(live)].id, VERDICTS[how % len(VERDICTS)], how)

    @precondition(lambda self: self.run.live())
    @rule(which=index, how=st.sampled_from(BAD_ENDS), progressed=st.booleans())
    def break_off(self, which: int, how: str, progressed: bool) -> None:
        """An attempt ends otherwise."""
        live = self.run.live()
        self.do(c.EndAttempt(live[which % len(live)].id, how, {}, "it broke", progressed=progressed))

    @precondition(lambda self: len(self.run.live()) > 1)
    @rule(how=st.sampled_from(BAD_ENDS))
    def break_all(self, how: str) -> None:
        """All attempts end badly at once, as when a disk is full."""
        for attempt in self.run.live():
            self.do(c.EndAttempt(attempt.id, how, {}, "it broke"))

    @precondition(lambda self: self.startable())
    @rule(which=index, times=st.sampled_from(range(1, 8)))
    def lose(self, which: int, times: int) -> None:
        """The attempts at a step are lost one after the other, as when a machine reboots again and again."""
        key = self.startable()[which % len(self.startable())]
        for _ in range(times if self.run.planned(key).use != "recipe" else 0):
            if self.run.open and self.open(key):
                self.begin_one(key)
                live = self.run.step(key).live
                assert live is not None
                self.do(c.EndAttempt(live, "lost", {}, "its worker is gone"))

    @precondition(lambda self: self.children())
    @rule(which=index, how=st.sampled_from(("done", "failed", "cancelled", "nothing-trained")))
    def end_child(self, which: int, how: str) -> None:
        """A run of a sub-recipe ends."""
        keys = self.children()
        self.end_own(keys[which % len(keys)], how)

    @precondition(lambda self: self.promotions())
    @rule(which=index, how=st.sampled_from(("done", "failed", "line")))
    def promote(self, which: int, how: str) -> None:
        """The daemon moves an alias, cannot, or has to wait for the line."""
        keys = self.promotions()
        key = keys[which % len(keys)]
        if how == "line":
            self.do(c.WaitOwn(key, "line", "held"))
        else:
            self.end_own(key, how)

    # what people and clocks do

    @precondition(lambda self: self.asking())
    @rule(which=index, yes=st.booleans())
    def answer(self, which: int, yes: bool) -> None:
        """A person answers a question, or decides a held gate."""
        keys = self.asking()
        self.do(c.Answer(keys[which % len(keys)], yes, "I looked"))

    @precondition(lambda self: self.run.open)
    @rule(much=st.sampled_from((0, 0, SECOND, 5 * MINUTE, HOUR, DAY)))
    def time_passes(self, much: int) -> None:
        """The clock goes on, by so much or to the next deadline."""
        self.at = self.at + much if much else self.deadline()
        self.do(c.Advance(self.aliases, self.counted))

    @precondition(lambda self: self.run.open)
    @rule(many=st.sampled_from((1, 1, 2, 5)))
    def outcomes_settle(self, many: int) -> None:
        """So many more outcomes of the line count."""
        self.counted += many
        self.do(c.Advance(self.aliases, self.counted))

    @precondition(lambda self: self.run.open)
    @rule(what=index, which=index)
    def steer(self, what: int, which: int) -> None:
        """A person pauses and resumes, and seldom cancels."""
        if what + which == 0:
            self.attempt(c.Cancel("cancelled", "enough"))
        elif self.run.state == "paused":
            self.attempt(c.Resume())
        elif what < 3:
            self.attempt(c.Pause("lunch"))

    @precondition(lambda self: self.run.state in ENDS)
    @rule(which=index)
    def retry(self, which: int) -> None:
        """A person does an ended run again, or from a step."""
        steps = self.plan.steps
        self.attempt(c.RetryRun(steps[which].id if which < len(steps) else None, "again"))

    @precondition(lambda self: self.run.state in ENDS)
    @rule(drawn=plans(), only=index, aliases=st.sampled_from(ALIASES))
    def another_run(self, drawn: Plan, only: int, aliases: dict[str, e.Pinned]) -> None:
        """What has ended is checked once more from its events, and another run takes its place."""
        self.replay()
        self.queue(drawn, only, aliases)

    @rule(what=index, which=index)
    def ask_for_anything(self, what: int, which: int) -> None:
        """Somebody asks for what may well be refused."""
        keys = [key for key, _ in self.run.instances()] or ["s0"]
        key = keys[which % len(keys)]
        attempts = list(self.run.attempts) or ["r1.s0.a1"]
        asked: tuple[c.Command, ...] = (
            c.StartAttempt(key, "here", None, None),
            c.TakeReused(key, "r0", "0" * 64, self.outputs(key, 1)),
            c.StartSubrun(key, self.mint()),
            c.EndOwn(key, "done", "done", self.outputs(key, 1)),
            c.EndOwn(key, "failed", "failed", {}),
            c.WaitOwn(key, "line", "held"),
            c.Answer(key, True, "why not"),
            c.EndAttempt(attempts[which % len(attempts)], "succeeded", self.outputs(key, 1)),
            c.Start(self.aliases),
            c.Resume(),
            c.RetryRun(key, "again"),
            c.Reprioritise(which),
        )
        self.attempt(asked[what])

    # what holds after each

    @invariant()
    def reads_back(self) -> None:
        """The replay of the events, through the form in which the ledger keeps them, is the state."""
        assert self.shadow == self.run

    @invariant()
    def one_attempt_a_step_and_none_in_an_ended_run(self) -> None:
        """What runs is known by its step, once, and an ended run has nothing left to do."""
        started = [attempt for attempt in self.run.attempts.values() if attempt.state == "started"]
        assert sorted(attempt.id for attempt in started) == sorted(attempt.id for attempt in self.run.live())
        assert len({attempt.step for attempt in started}) == len(started)
        if not self.run.open:
            assert not started
            assert all(self.run.step(key).ended for key, _ in self.run.instances())

    @invariant()
    def is_not_stuck(self) -> None:
        """Unless the run has ended, there is somebody to wait for."""
        run = self.run
        if not self.settled or run.state not in ("running", "waiting"):
            return
        if run.ending is not None:
            assert run.live() or self.children(), "nothing runs and the cancelled run does not end"
            return
        waits = [step for step in run.steps.values() if step.state == "waiting"]
        asks = [step for step in waits if step.waits_for in ("approval", "person", "line") or step.until is not None]
        assert run.live() or self.children() or asks or self.startable() or self.promotions(), "stuck"
        if run.state == "waiting":
            assert asks, "waits for nobody"
            assert not run.live(), "waits while it runs"

    def teardown(self) -> None:
        """However it stands, granting everything ends it."""
        if self.events and not self.failed:
            self.replay()
            self.grant_everything()

    def replay(self) -> None:
        """Do all events again, from the first."""
        again = Run("r1", self.plan)
        for body, at in zip(self.events, self.times, strict=True):
            again = evolve(again, body, at)
        assert again == self.run

    def grant_everything(self) -> None:
        """Give the run all that it asks for, until it has ended."""
        most = 60 + 40 * sum(1 for _ in self.run.instances())
        for _ in range(most):
            if not self.run.open:
                return
            self.grant()
        raise AssertionError(f"everything was granted and the run is still {self.run.state}")

    def grant(self) -> None:
        """The next thing that the run asks for."""
        if self.run.state == "queued":
            self.do(c.Start(self.aliases))
        elif self.run.state == "paused" and self.run.ending is None:
            self.do(c.Resume())
        elif self.run.live():
            self.succeed_one(self.run.live()[0].id, "pass", 1)
        elif self.children():
            self.end_own(self.children()[0], "done")
        elif self.startable():
            self.begin_one(self.startable()[0])
        elif self.promotions():
            self.end_own(self.promotions()[0], "done")
        elif self.asking():
            self.do(c.Answer(self.asking()[0], True, "granted"))
        else:
            self.at = self.deadline()
            self.do(c.Advance(self.aliases, self.counted))

    # the parts

    def take(self, events: list[Happened]) -> None:
        """Put events on record: judged, applied, and applied once more as they read back."""
        for body in events:
            try:
                self.oracle.counted = self.counted
                self.oracle.watch(body, self.at)
                self.run = evolve(self.run, body, self.at)
                kind, version, payload = encode(body)
                back = decode(kind, version, json.loads(json.dumps(payload)))
                self.shadow = evolve(self.shadow, back, self.at)
            except BaseException:
                self.failed = True
                raise
            self.events.append(body)
            self.times.append(self.at)
        self._startable = None

    def do(self, command: c.Command) -> None:
        """Carry out a command that cannot be refused."""
        refused = self.attempt(command)
        self.failed = self.failed or refused is not None
        assert refused is None, f"{command} was refused: {refused}"

    def attempt(self, command: c.Command) -> Refusal | None:
        """Carry out a command, if it may be, and all that follows."""
        self.settled = False
        decided = decide(self.run, command, self.at)
        if isinstance(decided, Refusal):
            assert str(decided)
        else:
            self.take(decided)
        follows = decide(self.run, c.Advance(self.aliases, self.counted), self.at)
        assert isinstance(follows, list)
        self.take(follows)
        self.settled = True
        return decided if isinstance(decided, Refusal) else None

    def begin_one(self, key: str, reused: bool = False) -> None:
        """Begin a step as the daemon does."""
        step = self.run.planned(key)
        if step.use == "recipe":
            self.do(c.StartSubrun(key, self.mint()))
        elif reused and step.act != "gate":
            self.do(c.TakeReused(key, "r0", "0" * 64, self.outputs(key, 1)))
        else:
            self.do(c.StartAttempt(key, "here", None, None))

    def succeed_one(self, attempt: str, word: str, how: int) -> None:
        """End an attempt well."""
        key = self.run.attempts[attempt].step
        gate = self.run.planned(key).act == "gate"
        says = Verdict("g", word, word, None, None, self.run.round, ()) if gate else None
        nothing = not gate and how == 7
        outputs = {} if nothing else self.outputs(key, how % 3)
        self.do(c.EndAttempt(attempt, "succeeded", outputs, verdict=says, nothing=nothing, counted=self.counted))

    def end_own(self, key: str, how: str) -> None:
        """End a step of the daemon's own."""
        state = "done" if how == "nothing-trained" else how
        self.do(c.EndOwn(key, state, how, self.outputs(key, 1) if how == "done" else {}, "so it ended"))

    def outputs(self, key: str, count: int) -> e.Ports:
        """Artifacts for each port that a step gives; a list may be empty."""
        ports = self.run.planned(key).gives
        return {port: self.made(count if held.many else 1) for port, held in ports.items()}

    def made(self, count: int) -> tuple[Artifact, ...]:
        """So many artifacts, of names nobody else has."""
        return tuple(Artifact("Model", self.mint()) for _ in range(count))

    def deadline(self) -> int:
        """When the clock next has something to say."""
        untils = [step.until for step in self.run.steps.values() if step.until is not None]
        return max(self.at + 1, min(untils, default=0))

    def mint(self) -> str:
        """A fresh name."""
        self.minted += 1
        return f"m{self.minted}"

    def startable(self) -> list[str]:
        """What a worker or a sub-run could begin now."""
        if self._startable is None:
            self._startable = [key for key, step in self.run.instances() if self.open(key) and step.use != "promote"]
        return self._startable

    def open(self, key: str) -> bool:
        """Whether the core would begin this now."""
        kind: Callable[[], c.Command] = (
            (lambda: c.StartSubrun(key, "?"))
            if self.run.planned(key).use == "recipe"
            else (lambda: c.StartAttempt(key, "here", None, None))
        )
        step = self.run.step(key)
        if self.run.state != "running" or step.state not in ("pending", "waiting"):
            return False
        return not isinstance(decide(self.run, kind(), self.at), Refusal)

    def promotions(self) -> list[str]:
        """The daemon's own steps that it could end now."""
        keys = [
            key
            for key, step in self.run.instances()
            if not self.run.step(key).ended and (step.use == "promote" or self.run.step(key).waits_for == "line")
        ]
        return [
            key for key in keys if not isinstance(decide(self.run, c.EndOwn(key, "done", "done", {}), self.at), Refusal)
        ]

    def children(self) -> list[str]:
        """The steps whose sub-run has not ended."""
        return [step.key for step in self.run.steps.values() if step.child is not None and not step.ended]

    def asking(self) -> list[str]:
        """The steps that wait for a person's word, where one may be given."""
        if self.run.ending is not None:
            return []
        return [step.key for step in self.run.steps.values() if step.waits_for in ("approval", "person")]
