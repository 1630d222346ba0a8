"""A unit of work: events decided one upon the other, then put on record in one transaction or not at all."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sentinel.contract.attempt import AttemptIn
from sentinel.domain.event import Event, Happened
from sentinel.domain.kept import KeptPlan, PlanKept
from sentinel.domain.line.state import Line
from sentinel.domain.plan import Plan
from sentinel.domain.run.events import RunQueued
from sentinel.domain.run.state import Run
from sentinel.domain.streams import AGGREGATES, parts_of, stream_of
from sentinel.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start a worker: its folder is ready, its lock is held, its start is on record."""

    attempt: str
    folder: Path
    lock: int
    preload: tuple[str, ...]
    told: AttemptIn


@dataclass(frozen=True, slots=True)
class End:
    """End a worker, because of a cancellation or a budget."""

    attempt: str
    how: str


Order = Spawn | End


class Folders(Protocol):
    """Where attempts lie: makes a folder and takes its lock."""

    def prepare(self, told: AttemptIn) -> tuple[Path, int]:
        """Make the attempt's folder, put attempt.json in, and take the lock."""


@dataclass(slots=True)
class Work:
    """Events upon events, over the ledger's states, until `commit`."""

    ledger: Ledger
    at: int
    actor: str
    cause: int | None = None
    orders: list[Order] = field(default_factory=list)
    dirty: set[str] = field(default_factory=set)
    """The runs that something has happened to, and that have to be advanced."""
    changes: list[tuple[str, list[Happened]]] = field(default_factory=list)
    """The events decided so far, by stream, in order."""
    _states: dict[str, Any] = field(default_factory=dict)

    def state(self, stream: str) -> Any:
        """A stream's state, with what this work has added to it."""
        if stream not in self._states:
            return self.ledger.state(stream)
        return self._states[stream]

    def run(self, run: str) -> Run:
        """A run's state."""
        state: Run = self.state(stream_of("run", run))
        return state

    def line(self, line: str) -> Line:
        """A line's state."""
        state: Line = self.state(stream_of("line", line))
        return state

    def apply(self, stream: str, bodies: Sequence[Happened], after: Any = None) -> None:
        """Let these events follow in a stream; `after` is its state then, where that is known already."""
        if not bodies:
            return
        word, name = parts_of(stream)
        self._states[stream] = self._after(stream, bodies) if after is None else after
        self.changes.append((stream, list(bodies)))
        if word == "run":
            self.dirty.add(name)

    def _after(self, stream: str, bodies: Sequence[Happened]) -> Any:
        word, name = parts_of(stream)
        evolve = AGGREGATES[word].evolve
        state = self.state(stream)
        for body in bodies:
            if isinstance(body, RunQueued):
                state = Run(name, self.plan(body.plan))
            state = evolve(state, body, self.at, self.actor)
        return state

    def keep_plan(self, plan: Plan) -> str:
        """Put a plan on record, once, and give its digest."""
        digest = plan.digest
        stream = stream_of("plan", digest)
        kept: KeptPlan = self.state(stream)
        if kept.plan is None:
            self.apply(stream, [PlanKept(plan.to_json())])
        return digest

    def plan(self, digest: str) -> Plan:
        """A plan on record."""
        kept: KeptPlan = self.state(stream_of("plan", digest))
        if kept.plan is None:
            raise KeyError(f"no plan {digest} on record")
        return kept.plan

    def commit(self) -> list[Event]:
        """Put everything on record in one transaction."""
        if not self.changes:
            return []
        return self.ledger.append(self.changes, at=self.at, actor=self.actor, cause=self.cause)

    def abandon(self) -> None:
        """Let go of the locks that were taken for attempts that will not start."""
        for order in self.orders:
            if isinstance(order, Spawn):
                os.close(order.lock)
