"""A world that lives over a ledger: runs, lines, triggers, deliveries and the house, asked for things at random.

Everything goes through the domain's own decisions, as in the daemon, so that what is put on record could have happened.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sentinel.domain import board as b
from sentinel.domain import delivery as d
from sentinel.domain import feed as f
from sentinel.domain import house as h
from sentinel.domain import kept as k
from sentinel.domain import outcome as o
from sentinel.domain import trigger_stream as s
from sentinel.domain.digest import digest_of
from sentinel.domain.event import Event, Happened
from sentinel.domain.line import decide as line
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan
from sentinel.domain.quantity import HOUR
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run import events as e
from sentinel.domain.run.decide import decide
from sentinel.domain.run.moves import ATTEMPT_ENDS
from sentinel.domain.run.state import Run
from sentinel.domain.streams import HOUSE
from sentinel.domain.verdict import VERDICTS, Finding, Verdict
from sentinel.ledger import Ledger
from tests.unit.domain.plans import approve, gate, model, plan, use, wait

T = TypeVar("T")
Change = tuple[str, Sequence[Happened]]

LINES = ("router", "tagger")
WAIT = {"inconclusive": "wait", "freeze": "freeze", "fail": "hold"}
PLANS: tuple[Plan, ...] = (
    plan(
        use("scores", does="evaluate", gpus=1),
        gate("proof", takes={"candidate": "scores.out"}, then=WAIT, at_most=HOUR),
        use("live", takes={"model": "scores.out"}, optional=True),
    ),
    plan(use("list", many=("out",)), use("each", takes={"it": "it"}, each="list.out"), wait("nap", HOUR)),
    plan(use("child", does="recipe", recipe="trial"), approve("ask"), use("last", takes={"m": "champion.model?"})),
    plan(use("one", gives=(), times=1)),
)


class World:
    """What lives over a ledger, and all that was acknowledged to it."""

    def __init__(self, ledger: Ledger, chance: random.Random) -> None:
        self.ledger = ledger
        self.chance = chance
        self.at = 1_764_000_000_000
        self.acknowledged: list[Event] = []
        self.runs: list[str] = []
        self.streams: set[str] = set()

    def turn(self) -> list[Event]:
        """Let one thing happen, if what was picked may happen now."""
        self.at += self.chance.choice((0, 1, 1000, HOUR, -5))
        changes = [(stream, bodies) for stream, bodies in self.pick(_TURNS)(self) if bodies]
        return self.append(changes)

    def append(self, changes: Sequence[Change], **more: Any) -> list[Event]:
        """Put changes on record, and note what was acknowledged."""
        events = self.ledger.append(changes, at=self.at, actor="uid:1000", **more)
        self.acknowledged.extend(events)
        self.streams.update(event.stream for event in events)
        return events

    def pick(self, options: Sequence[T]) -> T:
        """One of several."""
        return self.chance.choice(options)

    def state(self, word: str, name: str) -> Any:
        """The state of a stream."""
        return self.ledger.state(f"{word}/{name}")

    def queue(self) -> list[Change]:
        """Ask for a run."""
        chosen = self.pick(PLANS)
        digest, run = chosen.digest, self.ledger.next_run()
        self.runs.append(run)
        kept: list[Happened] = [] if self.state("plan", digest).plan else [k.PlanKept(chosen.to_json())]
        kind = self.pick(("recipe", "recipe", "asked"))
        inputs = self.pick(({}, {"window": "30d", "deep": {"er": [1, 2.5, None]}}))
        queued = e.RunQueued(
            self.pick(("trial", "lifecycle")), self.pick((*LINES, None)), digest, inputs, self.pick((10, 50)),
            "manual", "“asked” – ünïcode", "3f2c9e1", self.pick((True, False)), kind, None,
            self.pick((None, self.runs[0])), None, None,
        )  # fmt: skip
        return [(f"plan/{digest}", kept), (f"run/{run}", [queued])]

    def command(self) -> list[Change]:
        """Ask a run for something that it will do."""
        if not self.runs:
            return self.queue()
        run: Run = self.state("run", self.pick(self.runs[-3:]))
        if not run.state:
            return []
        commands = _commands(self, run)
        self.chance.shuffle(commands)
        for command in commands:
            decided = decide(run, command(), self.at)
            if not isinstance(decided, Refusal) and decided:
                return [(f"run/{run.id}", decided), *_artifacts(decided)]
        return []

    def register(self) -> list[Change]:
        """Put a version of a line on record."""
        name = self.pick(LINES)
        state = self.state("line", name)
        pins = {"n": self.pick(range(6)), "line": name, "inputs": {"rows": [digest_of("rows")]}}
        parents = tuple(state.versions)[:2]
        command = line.Register(model(f"m{self.pick(range(4))}").digest, "r1", "tuned", "", parents, pins)
        return self._line(name, command)

    def move(self) -> list[Change]:
        """Do something else with a line."""
        name = self.pick(LINES)
        state = self.state("line", name)
        versions = list(state.versions.values())
        champion = [version for version in versions if version.id == state.champion]
        chosen = self.pick(self.pick((champion, versions)) or versions) if versions else None
        subject = chosen.model if chosen else model("none").digest
        cited = line.Cited(f"r1.proof.a{len(self.acknowledged)}", self._verdict(subject, state.champion))
        alias = self.pick(("champion", "challenger", "shadow"))
        command = self.pick(
            (
                line.Adopt(subject, "it serves"), line.Promote(alias, subject, (cited,)), line.RollBack(None, "worse"),
                line.Hold("release"), line.Release("done"), line.Judged(cited, self.pick((True, False))),
                line.Look(cited),
                line.Acknowledge(self.pick((None, chosen.id if chosen else None)), "seen"),
            )
        )  # fmt: skip
        return self._line(name, command)

    def trigger(self) -> list[Change]:
        """Arm a trigger, disarm it, or let it fire."""
        name = self.pick(("cron:trial", "cron:lifecycle"))
        state = self.state("trigger", name)
        if not state.armed:
            return [(f"trigger/{name}", [s.TriggerArmed("trial", self.pick((None, "router")), "cron", {"at": "3"})])]
        if self.pick(range(4)) == 0:
            return [(f"trigger/{name}", [s.TriggerDisarmed("the recipe is gone")])]
        queued = self.queue()
        run = queued[-1][0].partition("/")[2]
        fired = s.fire(state, self.at, self.pick((0, 3)), s.Decision(True, "due", {"n": 1}), run, False)
        return [*queued, (f"trigger/{name}", fired)] if fired else queued

    def watch(self) -> list[Change]:
        """Have a trigger that gathers evidence begin anew, change its mind, go silent or be heard."""
        name = "lifecycle.router.drift.0"
        if not self.state("trigger", name).armed:
            return [(f"trigger/{name}", [s.TriggerArmed("lifecycle", "router", "drift", {"margin": 0.01})])]
        body = self.pick(
            (
                s.WatchReset("router.canary.accuracy", self.pick((None, "v1")), self.pick(range(3)), "it is v1's"),
                s.WatchMoved(self.pick(("ok", "pending", "firing")), "“so”", {"log": 3.5}),
                s.LookAsked("r1"), s.LookEnded("r1", True, "“held”", {"rows": [5]}, {"looks": 1}),
                s.WentSilent(self.at), s.WasHeard(self.at),
            )
        )  # fmt: skip
        return [(f"trigger/{name}", [body])]

    def measure(self) -> list[Change]:
        """Take a signal in, or set the baseline."""
        name = f"{self.pick(LINES)}.canary.accuracy"
        state: f.Feed = self.state("feed", name)
        if state.signals and self.pick(range(4)) == 0:
            baseline = f.Baseline(0.91, 1.25, 400.0, 0.08, True, len(state.signals))
            return [(f"feed/{name}", [f.BaselineSet(baseline, self.pick(("learned", "accepted")), "so it is")])]
        if self.pick(range(3)) == 0:
            scored = f.Scored(
                "set", "accuracy", "m", 4.0, 5.0, None, tuple(f"{self.pick(range(999)):012}" for _ in "abcde")
            )
            brought = f.take_evaluation(state, scored, "v1")
            return [] if isinstance(brought, Refusal) else [(f"feed/{name}", brought)]
        first = self.pick(range(400)) * HOUR
        signal = f.Signal(
            "", float(self.pick(range(10))), 10.0, None, self.pick((None, "v1")), f.TIME, first, first + HOUR
        )
        named = replace(signal, id=f.signal_id(signal.value, signal.n, signal.of, first, first + HOUR))
        taken = f.take(state, named, self.at)
        return [] if isinstance(taken, Refusal) else [(f"feed/{name}", taken)]

    def label(self) -> list[Change]:
        """Take an outcome in, label it once more, settle it, close a round, or read on in a file."""
        line = self.pick(LINES)
        told = o.Told(f"t{self.pick(range(6))}", self.pick(range(400)) * HOUR, 1.0, True, self.pick(o.WHYS[:3]), 0.5)
        name = o.outcome_name(line, told.id, told.why)
        state: o.Outcome = self.state("outcome", name)
        rounds: o.Settling = self.state("settling", line)
        if state.told is None:
            taken = o.take(state, told, line, HOUR, self.at)
            return [] if isinstance(taken, Refusal) else [(f"outcome/{name}", taken)]
        number, slot = rounds.next, rounds.closed + HOUR
        if state.number is None and self.pick((True, False)):
            settled = o.OutcomeSettled(number, slot, self.pick((True, False)))
            return [(f"outcome/{name}", [settled]), (f"settling/{line}", [o.SlotClosed(slot, number + 1, 1)])]
        if self.pick((True, False)):
            return [(f"outcome/{name}", [o.OutcomeRetold(0.5, None, "seen")])]
        return [(f"settling/{line}", [o.FileFollowed("labels.jsonl", "9f", self.at, 1, 2, 1, "“so”")])]

    def deliver(self) -> list[Change]:
        """Intend a delivery, try one, or end a try."""
        waiting = self.ledger.reads.deliveries()
        last = self.ledger.reads.delivery(f"d{self.ledger.reads.last_delivery()}")
        if last is not None and last.state == "given-up" and self.pick((True, False)):
            return [(f"delivery/{last.id}", [d.DeliveryAskedAgain()])]
        if not waiting or self.pick(range(3)) == 0:
            name = self.ledger.next_delivery()
            intended = d.DeliveryIntended("notify", "credential:hook", digest_of(name), {"text": "so it is"})
            content = {
                "act": self.pick(("publish", "submit")), "model": digest_of(name), "run": "r1",
                "line": self.pick((*LINES, None)), "submission": digest_of([name, "s"]),
                "request": self.pick((True, False)), "entries": [{"dataset": self.pick(("acme/tickets", "acme/mail"))}],
            }  # fmt: skip
            sent = d.DeliveryIntended("send", "acme/router", digest_of([name]), content)
            return [(f"delivery/{name}", [self.pick((intended, sent))])]
        state = self.state("delivery", self.pick(waiting).id)
        if state.state == "waiting" and self.pick(range(8)) == 0:
            return [(f"delivery/{state.id}", [d.DeliveryOvertaken("d9")])]
        if state.state == "waiting":
            return [(f"delivery/{state.id}", [d.DeliveryTried(state.next_attempt)])]
        end = self.pick(("succeeded", "failed", "refused", "lost"))
        return [(f"delivery/{state.id}", d.end(state, end, None, {"status": 200}, self.at))]

    def look_at_boards(self) -> list[Change]:
        """Where a line's repositories stand by now."""
        line = self.pick(LINES)
        rank = self.pick((None, 1, 2))
        place = b.Place("acme/router", self.pick(("acme/tickets", "acme/mail")), self.pick((True, False)), rank, 9, 0.5)
        rejected = (b.Rejected("acme/router", "a.yaml", "no"),) if self.pick((True, False)) else ()
        seen = (b.Seen("acme/router", self.pick((True, False))),)
        return [(f"board/{line}", b.read(self.state("board", line), b.Reading((place,), rejected, (), seen)))]

    def keep_house(self) -> list[Change]:
        """Something about the house."""
        house = self.ledger.state(HOUSE)
        files = {f"recipes/{name}.yaml": digest_of(self.pick(range(3))) for name in self.pick((("a",), ("a", "b")))}
        bodies: Sequence[Happened] = self.pick(
            (
                h.raise_alert(house, "stalled", self.pick(("r1", "r2")), self.pick(("it hangs", "it hung"))),
                h.clear_alert(house, "stalled", self.pick(("r1", "r2")), "over"),
                [h.FilesTaken(files, "3f2c9e1", False)], [h.FilesBroken(files, ("recipes/a.yaml:1:1: E-x: no",))],
                [h.NodeSeen(self.pick(("atlas", "zeus")), Slots(8, self.pick((0, 1)), 0, 2**33))],
                [h.DaemonStarted(self.pick((7, 8)), "0.1.0")], [h.DaemonStopped("asked to")],
            )
        )  # fmt: skip
        return [(HOUSE, bodies)]

    def foresee(self) -> list[Change]:
        """Say when a run is expected to end."""
        name = self.pick(self.runs) if self.runs else ""
        if not name or not self.state("run", name).open:
            return []
        end = self.pick((None, self.at + HOUR))
        return [(f"run/{name}", [e.RunForeseen(self.pick(("queued", "begun")), self.at, None, end, end)])]

    def drop(self) -> list[Change]:
        """Let go of an artifact, or keep it again."""
        digest = model(f"x{self.pick(range(5))}").digest
        state = self.state("artifact", digest)
        kept = state.kind and state.dropped is None
        body = k.ArtifactDropped("old") if kept else k.ArtifactKept("Model", 10, "r1.rows.a1")
        return [(f"artifact/{digest}", [body])]

    def _line(self, name: str, command: Any) -> list[Change]:
        decided = line.decide(self.state("line", name), command, self.at)
        return [] if isinstance(decided, Refusal) else [(f"line/{name}", decided)]

    def _verdict(self, subject: str | None, against: str | None) -> Verdict:
        looked = {"set": "regression", "documents": digest_of(self.pick(range(2)))}
        finding = Finding("floor", "pass", "it is high enough", looked)
        return Verdict("promotion", self.pick(VERDICTS), "so it was judged", subject, against, 1, (finding,))


_TURNS: tuple[Callable[[World], list[Change]], ...] = (
    World.queue, *[World.command] * 16, World.register, *[World.move] * 5, World.trigger,
    World.watch, *[World.measure] * 2, *[World.label] * 2,
    *[World.deliver] * 2, World.look_at_boards, World.keep_house, World.drop, World.foresee,
)  # fmt: skip


def _commands(world: World, run: Run) -> list[Callable[[], c.Command]]:
    """Whatever might be asked of this run."""
    keys = [key for key, _ in run.instances()]
    aliases = {"champion": e.Pinned("v1", {"model": model("live")})} if world.pick((True, False)) else {}
    if run.state == "queued":
        return [lambda: c.Start(aliases)] * 3 + [lambda: c.Reprioritise(world.pick((1, 99)))]
    some: list[Callable[[], c.Command]] = [lambda: c.Advance(aliases), lambda: c.StartSubrun(keys[0], "r999")]
    some += [lambda: c.Answer(None, True, "seen")]
    if run.state == "waiting":
        world.at += HOUR
        some += [lambda: c.Advance(aliases)] * 5
    for attempt in run.live():
        some += [lambda attempt=attempt: _ending(world, run, attempt.id, attempt.step)] * 3  # type: ignore[misc]
    for key in keys:
        use_key = world.pick((None, digest_of([run.recipe, key])))
        some.append(lambda key=key, use_key=use_key: c.StartAttempt(key, "here", use_key, None))  # type: ignore[misc]
    if run.state != "running" or world.pick(range(6)) == 0:
        some += [
            lambda: c.Answer(None, world.pick((True, False)), "seen"), lambda: c.Pause("wait"), c.Resume,
            lambda: c.RetryRun(world.pick((None, *keys)), "again"),
            lambda: c.TakeReused(world.pick(keys), "r0.x.a1", "k" * 64, {"out": (model("old"),)}),
            lambda: c.WaitOwn(world.pick(keys), "line", "it is held"),
            lambda: c.EndOwn(world.pick(keys), "done", "done", {"out": (model("own"),)}, "moved"),
        ]  # fmt: skip
    if world.pick(range(12)) == 0:
        some.append(lambda: c.Cancel("cancelled", "asked"))
    return some


def _ending(world: World, run: Run, attempt: str, key: str) -> c.EndAttempt:
    end = world.pick(("succeeded", "succeeded", "succeeded", *ATTEMPT_ENDS))
    planned = run.planned(key)
    verdict = None
    if planned.act == "gate" and end == "succeeded":
        verdict = Verdict(
            "proof",
            world.pick((*VERDICTS, "inconclusive", "inconclusive")),
            "judged",
            model("x1").digest,
            None,
            run.round,
            (),
        )
    ports = {port: tuple(model(f"x{n}") for n in range(1 + held.many)) for port, held in planned.gives.items()}
    error = None if end == "succeeded" else Refusal("E-broke", "It broke.", "here", "Mend it.")
    outputs = ports if end == "succeeded" and planned.act != "gate" else {}
    return c.EndAttempt(
        attempt, end, outputs, "so it was", error, verdict, {"n": 1}, 5, 2**20, world.pick((True, False))
    )


def _artifacts(bodies: Sequence[Happened]) -> list[Change]:
    """What a worker's success puts into the store."""
    return [
        (f"artifact/{artifact.digest}", [k.ArtifactKept(artifact.kind, 10, body.attempt)])
        for body in bodies
        if isinstance(body, e.AttemptEnded)
        for held in body.outputs.values()
        for artifact in held
    ]
