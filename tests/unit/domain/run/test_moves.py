"""The tables of legal moves, held when events are applied: a ledger that somebody edited does not replay."""

import pytest

from sentinel.domain.event import Event, Happened
from sentinel.domain.house import DaemonStopped
from sentinel.domain.run import events as e
from sentinel.domain.run.evolve import evolve, replay
from sentinel.domain.run.moves import (
    ATTEMPT_ENDS,
    ATTEMPT_MOVES,
    RUN_ENDS,
    RUN_MOVES,
    RUN_OPEN,
    STEP_ENDS,
    STEP_MOVES,
    IllegalMove,
)
from tests.unit.domain.life import Life, queued
from tests.unit.domain.plans import plan, use

STARTED = e.AttemptStarted("a", "r1.a.a1", "here", {}, None, None)
ENDED = e.AttemptEnded("a", "r1.a.a1", "succeeded", {}, "", None, None, 0, 0, False)


def test_an_attempt_does_not_start_in_a_run_that_is_in_the_queue() -> None:
    with pytest.raises(IllegalMove, match=r"attempt r1\.a\.a1 cannot start: run r1 is queued"):
        Life(plan(use("a")), start=False).take([STARTED])


def test_a_step_that_runs_is_not_started_again() -> None:
    life = Life(plan(use("a")))
    with pytest.raises(IllegalMove, match="step a of r1 cannot go from running to running"):
        life.take([STARTED, STARTED])


def test_an_attempt_ends_once() -> None:
    life = Life(plan(use("a")))
    with pytest.raises(IllegalMove, match="cannot go from succeeded to succeeded"):
        life.take([STARTED, ENDED, ENDED])


def test_a_run_is_queued_once() -> None:
    with pytest.raises(IllegalMove, match="run r1 cannot go from running to queued"):
        Life(plan(use("a"))).take([queued()])


@pytest.mark.parametrize("body", [e.RunStarted({}, 2), e.RunMoved("waiting", ""), e.RunEnded("failed", "")])
def test_an_ended_run_moves_no_more_unless_it_is_retried(body: Happened) -> None:
    life = Life(plan())
    with pytest.raises(IllegalMove, match="run r1 cannot go from done to"):
        life.take([body])


def test_a_step_that_has_ended_does_not_end_again() -> None:
    life = Life(plan(use("a"), use("b")))
    life.done("a")
    with pytest.raises(IllegalMove, match="step a of r1 cannot go from done to failed"):
        life.take([e.StepEnded("a", "failed", "failed", {}, "")])


def test_a_run_holds_no_other_events() -> None:
    with pytest.raises(KeyError):
        evolve(Life(plan(use("a"))).run, DaemonStopped("x"), 0)


def test_the_tables_speak_of_every_state_and_of_no_other() -> None:
    assert set(RUN_MOVES) == {"", *RUN_OPEN, *RUN_ENDS}
    assert set(STEP_MOVES) == {"pending", "running", "waiting", *STEP_ENDS}
    assert set(ATTEMPT_MOVES) == {"started", *ATTEMPT_ENDS}
    for table in (RUN_MOVES, STEP_MOVES, ATTEMPT_MOVES):
        assert {state for targets in table.values() for state in targets} <= set(table)


def test_a_run_is_the_replay_of_its_events() -> None:
    life = Life(plan(use("a"), use("b", takes={"in": "a.out"}, times=1, backoff=0)))
    life.done("a")
    life.fail("b")
    events = [Event(index, "run/r1", index, 0, "test", None, body) for index, body in enumerate(life.events)]
    assert replay("r1", life.run.plan, events).steps.keys() == life.run.steps.keys()
    assert replay("r1", life.run.plan, events).step("b").state == "waiting"
