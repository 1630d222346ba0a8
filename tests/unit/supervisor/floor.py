"""An engine on a real ledger, with a clock that a test moves and folders that only write down what was told."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentinel.contract.attempt import AttemptIn, AttemptOut
from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.state import Run
from sentinel.domain.verdict import Verdict
from sentinel.ledger.ledger import Ledger
from sentinel.outside.clock import FakeClock
from sentinel.supervisor.attempts import Places
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.work import End, Spawn

ROUTER = "router"
PERSON = "uid:ada"


@dataclass
class Told:
    """Folders that make none."""

    attempts: dict[str, AttemptIn] = field(default_factory=dict)
    full: bool = False

    def prepare(self, told: AttemptIn) -> tuple[Path, int]:
        """Write down what the attempt was told."""
        if self.full:
            raise OSError(28, "No space left on device")
        self.attempts[told.attempt] = told
        return Path(os.devnull), os.open(os.devnull, os.O_RDONLY)


@dataclass
class Recipe:
    """A recipe in force that gives one plan."""

    plan: Plan
    lines: tuple[str, ...] = (ROUTER,)
    path: str = "recipes/trial.yaml"

    def plan_for(self, line: str | None) -> Plan:
        """The plan, whatever the line."""
        return self.plan


class House:
    """A daemon's mind without its hands: attempts live until a test ends them."""

    def __init__(self, root: Path, slots: Slots | None = None, **catalogue: Any) -> None:
        self.path = root / "ledger.db"
        self.clock = FakeClock()
        self.told = Told()
        self.slots = slots or Slots(4, 2, 2**34, 2**36)
        self.catalogue = Catalogue(lines={ROUTER: {}}, **catalogue)
        self.engine = self._wake()
        self.living: set[str] = set()
        self.ended: list[tuple[str, str]] = []

    def _wake(self) -> Engine:
        engine = Engine(Ledger.open(self.path), self.clock, self.told, Places("s", "w", "here"), self.slots)
        engine.catalogue = self.catalogue
        engine.start(1, "test")
        return engine

    def restart(self) -> None:
        """Let the daemon die without a word, and another take over."""
        self.engine.ledger.close()
        self.engine = self._wake()

    def do(self, act: Any) -> Any:
        """Let the engine do something; its answer. What it ordered is noted."""
        done = act(self.engine)
        for order in done.orders:
            if isinstance(order, Spawn):
                os.close(order.lock)
                self.living.add(order.attempt)
            elif isinstance(order, End):
                self.ended.append((order.attempt, order.how))
        return done.answer

    def queue(self, plan: Plan, **ask: Any) -> str:
        """Ask for a run of a plan."""
        line = ask.pop("line", plan.line)
        held = Ask(plan, line, ask.pop("inputs", {}), "manual", "a test asked", **ask)
        run: str = self.do(lambda engine: engine.do(PERSON, lambda work: queue_run(work, held)))
        return run

    def tick(self, seconds: float = 0) -> None:
        """Let time pass, and do what is due."""
        self.clock.advance(seconds)
        self.do(lambda engine: engine.tick())

    def finish(self, attempt: str, end: str = "succeeded", **result: Any) -> Any:
        """End an attempt; each named port gets a model of the attempt's own, unless outputs are given."""
        self.living.discard(attempt)
        told = self.told.attempts[attempt]
        if end == "succeeded" and "outputs" not in result:
            made = {port: (Artifact(kind, digest_of([attempt, port])),) for port, kind in told.gives.items()}
            result["outputs"] = made
        return self.do(lambda engine: engine.ended(AttemptOut(attempt, end, **result), end))

    def judge(self, attempt: str, verdict: str, subject: str | None, against: str | None = None) -> Any:
        """End a gate's attempt with a verdict."""
        artifact = Artifact("Verdict", digest_of([attempt, verdict]))
        told = self.told.attempts[attempt]
        judged = Verdict(
            told.gate["plan"]["gate"], verdict, f"It says {verdict}.", subject, against, told.gate["round"], (),
            artifact.digest,
        )  # fmt: skip
        return self.finish(attempt, outputs={"verdict": (artifact,)}, verdict=judged)

    def run(self, name: str) -> Run:
        """A run's state."""
        state: Run = self.engine.ledger.state(f"run/{name}")
        return state

    def states(self, name: str) -> dict[str, str]:
        """The state of each step that something has happened to."""
        return {key: step.state for key, step in self.run(name).steps.items()}

    def line(self, name: str = ROUTER) -> Any:
        """A line's state."""
        return self.engine.ledger.state(f"line/{name}")


def is_refused(answer: Any, code: str) -> bool:
    """Whether the answer is this refusal."""
    return isinstance(answer, Refusal) and answer.code == code
