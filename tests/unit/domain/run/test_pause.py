"""Pause and resume: nothing starts while a run is paused, and what runs goes on."""

from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.run import commands as c
from tests.unit.domain.life import Life, refusal
from tests.unit.domain.plans import approve, plan, use, wait


def test_nothing_starts_in_a_paused_run_and_what_runs_goes_on() -> None:
    life = Life(plan(use("a"), use("b"), use("c", takes={"in": "a.out"})))
    life.begin("a")
    life.do(c.Pause("lunch"))
    assert [life.run.state, life.run.why, life.ready] == ["paused", "lunch", []]
    life.end("a")
    assert [life.state("a"), life.run.state, life.ready] == ["done", "paused", []]
    life.do(c.Resume())
    assert [life.run.state, life.ready] == ["running", ["b", "c"]]


def test_a_paused_run_does_not_end_before_it_is_resumed() -> None:
    life = Life(plan(use("a")))
    life.begin("a")
    life.do(c.Pause(""))
    life.end("a")
    assert life.run.state == "paused"
    life.do(c.Resume())
    assert life.run.state == "done"


def test_a_run_paused_in_the_queue_is_resumed_into_the_queue() -> None:
    life = Life(plan(use("a")), start=False)
    life.do(c.Pause(""))
    life.do(c.Resume())
    assert life.run.state == "queued"


def test_a_run_retried_and_paused_in_the_queue_is_resumed_into_the_queue_again() -> None:
    life = Life(plan(use("a")))
    life.fail("a")
    life.do(c.RetryRun(None, ""))
    life.do(c.Pause(""))
    life.do(c.Resume())
    assert life.run.state == "queued"


def test_a_run_paused_while_it_waits_waits_on_when_resumed() -> None:
    life = Life(plan(approve("word", within=DAY)))
    life.do(c.Pause(""))
    assert life.state("word") == "waiting"
    life.do(c.Resume())
    assert life.run.state == "waiting"


def test_deadlines_that_pass_in_a_pause_are_kept_when_it_is_resumed() -> None:
    life = Life(plan(wait("rest", HOUR), use("b", after=["rest"])))
    life.do(c.Pause(""))
    life.later(2 * HOUR)
    assert life.state("rest") == "waiting"
    life.do(c.Resume())
    assert life.ready == ["b"]


def test_a_person_may_answer_while_the_run_is_paused() -> None:
    life = Life(plan(approve("word"), use("b")))
    life.do(c.Pause(""))
    life.do(c.Answer("word", True, ""))
    assert [life.outcome("word"), life.run.state] == ["approved", "paused"]


def test_only_a_paused_run_resumes_and_only_an_open_one_pauses() -> None:
    life = Life(plan(use("a")))
    assert refusal(life.ask(c.Resume())).code == "E-wrong-state"
    life.done("a")
    assert refusal(life.ask(c.Pause(""))).code == "E-wrong-state"


def test_a_run_that_is_being_cancelled_is_neither_paused_nor_resumed() -> None:
    life = Life(plan(use("a")))
    life.begin("a")
    life.do(c.Cancel("cancelled", "enough"))
    assert refusal(life.ask(c.Pause(""))).code == "E-wrong-state"
    paused = Life(plan(use("a")))
    paused.begin("a")
    paused.do(c.Pause(""))
    paused.do(c.Cancel("cancelled", "enough"))
    assert refusal(paused.ask(c.Resume())).code == "E-wrong-state"
