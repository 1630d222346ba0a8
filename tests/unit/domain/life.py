"""A run under a test's hand: commands go in as the daemon gives them, and all that follows is done at once."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.event import Happened
from sentinel.domain.plan import Plan
from sentinel.domain.quantity import SECOND
from sentinel.domain.refusal import Refusal, Refused
from sentinel.domain.run import commands as c
from sentinel.domain.run import events as e
from sentinel.domain.run.decide import decide
from sentinel.domain.run.evolve import evolve
from sentinel.domain.run.standing import Ready, standing
from sentinel.domain.run.state import Run
from sentinel.domain.verdict import Verdict
from tests.unit.domain.plans import model

T = TypeVar("T", bound=Happened)


def queued(only: str | None = None, inputs: Json = None) -> e.RunQueued:
    """The first event of a run."""
    return e.RunQueued(
        "trial", "router", "0" * 64, inputs or {}, 50, "manual", "asked", None, False, "recipe", only, None, None, None
    )


def verdict(word: str, subject: str | None = None) -> Verdict:
    """A verdict of one word."""
    return Verdict("proof", word, f"It was judged {word}.", subject, None, 1, ())


def pinned(**ports: Artifact) -> e.Pinned:
    """An alias that stands for a version with these artifacts."""
    return e.Pinned("v1", ports)


class Life:
    """A run from the queue on, its events and its clock."""

    def __init__(
        self,
        plan: Plan,
        *,
        only: str | None = None,
        inputs: Json = None,
        aliases: Mapping[str, e.Pinned] | None = None,
        start: bool = True,
    ) -> None:
        self.at = 0
        self.counted = 0
        self.events: list[Happened] = []
        self.aliases = dict(aliases or {})
        self.run = Run("r1", plan)
        self.take([queued(only, inputs)])
        if start:
            self.start()

    def take(self, events: Iterable[Happened]) -> None:
        """Put events on record."""
        for body in events:
            self.run = evolve(self.run, body, self.at, "test")
            self.events.append(body)

    def ask(self, command: c.Command) -> list[Happened] | Refusal:
        """What the core makes of a command; nothing is put on record."""
        return decide(self.run, command, self.at)

    def do(self, command: c.Command) -> list[Happened]:
        """Carry a command out, then all that follows; the events of both."""
        before = len(self.events)
        for each in (command, c.Advance(self.aliases, self.counted)):
            decided = self.ask(each)
            if isinstance(decided, Refusal):
                raise Refused(decided)
            self.take(decided)
        return self.events[before:]

    def start(self) -> None:
        """Leave the queue."""
        self.do(c.Start(self.aliases))

    def later(self, ms: int) -> list[Happened]:
        """Let the clock go on by so much."""
        self.at += ms
        return self.do(c.Advance(self.aliases, self.counted))

    def settle(self, outcomes: int) -> list[Happened]:
        """Let so many more outcomes of the line count."""
        self.counted += outcomes
        return self.do(c.Advance(self.aliases, self.counted))

    def begin(self, step: str) -> str:
        """Start an attempt at a step."""
        started = self.do(c.StartAttempt(step, "here", None, None))[0]
        assert isinstance(started, e.AttemptStarted)
        return started.attempt

    def end(
        self,
        step: str,
        end: str = "succeeded",
        *,
        outputs: Mapping[str, Iterable[Artifact]] | None = None,
        judged: str | None = None,
        nothing: bool = False,
        progressed: bool = False,
        error: Refusal | None = None,
        after: int = SECOND,
    ) -> None:
        """End the attempt at a step that runs now."""
        self.at += after
        attempt = self.run.step(step).live
        assert attempt is not None, f"nothing runs at {step}"
        given = outputs
        if given is None and end == "succeeded" and not nothing:
            given = {port: (model(f"{attempt}.{port}"),) for port in self.run.planned(step).gives}
        held = {port: tuple(artifacts) for port, artifacts in (given or {}).items()}
        says = verdict(judged) if judged is not None else None
        self.do(
            c.EndAttempt(
                attempt,
                end,
                held,
                says="" if end == "succeeded" else "it broke",
                error=error,
                verdict=says,
                progressed=progressed,
                nothing=nothing,
                counted=self.counted,
            )
        )

    def done(self, *steps: str) -> None:
        """Start each step and let it succeed."""
        for step in steps:
            self.begin(step)
            self.end(step)

    def fail(self, step: str, end: str = "failed") -> None:
        """Start a step and let it fail."""
        self.begin(step)
        self.end(step, end)

    def judge(self, step: str, word: str) -> None:
        """Start a gate and let it judge."""
        self.begin(step)
        self.end(step, judged=word)

    @property
    def ready(self) -> list[str]:
        """The keys of what a worker, or the daemon itself, could start now."""
        return [
            key
            for key, _ in self.run.instances()
            if not isinstance(self.ask(c.StartAttempt(key, "here", None, None)), Refusal)
            or not isinstance(self.ask(c.StartSubrun(key, "r2")), Refusal)
        ]

    def state(self, key: str) -> str:
        """The state of a step."""
        return self.run.step(key).state

    def outcome(self, key: str) -> str | None:
        """The outcome of a step."""
        return self.run.step(key).outcome

    def why(self, key: str) -> str:
        """The reason that a step is as it is."""
        return self.run.step(key).why

    def inputs(self, key: str) -> e.Ports:
        """What a step would be given now."""
        stands = standing(self.run, key)
        assert isinstance(stands, Ready), stands
        return stands.inputs

    def of(self, kind: type[T]) -> list[T]:
        """The events of one kind."""
        return [body for body in self.events if isinstance(body, kind)]


def refusal(decided: object) -> Refusal:
    """The refusal that a command must have met."""
    assert isinstance(decided, Refusal), f"expected a refusal, got {decided}"
    return decided
