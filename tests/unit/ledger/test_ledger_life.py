"""A ledger's life, over a real file: whatever is asked of it in whatever order, it is what its model says.

The model knows nothing of SQL: it keeps what was acknowledged, and lets the domain alone make states of it.
"""

import random
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sentinel.domain.event import Event
from sentinel.domain.house import DaemonStopped
from sentinel.domain.kept import ArtifactKept
from sentinel.domain.run.events import RunEnded, RunQueued
from sentinel.domain.run.moves import IllegalMove
from sentinel.domain.run.state import Run
from sentinel.domain.streams import AGGREGATES, parts_of
from sentinel.ledger import Ledger, LedgerFull
from sentinel.ledger.rows import Made, all_rows
from sentinel.ledger.sums import MODULUS, event_sum, number, row_sum
from sentinel.ledger.tables import TABLES
from tests.effort import often
from tests.unit.ledger.fresh import empty, fresh_folder
from tests.unit.ledger.test_ledger_rows import journal_of, on_record
from tests.unit.ledger.world import World

pytestmark = pytest.mark.timeout(600)

SEEDS = st.integers(0, 2**32 - 1)


class LedgerLife(RuleBasedStateMachine):
    """A ledger and its model, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = self.stack.enter_context(fresh_folder())
        self.opened = 1
        self.path = self.folder / "ledger.db"
        self.path.write_bytes(empty())
        self.world = World(Ledger.open(self.path), random.Random(0))
        self.states: dict[str, object] = {}
        self.events: dict[str, list[Event]] = {}
        self.fresh: set[str] = set()

    @property
    def ledger(self) -> Ledger:
        return self.world.ledger

    @rule(seed=SEEDS)
    def something_happens(self, seed: int) -> None:
        self.world.chance = random.Random(seed)
        self.follow(self.world.turn())

    # most of a life is uneventful: rules are picked by name, each as often as the others
    @rule(seed=SEEDS)
    def another_thing_happens(self, seed: int) -> None:
        self.something_happens(seed)

    @rule(seed=SEEDS)
    def a_third_thing_happens(self, seed: int) -> None:
        self.something_happens(seed)

    @rule(trouble=st.sampled_from(("illegal", "full", "forgotten", "sealed", "closed", "killed")), seed=SEEDS)
    def there_is_trouble(self, trouble: str, seed: int) -> None:
        self.world.chance = random.Random(seed)
        getattr(self, f"_{trouble}")()

    def _illegal(self) -> None:
        """Something that cannot happen comes after something that can."""
        changes = [*self.world.queue(), *self.world.command()]
        gone = [("run/r0", [RunEnded("done", "")])]
        with pytest.raises((IllegalMove, KeyError)):
            self.ledger.append([*changes, *gone], at=1, actor="test")
        self.world.runs.pop()
        self.fresh.update(stream for stream, _ in changes)

    def _full(self) -> None:
        """The disk has no room for what is large; then it has."""
        connection = self.ledger._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        large = [("house", [DaemonStopped("x" * 200_000)])]
        with pytest.raises(LedgerFull):
            self.ledger.append([*self.world.keep_house(), *large], at=1, actor="test")
        connection.execute("PRAGMA max_page_count = 1073741823")
        self.fresh.add("house")

    def _forgotten(self) -> None:
        for stream in self.events:
            if self.world.pick((True, False)):
                self.ledger.forget(stream)
                self.fresh.add(stream)

    def _sealed(self) -> None:
        self.ledger.seal()

    def _closed(self) -> None:
        self.ledger.close()
        self.open(self.path)

    def _killed(self) -> None:
        """What is on the disk at this moment, log and all, is what the next process finds."""
        self.opened += 1
        copy = self.folder / f"ledger-{self.opened}.db"
        for end in ("", "-wal"):
            if Path(f"{self.path}{end}").exists():
                shutil.copyfile(f"{self.path}{end}", f"{copy}{end}")
        self.ledger.close()
        self.open(copy)

    def open(self, path: Path) -> None:
        self.path = path
        self.world.ledger = Ledger.open(path)
        self.fresh.update(self.events)

    def follow(self, events: list[Event]) -> None:
        """Let the model go on by what was acknowledged."""
        for event in events:
            word, name = parts_of(event.stream)
            state = self.states.get(event.stream)
            if isinstance(event.body, RunQueued):
                state = Run(name, self.states[f"plan/{event.body.plan}"].plan)  # type: ignore[attr-defined]
            aggregate = AGGREGATES[word]
            self.states[event.stream] = aggregate.evolve(
                state or aggregate.begin(name), event.body, event.at, event.actor
            )
            self.events.setdefault(event.stream, []).append(event)
            self.fresh.add(event.stream)

    @invariant()
    def it_is_what_its_model_says(self) -> None:
        assert self.ledger.last_seq == len(self.world.acknowledged)
        for stream in self.fresh & self.events.keys():
            assert self.ledger.state(stream) == self.states[stream]
            assert on_record(self.ledger, stream) == self.rows(stream)
        self.fresh.clear()

    def rows(self, stream: str) -> dict[object, object]:
        events = self.events[stream]
        plan = events[0].body.plan if isinstance(events[0].body, RunQueued) else ""
        return {**all_rows(Made(parts_of(stream)[0], self.states[stream], plan)), **journal_of(events)}

    def teardown(self) -> None:
        try:
            self.fresh.update(self.events)
            self.it_is_what_its_model_says()
            assert self.ledger.reads.events(limit=10**6) == self.world.acknowledged
            self.the_sum_is_that_of_all_there_is()
            self.ledger.close()
            Ledger.open(self.path).close()
        finally:
            self.ledger.close()
            self.stack.close()

    def the_sum_is_that_of_all_there_is(self) -> None:
        connection = self.ledger._connection
        sums = [number(event_sum(fields[:-1])) for fields in connection.execute("SELECT * FROM events")]
        for name in TABLES:
            sums += [number(row_sum(name, row[:-1])) for row in connection.execute(f"SELECT * FROM {name}")]  # noqa: S608
        (kept,) = connection.execute("SELECT sum FROM checkpoint").fetchone()
        assert number(kept) == sum(sums) % MODULUS


# lives of 60 steps, in two halves so that two processes share them
TestLedgerLife = LedgerLife.TestCase
TestLedgerLife.settings = settings(max_examples=often(20, 150), stateful_step_count=60, deadline=None)


class _OtherLife(LedgerLife):
    """The other half of the lives."""


TestOtherLedgerLife = _OtherLife.TestCase
TestOtherLedgerLife.settings = TestLedgerLife.settings


def test_the_model_is_a_match_for_a_ledger_that_forgets_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded bug: a ledger that leaves out one table's writes must be caught."""
    from sentinel.ledger import writing

    monkeypatch.setattr(writing, "put_row", lambda *_: None)
    life = LedgerLife()
    try:
        life.follow(life.world.append([("artifact/a", [ArtifactKept("Model", 1, "r1.one.a1")])]))
        with pytest.raises(AssertionError):
            life.it_is_what_its_model_says()
    finally:
        life.ledger.close()
        life.stack.close()
