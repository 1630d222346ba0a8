"""What a run may do, told a second time: from its events alone, and without a look at how the core works it out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sentinel.domain.artifact import Artifact
from sentinel.domain.event import Happened
from sentinel.domain.plan import Plan, PlannedStep, Source
from sentinel.domain.run import events as e

ENDS = {"done", "rejected", "inconclusive", "frozen", "nothing-trained", "failed", "cancelled"}


@dataclass
class Seen:
    """What has been seen of one step or element in this round."""

    end: str = ""
    outcome: str = ""
    begun: bool = False
    live: str | None = None
    child: str | None = None
    waits: str = ""
    until: int = 0
    counted: int = 0
    outputs: e.Ports = field(default_factory=dict)
    elements: tuple[Artifact, ...] | None = None
    verdict: str = ""
    lifted: bool = False
    unset: bool = False
    failures: int = 0
    lost: int = 0


class Oracle:
    """Sees each event before anybody else and says whether it was allowed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.order = [step.id for step in plan.steps]
        self.steps = {step.id: step for step in plan.steps}
        self.seen: dict[str, Seen] = {}
        self.run = ""
        self.only: str | None = None
        self.ending = False
        self.aliases: dict[str, e.Pinned] = {}
        self.attempts: set[str] = set()
        self.at = 0
        self.counted = 0

    def of(self, key: str) -> Seen:
        """What has been seen of a key."""
        return self.seen.setdefault(key, Seen())

    def watch(self, body: Happened, at: int) -> None:
        """Judge one event; an AssertionError says what was wrong with it."""
        self.at = at
        judge: Callable[[Happened], None] | None = getattr(self, f"on_{type(body).__name__}", None)
        assert judge is not None, f"nobody knows {body}"
        judge(body)

    # the run

    def on_RunQueued(self, body: e.RunQueued) -> None:
        assert self.run == ""
        self.run, self.only = "queued", body.only

    def on_RunStarted(self, body: e.RunStarted) -> None:
        assert self.run == "queued", "a run starts from the queue"
        self.run, self.aliases = "running", body.aliases

    def on_RunMoved(self, body: e.RunMoved) -> None:
        assert self.run not in ENDS
        assert not self.ending
        self.run = body.to

    def on_RunReprioritised(self, body: e.RunReprioritised) -> None:
        assert self.run not in ENDS

    def on_RunForeseen(self, body: e.RunForeseen) -> None:
        assert self.run not in ENDS

    def on_CancelAsked(self, body: e.CancelAsked) -> None:
        assert self.run not in ENDS
        assert not self.ending
        self.ending = True

    def on_RunEnded(self, body: e.RunEnded) -> None:
        assert self.run not in ENDS
        assert body.state in ENDS
        for key in self.order:
            assert self.of(key).end, f"the run ended and `{key}` did not"
        for key, seen in self.seen.items():
            assert seen.end, f"the run ended and element `{key}` did not"
            assert seen.live is None
        if not self.ending:
            good = body.state in ("done", "nothing-trained")
            assert good == (not self.causes()), f"{body.state} because of {self.causes()}"
        self.run, self.ending = body.state, False

    def on_RunRetried(self, body: e.RunRetried) -> None:
        assert self.run in ENDS
        self.run = "queued"
        self.forget(body.steps)

    def on_RoundBegun(self, body: e.RoundBegun) -> None:
        gate = self.of(body.gate)
        assert gate.waits == "outcomes"
        wanted = self.wanted(body.gate)
        enough = wanted is not None and self.counted - gate.counted >= wanted
        assert gate.until <= self.at or enough
        for key in body.steps:
            step = self.steps[key]
            assert key == body.gate or step.use in ("evaluate", "resolve")
            assert self.of(key).live is None
        self.aliases = body.aliases
        self.forget(body.steps)

    def wanted(self, key: str) -> int | None:
        """How many outcomes a gate waits for."""
        gate = self.step(key).gate
        return gate.wait.outcomes if gate is not None and gate.wait is not None else None

    def forget(self, keys: tuple[str, ...]) -> None:
        """Begin anew with these steps and their elements."""
        for key in [key for key in self.seen if key.partition(".")[0] in keys]:
            del self.seen[key]

    # attempts

    def on_AttemptStarted(self, body: e.AttemptStarted) -> None:
        step = self.step(body.step)
        assert step.act in ("use", "gate")
        assert step.use != "recipe"
        assert body.attempt not in self.attempts, "an attempt's id is used twice"
        self.attempts.add(body.attempt)
        self.begin(body.step, body.inputs)
        self.of(body.step).live = body.attempt

    def on_AttemptEnded(self, body: e.AttemptEnded) -> None:
        seen = self.of(body.step)
        assert seen.live == body.attempt, "what ended did not run"
        seen.live = None
        seen.outputs = body.outputs
        seen.failures += body.end in ("failed", "timed-out", "stalled")
        seen.lost = 0 if body.progressed else seen.lost + (body.end == "lost")

    def on_GateJudged(self, body: e.GateJudged) -> None:
        assert self.step(body.step).act == "gate"
        assert body.attempt in self.attempts
        self.of(body.step).verdict = body.verdict.verdict

    def on_GateLifted(self, body: e.GateLifted) -> None:
        seen = self.of(body.step)
        assert (seen.waits, bool(body.reason)) == ("person", True)
        seen.lifted = True

    # steps

    def on_StepWaiting(self, body: e.StepWaiting) -> None:
        step, seen = self.step(body.step), self.of(body.step)
        assert not seen.end
        assert seen.live is None
        if body.waits_for in ("approval", "wait"):
            assert step.act == {"approval": "approve", "wait": "wait"}[body.waits_for]
            self.begin(body.step, None)
        elif body.waits_for == "retry":
            assert seen.failures <= step.retry.times, "tried more often than its retry allows"
            assert seen.lost <= 5, "lost more often than five times"
            assert not self.ending
        elif body.waits_for in ("person", "outcomes"):
            assert seen.verdict not in ("", "pass")
            seen.counted = self.counted
        else:
            self.begin(body.step, None)
        seen.waits, seen.until = body.waits_for, body.until or 0

    def on_StepSpread(self, body: e.StepSpread) -> None:
        step = self.step(body.step)
        assert step.each is not None
        self.begin(body.step, None)
        self.of(body.step).elements = body.elements
        assert body.elements == self.given(body.step, step.each)
        for index in range(len(body.elements)):
            self.seen[f"{body.step}.{index}"] = Seen()

    def on_SubrunStarted(self, body: e.SubrunStarted) -> None:
        assert self.step(body.step).use == "recipe"
        self.begin(body.step, None)
        self.of(body.step).child = body.run

    def on_StepReused(self, body: e.StepReused) -> None:
        assert self.step(body.step).act == "use"
        self.begin(body.step, body.inputs)
        self.end(body.step, "reused", "reused", body.outputs)

    def on_StepSkipped(self, body: e.StepSkipped) -> None:
        assert body.why
        assert self.run in ("running", "waiting")
        if self.of(body.step).waits in ("retry", "line"):
            self.of(body.step).waits = ""
        try:
            self.may_begin(body.step)
        except AssertionError:
            self.of(body.step).unset = body.unset
        else:
            raise AssertionError(f"`{body.step}` is skipped though it may begin")
        self.end(body.step, "skipped", "skipped", {})

    def on_StepEnded(self, body: e.StepEnded) -> None:
        step, seen = self.step(body.step), self.of(body.step)
        spread = step.each is not None and "." not in body.step
        if body.state == "done":
            if step.act == "gate":
                assert seen.verdict == body.outcome, "a gate ends as it judged"
                assert (
                    seen.verdict == "pass" or seen.lifted or seen.waits == "person" or self.maps_to_an_end(step, seen)
                )
            elif step.act == "approve":
                assert seen.waits == "approval"
                assert body.outcome != "expired" or seen.until <= self.at
            elif step.act == "wait":
                assert seen.waits == "wait"
                assert seen.until <= self.at
            elif spread:
                self.gathered(body)
            elif not seen.begun:
                self.begin(body.step, None)
        if body.state == "cancelled" and spread:
            assert self.ending
        self.end(body.step, body.state, body.outcome, body.outputs)

    def maps_to_an_end(self, step: PlannedStep, seen: Seen) -> bool:
        """Whether a gate's `then:` ends it with this verdict and asks nobody."""
        return step.gate is not None and step.gate.then[seen.verdict] in ("reject", "freeze")

    def gathered(self, body: e.StepEnded) -> None:
        """A step with `each` ends as its elements did."""
        elements = self.of(body.step).elements
        assert elements is not None
        each = [self.of(f"{body.step}.{index}") for index in range(len(elements))]
        assert all(seen.end for seen in each), "an element still runs"
        good = [seen for seen in each if seen.end in ("done", "reused") and seen.outcome != "nothing-trained"]
        assert body.outcome == ("done" if good else "nothing-trained")
        for port, held in body.outputs.items():
            assert held == tuple(artifact for seen in good for artifact in seen.outputs.get(port, ()))

    def end(self, key: str, state: str, outcome: str, outputs: e.Ports) -> None:
        """A step or element has ended."""
        seen = self.of(key)
        assert not seen.end, f"`{key}` ended twice"
        assert seen.live is None, f"`{key}` ended while it runs"
        seen.end, seen.outcome, seen.outputs, seen.waits = state, outcome, outputs, ""

    # what may begin

    def begin(self, key: str, inputs: e.Ports | None) -> None:
        """This step or element begins: whether it may, and with these inputs."""
        given = self.may_begin(key)
        assert inputs in (None, given), f"`{key}` got {inputs} and was to get {given}"
        seen = self.of(key)
        seen.begun, seen.waits = True, ""

    def may_begin(self, key: str) -> e.Ports:
        """What this step or element begins with; an AssertionError says why it may not."""
        step, seen = self.step(key), self.of(key)
        assert self.run in ("running", "waiting"), f"`{key}` begins in a run that is {self.run}"
        assert not self.ending, f"`{key}` begins in a run that is being ended"
        assert not seen.end, f"`{key}` begins though it has ended"
        assert seen.live is None, f"`{key}` runs already"
        assert not seen.waits or (seen.waits in ("retry", "line") and seen.until <= self.at), f"`{key}` waits"
        if self.only is None:
            self.in_order(step)
        else:
            assert step.id in self.asked_for(self.only), f"`{key}` was not asked for"
        sources = dict(step.binds)
        if step.each is not None:
            sources["each"] = (step.each,)
        given: e.Ports = {}
        for port, held in sources.items():
            if "." not in key and step.each is not None and any(source.of == "it" for source in held):
                continue
            found = tuple(artifact for source in held for artifact in self.given(key, source))
            declared = step.takes.get(port)
            if declared is not None:
                assert found or declared.optional or declared.many, f"`{key}` begins without its port `{port}`"
            if port != "each" and (found or (declared is not None and declared.many)):
                given[port] = found
        return given

    def in_order(self, step: PlannedStep) -> None:
        """Whether the bars above a step, its `when:` and its `after:` let it begin."""
        for above in self.order[: self.order.index(step.id)]:
            if self.steps[above].act in ("gate", "approve") and above not in step.when:
                assert self.passed(above), f"`{step.id}` begins below `{above}`, which has not passed"
        for name, outcomes in step.when.items():
            assert self.of(name).end, f"`{step.id}` begins before `{name}` has ended"
            assert self.of(name).outcome in outcomes, f"`{step.id}` begins though `{name}` was {self.of(name).outcome}"
        for name in step.after:
            assert self.of(name).end, f"`{step.id}` begins before `{name}`, which it comes after"
        causes = self.causes()
        assert not causes or causes & set(step.when), f"`{step.id}` begins though {causes} ended the run"

    def passed(self, bar: str) -> bool:
        """Whether a bar has passed."""
        seen = self.of(bar)
        if self.steps[bar].act == "approve":
            return seen.outcome == "approved"
        return bool(seen.end == "done" and (seen.verdict == "pass" or seen.lifted))

    def causes(self) -> set[str]:
        """The steps that end the run: failures that are not optional, and bars that did not pass."""
        return {
            name
            for name, step in self.steps.items()
            if (
                self.of(name).end not in ("", "skipped") and not self.passed(name)
                if step.act in ("gate", "approve")
                else self.of(name).end in ("failed", "cancelled") and not step.optional
            )
        }

    def given(self, key: str, source: Source) -> tuple[Artifact, ...]:
        """What a binding gives; an AssertionError where it gives nothing yet or never."""
        if source.of == "it":
            return (self.elements_of(key)[int(key.partition(".")[2])],)
        if source.of == "alias":
            held = self.aliases.get(source.name)
            artifact = held.ports.get(source.port) if held is not None else None
            assert artifact is not None or source.maybe, f"`{key}` begins though {source} is unset"
            return (artifact,) if artifact is not None else ()
        assert source.of == "step"
        seen = self.of(source.name)
        assert seen.end, f"`{key}` begins before `{source.name}` has ended"
        if seen.end == "skipped":
            assert source.maybe, f"`{key}` begins though `{source.name}` was skipped"
            assert seen.unset, f"`{key}` begins though `{source.name}` was skipped, and not for an unset alias"
            return ()
        assert seen.end in ("done", "reused"), f"`{key}` begins though `{source.name}` {seen.end}"
        assert seen.outcome != "nothing-trained"
        return seen.outputs.get(source.port, ())

    def elements_of(self, key: str) -> tuple[Artifact, ...]:
        """The list that a step with `each` was spread over."""
        return self.of(key.partition(".")[0]).elements or ()

    def asked_for(self, only: str) -> set[str]:
        """A step and all that it binds, however far up."""
        step = self.steps[only]
        sources = [source for held in step.binds.values() for source in held]
        sources += [step.each] if step.each is not None else []
        return {only}.union(*(self.asked_for(source.name) for source in sources if source.of == "step"))

    def step(self, key: str) -> PlannedStep:
        """The plan's step behind a key."""
        return self.steps[key.partition(".")[0]]
