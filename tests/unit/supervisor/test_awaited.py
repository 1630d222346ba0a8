"""A gate that waits for outcomes judges again once as many have counted on its line, and reuses nothing older."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.api.run_shape import run_shape, waits
from sentinel.domain.outcome import SlotClosed
from sentinel.domain.quantity import DAY
from sentinel.domain.run.events import RoundBegun
from sentinel.supervisor.awaited import outcomes_come
from tests.effort import often
from tests.unit.domain.plans import gate, plan, use
from tests.unit.ledger.fresh import fresh_folder
from tests.unit.supervisor.labelled import Labelled

AT_MOST = 14 * DAY
PLAN = plan(
    use("tuned"),
    use("scores", does="evaluate", takes={"model": "tuned.out"}),
    gate("proof", takes={"candidate": "scores.out"}, then={"inconclusive": "wait"}, at_most=AT_MOST, outcomes=25),
    use("live", takes={"verdict": "proof.verdict"}),
)


class Waiting(Labelled):
    """A line with a run whose gate was not sure, and waits for 25 outcomes."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.run = self.house.queue(PLAN)
        for step in ("tuned", "scores"):
            self.house.finish(f"{self.run}.{step}.a1")
        self.house.judge(f"{self.run}.proof.a1", "inconclusive", None)
        self.house.living.clear()

    @property
    def round(self) -> int:
        """How often the gate has been asked, or is."""
        return self.house.run(self.run).round

    @property
    def come(self) -> dict[str, str]:
        """What is said of how many have come."""
        ledger = self.house.engine.ledger
        return outcomes_come(ledger, self.house.run(self.run))


@pytest.fixture
def line(tmp_path: Path) -> Waiting:
    return Waiting(tmp_path)


def days(line: Labelled, *counts: int, **more: Any) -> None:
    """Days go by, on each of which so many answers are labelled."""
    for count in counts:
        line.day(count, count, **more)
        line.settle(1)


def test_the_second_look_begins_with_the_round_in_which_enough_outcomes_settled(line: Waiting) -> None:
    days(line, 12, 12)
    line.settle(2)
    assert (line.round, line.come) == (1, {"proof": "24 of 25 outcomes"})
    days(line, 1)
    line.settle(2)
    events = line.house.engine.ledger.reads.events(limit=5000)
    begun = [event.at for event in events if isinstance(event.body, RoundBegun)]
    closed = [event.at for event in events if isinstance(event.body, SlotClosed)]
    assert begun == closed[-1:], "at once, and not at the next tick"
    assert line.house.living == {f"{line.run}.scores.a2"}
    assert (line.round, line.come) == (2, {})


def test_how_many_have_come_is_shown(line: Waiting) -> None:
    days(line, 12)
    line.settle(2)
    run = line.house.run(line.run)
    assert waits(run, line.come) == "12 of 25 outcomes, for `proof`"
    shown = run_shape(run, line.now, {}, line.come)
    assert {step["step"]: step["come"] for step in shown["steps"]}["proof"] == "12 of 25 outcomes"


def test_labels_of_no_known_chance_end_no_wait(line: Waiting) -> None:
    days(line, 100, why="feedback")
    line.settle(3)
    assert (line.round, line.come) == (1, {"proof": "0 of 25 outcomes"})
    days(line, 25, why="feedback", chance=0.5)
    line.settle(3)
    assert line.round == 2


def test_what_had_settled_before_the_wait_began_does_not_count(tmp_path: Path) -> None:
    early = Labelled(tmp_path)
    days(early, 100)
    early.settle(3)
    run = early.house.queue(plan(gate("proof", then={"inconclusive": "wait"}, at_most=AT_MOST, outcomes=25)))
    early.house.judge(f"{run}.proof.a1", "inconclusive", None)
    days(early, 24)
    early.settle(3)
    assert early.house.run(run).round == 1
    days(early, 1)
    early.settle(3)
    assert early.house.run(run).round == 2


def test_a_wait_for_outcomes_that_do_not_come_ends_by_its_time(line: Waiting) -> None:
    days(line, 5)
    begun = line.house.run(line.run).step("proof").until
    assert begun is not None
    line.settle(3)
    assert line.house.engine.next_alarm() == begun
    line.settle(9)
    assert line.round == 1
    line.settle(1)
    assert line.round == 2


def test_the_daemon_that_comes_back_looks_at_what_settled_meanwhile(line: Waiting) -> None:
    line.day(30, 30)
    line.house.clock.advance(3 * DAY / 1000)
    line.house.restart()
    line.settle(0)
    assert line.round == 2


def test_a_second_look_reuses_no_evaluation_of_before_the_wait(line: Waiting) -> None:
    """Its documents are the same by name here, so that only the wait between them tells the two apart."""
    days(line, 25)
    line.settle(2)
    assert line.house.states(line.run)["scores"] == "running"
    line.house.finish(f"{line.run}.scores.a2")
    assert line.house.living == {f"{line.run}.proof.a2"}
    other = line.house.queue(PLAN)
    states = line.house.states(other)
    assert [states["tuned"], states["scores"]] == ["reused", "reused"], "a run of its own takes what is there"
    assert line.house.run(other).step("scores").source == f"{line.run}.scores.a2"


@settings(max_examples=often(8, 25), deadline=None)
@given(
    counts=st.lists(st.integers(0, 20), min_size=1, max_size=6),
    restarts=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 3))),
)
def test_a_restart_anywhere_changes_nothing(counts: list[int], restarts: set[tuple[int, int]]) -> None:
    def lived(dies: bool) -> list[tuple[int, str, Any]]:
        with fresh_folder() as folder:
            line = Waiting(folder)
            for day, count in enumerate(counts):
                line.day(count, count)
                for quarter in range(4):
                    if dies and (day, quarter) in restarts:
                        line.house.restart()
                    line.settle(0.25)
            line.settle(15)
            events = line.house.engine.ledger.reads.events(limit=5000)
            line.house.engine.ledger.close()
            return [
                (each.at, each.stream, each.body) for each in events if each.stream.startswith(("run/", "settling/"))
            ]

    assert lived(True) == lived(False)
