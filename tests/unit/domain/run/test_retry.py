"""Ends of attempts that are tried again, and those that are not."""

import pytest

from sentinel.domain.quantity import HOUR, MINUTE
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from tests.unit.domain.life import Life, refusal
from tests.unit.domain.plans import plan, use


@pytest.mark.parametrize("end", ["failed", "timed-out", "stalled"])
def test_a_failed_timed_out_or_stalled_attempt_is_tried_again_after_a_pause(end: str) -> None:
    life = Life(plan(use("a", times=1, backoff=MINUTE)))
    life.fail("a", end)
    step = life.run.step("a")
    assert [step.state, step.waits_for, step.why, life.run.state] == ["waiting", "retry", "it broke", "running"]
    assert step.until is not None
    assert 0.95 * MINUTE <= step.until - life.at <= 1.05 * MINUTE
    assert life.ready == []
    life.later(step.until - life.at - 1)
    assert life.ready == []
    life.later(1)
    assert life.ready == ["a"]
    life.done("a")
    assert life.run.state == "done"


def test_retries_are_used_up_and_the_last_end_is_the_step_s() -> None:
    life = Life(plan(use("a", times=2, backoff=0)))
    life.fail("a")
    life.fail("a")
    life.fail("a", "timed-out")
    assert [life.state("a"), life.outcome("a"), life.run.state] == ["failed", "timed-out", "failed"]
    assert [attempt.id for attempt in life.run.attempts.values()] == ["r1.a.a1", "r1.a.a2", "r1.a.a3"]


def test_each_further_pause_doubles() -> None:
    life = Life(plan(use("a", times=3, backoff=MINUTE)))
    pauses = []
    for _ in range(3):
        life.fail("a")
        until = life.run.step("a").until
        assert until is not None
        pauses.append(until - life.at)
        life.later(pauses[-1])
    assert [round(pause / MINUTE) for pause in pauses] == [1, 2, 4]


def test_a_step_without_retry_fails_at_once() -> None:
    life = Life(plan(use("a")))
    life.fail("a")
    assert [life.state("a"), life.outcome("a")] == ["failed", "failed"]


@pytest.mark.parametrize("end", ["refused", "out-of-memory"])
def test_bad_input_and_too_little_memory_are_never_tried_again(end: str) -> None:
    life = Life(plan(use("a", times=5)))
    life.begin("a")
    life.end("a", end, error=Refusal("E-bad-rows", "Row 3 has no text.", "rows.jsonl:3"))
    assert [life.state("a"), life.outcome("a"), life.why("a")] == [
        "failed",
        "failed",
        "rows.jsonl:3: E-bad-rows: Row 3 has no text.",
    ]


def test_a_timed_out_step_ends_as_timed_out_for_the_steps_that_ask() -> None:
    life = Life(plan(use("a"), use("late", when={"a": ["timed-out"]}), use("broken", when={"a": ["failed"]})))
    life.fail("a", "timed-out")
    assert life.ready == ["late"]
    assert life.state("broken") == "skipped"


def test_a_lost_attempt_is_tried_again_at_once_and_uses_up_no_retry() -> None:
    life = Life(plan(use("a")))
    life.fail("a", "lost")
    assert [life.state("a"), life.ready, life.run.step("a").tries] == ["waiting", ["a"], 0]


def test_five_attempts_lost_without_progress_are_tried_again_and_the_sixth_is_the_end() -> None:
    life = Life(plan(use("a", times=3)))
    for _ in range(5):
        life.fail("a", "lost")
        assert life.ready == ["a"]
    life.fail("a", "lost")
    assert [life.state("a"), life.outcome("a"), life.run.state] == ["failed", "failed", "failed"]


def test_progress_sets_the_count_of_lost_attempts_back() -> None:
    life = Life(plan(use("a")))
    for _ in range(3):
        for _ in range(5):
            life.fail("a", "lost")
        life.begin("a")
        life.end("a", "lost", progressed=True)
        assert life.run.step("a").lost == 0
    for _ in range(5):
        life.fail("a", "lost")
    life.fail("a", "lost")
    assert life.state("a") == "failed"


def test_a_failure_that_left_a_checkpoint_sets_the_count_of_lost_attempts_back() -> None:
    life = Life(plan(use("a", times=1, backoff=0)))
    for _ in range(4):
        life.fail("a", "lost")
    life.begin("a")
    life.end("a", "failed", progressed=True)
    assert life.run.step("a").lost == 0


def test_a_step_that_waits_for_its_next_try_is_given_up_when_the_run_is_ending() -> None:
    life = Life(plan(use("a"), use("b", times=3, backoff=HOUR)))
    life.fail("b")
    assert life.state("b") == "waiting"
    life.fail("a")
    assert [life.state("b"), life.run.state] == ["skipped", "failed"]


def test_an_attempt_ends_once() -> None:
    life = Life(plan(use("a"), use("b")))
    attempt = life.begin("a")
    life.end("a")
    assert refusal(life.ask(c.EndAttempt(attempt, "failed", {}))).code == "E-not-running"
    assert refusal(life.ask(c.EndAttempt("r1.b.a1", "failed", {}))).code == "E-not-running"


def test_a_step_that_runs_is_not_started_a_second_time() -> None:
    life = Life(plan(use("a")))
    life.begin("a")
    assert refusal(life.ask(c.StartAttempt("a", "here", None, None))).code == "E-not-startable"


def test_a_step_that_has_ended_is_not_started_again() -> None:
    life = Life(plan(use("a"), use("b")))
    life.done("a")
    assert refusal(life.ask(c.StartAttempt("a", "here", None, None))).code == "E-not-startable"
