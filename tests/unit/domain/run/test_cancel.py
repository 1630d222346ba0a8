"""Ending a run before its time."""

import pytest

from sentinel.domain.run import commands as c
from tests.unit.domain.life import Life, refusal
from tests.unit.domain.plans import approve, gate, model, plan, use, wait


def test_a_cancelled_run_ends_once_its_attempts_have() -> None:
    life = Life(plan(use("a"), use("b"), use("c", takes={"in": "a.out"})))
    life.begin("a")
    life.begin("b")
    life.do(c.Cancel("cancelled", "enough"))
    assert [life.run.state, life.run.ending, life.ready] == ["running", ("cancelled", "enough"), []]
    life.end("a", "cancelled")
    assert life.run.state == "running"
    life.end("b", "cancelled")
    assert [life.run.state, life.run.why] == ["cancelled", "enough"]
    assert [life.state(name) for name in "abc"] == ["cancelled", "cancelled", "cancelled"]


def test_what_succeeds_while_the_run_is_being_cancelled_is_kept() -> None:
    life = Life(plan(use("a"), use("b", takes={"in": "a.out"})))
    life.begin("a")
    life.do(c.Cancel("cancelled", ""))
    life.end("a", outputs={"out": [model("m")]})
    assert [life.state("a"), life.run.step("a").outputs] == ["done", {"out": (model("m"),)}]
    assert [life.state("b"), life.run.state] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("end", ["failed", "timed-out", "lost", "stalled", "refused"])
def test_nothing_is_tried_again_in_a_run_that_is_being_cancelled(end: str) -> None:
    life = Life(plan(use("a", times=9)))
    life.begin("a")
    life.do(c.Cancel("cancelled", ""))
    life.end("a", end)
    assert [life.state("a"), life.run.state] == ["cancelled", "cancelled"]


def test_a_gate_that_judges_while_its_run_is_being_cancelled_holds_nothing_up() -> None:
    life = Life(plan(gate("proof"), use("live")))
    life.begin("proof")
    life.do(c.Cancel("cancelled", ""))
    life.end("proof", judged="inconclusive")
    assert [life.state("proof"), life.run.state] == ["cancelled", "cancelled"]


def test_a_run_in_the_queue_is_cancelled_at_once_with_every_step_of_it() -> None:
    life = Life(plan(use("a"), use("b")), start=False)
    life.do(c.Cancel("cancelled", "not needed"))
    assert [life.run.state, life.state("a"), life.state("b")] == ["cancelled", "cancelled", "cancelled"]


@pytest.mark.parametrize("step", [approve("a"), wait("a"), gate("a")])
def test_what_waits_for_a_person_or_the_clock_is_cancelled_at_once(step: object) -> None:
    life = Life(plan(step))  # type: ignore[arg-type]
    if life.ready:
        life.judge("a", "inconclusive")
    assert life.run.state == "waiting"
    life.do(c.Cancel("cancelled", ""))
    assert [life.state("a"), life.run.state] == ["cancelled", "cancelled"]


def test_a_paused_run_may_be_cancelled() -> None:
    life = Life(plan(use("a")))
    life.do(c.Pause(""))
    life.do(c.Cancel("cancelled", ""))
    assert life.run.state == "cancelled"


def test_elements_end_with_their_step_when_a_run_is_cancelled() -> None:
    life = Life(plan(use("specs", many=["out"]), use("train", each="specs.out", takes={"spec": "it"})))
    life.begin("specs")
    life.end("specs", outputs={"out": [model("x"), model("y")]})
    life.begin("train.0")
    life.do(c.Cancel("cancelled", ""))
    life.end("train.0", "cancelled")
    assert [life.state(key) for key in ("train", "train.0", "train.1")] == ["cancelled"] * 3


def test_cancelling_twice_changes_nothing() -> None:
    life = Life(plan(use("a")))
    life.begin("a")
    life.do(c.Cancel("cancelled", "once"))
    assert life.ask(c.Cancel("cancelled", "twice")) == []


def test_an_ended_run_is_not_cancelled() -> None:
    life = Life(plan(use("a")))
    life.done("a")
    refused = refusal(life.ask(c.Cancel("cancelled", "")))
    assert str(refused) == "E-wrong-state: Cannot cancel: r1 is done. See `sentinel show r1`."


def test_nothing_is_started_or_answered_in_a_run_that_is_being_cancelled() -> None:
    life = Life(plan(use("a"), use("b"), approve("word")))
    life.begin("a")
    life.do(c.Cancel("cancelled", ""))
    assert refusal(life.ask(c.StartAttempt("b", "here", None, None))).code == "E-wrong-state"
    assert refusal(life.ask(c.Answer("word", True, ""))).code == "E-wrong-state"


def test_a_run_cancelled_in_the_queue_does_not_start_after_all() -> None:
    life = Life(plan(use("a")), start=False)
    decided = life.ask(c.Cancel("cancelled", ""))
    assert isinstance(decided, list)
    life.take(decided)
    assert refusal(life.ask(c.Start({}))).code == "E-wrong-state"


def test_an_attempt_cancelled_by_itself_fails_the_run() -> None:
    life = Life(plan(use("a")))
    life.fail("a", "cancelled")
    assert [life.state("a"), life.run.state] == ["cancelled", "failed"]
