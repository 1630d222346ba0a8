"""What may start when: bindings, bars, `when:`, `after:`, and what becomes of steps that never may."""

import pytest

from sentinel.domain.run import events as e
from tests.unit.domain.life import Life
from tests.unit.domain.plans import approve, gate, plan, use, wait


def test_a_step_starts_as_soon_as_what_it_binds_exists() -> None:
    life = Life(plan(use("rows"), use("other"), use("tuned", takes={"data": "rows.out"})))
    assert life.ready == ["rows", "other"]
    life.done("rows")
    assert life.ready == ["other", "tuned"]
    life.done("tuned", "other")
    assert life.run.state == "done"


def test_a_gate_is_a_bar_across_the_file_even_for_steps_that_bind_nothing_of_it() -> None:
    life = Life(plan(use("rows"), gate("proof", takes={"candidate": "rows.out"}), use("live"), use("board")))
    assert life.ready == ["rows"]
    life.done("rows")
    assert life.ready == ["proof"]
    life.judge("proof", "pass")
    assert life.ready == ["live", "board"]


def test_a_step_above_a_bar_is_not_held_up_by_it() -> None:
    life = Life(plan(use("rows"), use("aside"), gate("proof", takes={"candidate": "rows.out"}), use("live")))
    life.done("rows")
    life.judge("proof", "pass")
    assert life.ready == ["aside", "live"]


def test_two_bars_are_passed_one_after_the_other() -> None:
    life = Life(plan(gate("first"), gate("second"), use("live")))
    assert life.ready == ["first"]
    life.judge("first", "pass")
    assert life.ready == ["second"]
    life.judge("second", "pass")
    assert life.ready == ["live"]


def test_an_approval_is_asked_only_after_the_bars_above_it_have_passed() -> None:
    life = Life(plan(gate("proof"), approve("word"), use("live")))
    assert life.state("word") == "pending"
    life.judge("proof", "pass")
    assert life.state("word") == "waiting"
    assert life.ready == []


@pytest.mark.parametrize(("judged", "ends"), [("fail", "rejected"), ("freeze", "frozen")])
def test_a_gate_that_rejects_or_freezes_skips_what_lies_below_and_ends_the_run(judged: str, ends: str) -> None:
    life = Life(plan(gate("proof"), use("live"), use("board")))
    life.judge("proof", judged)
    assert [life.state("live"), life.state("board")] == ["skipped", "skipped"]
    assert life.why("live") == f"the run ends because `proof` ended as {judged}"
    assert life.run.state == ends
    assert life.run.why.startswith(f"`proof` ended as {judged}")


def test_steps_whose_when_names_the_verdict_are_done_before_a_rejecting_gate_ends_the_run() -> None:
    life = Life(plan(gate("proof"), use("live"), use("tell", when={"proof": ["fail", "freeze"]})))
    assert life.ready == ["proof"]
    life.judge("proof", "fail")
    assert life.ready == ["tell"]
    assert life.run.state == "running"
    life.done("tell")
    assert life.run.state == "rejected"


def test_a_step_whose_when_names_another_verdict_is_skipped_with_the_verdict_that_came() -> None:
    life = Life(plan(gate("proof"), use("tell", when={"proof": ["fail"]})))
    life.judge("proof", "pass")
    assert life.state("tell") == "skipped"
    assert life.why("tell") == "`when` asks that `proof` end as fail; it ended as pass"
    assert life.run.state == "done"


def test_a_step_that_binds_what_was_done_because_of_a_rejection_is_skipped_unless_its_own_when_says_so() -> None:
    life = Life(
        plan(
            gate("proof"),
            use("tell", when={"proof": ["fail"]}),
            use("more", takes={"data": "tell.out"}),
            use("most", takes={"data": "tell.out"}, when={"proof": ["fail"]}),
        )
    )
    life.judge("proof", "fail")
    life.done("tell")
    assert life.state("more") == "skipped"
    assert life.ready == ["most"]


def test_a_bar_between_the_named_gate_and_the_step_still_holds_the_step() -> None:
    life = Life(plan(gate("first"), gate("second"), use("tell", when={"first": ["pass"]})))
    life.judge("first", "pass")
    assert life.ready == ["second"]


def test_all_conditions_of_a_when_must_hold() -> None:
    steps = (use("a"), use("b"), use("both", when={"a": ["done"], "b": ["failed"]}), use("b-too", when={"b": ["done"]}))
    life = Life(plan(*steps))
    life.done("a")
    assert life.state("both") == "pending"
    life.done("b")
    assert life.state("both") == "skipped"
    assert life.ready == ["b-too"]


def test_a_failure_starts_nothing_but_the_steps_whose_when_names_it_and_fails_the_run() -> None:
    life = Life(plan(use("a"), use("b", takes={"in": "a.out"}), use("other"), use("tell", when={"a": ["failed"]})))
    life.fail("a")
    assert [life.state("b"), life.state("other")] == ["skipped", "skipped"]
    assert life.ready == ["tell"]
    life.done("tell")
    assert life.run.state == "failed"
    assert life.run.why == "`a` ended as failed: it broke"


def test_what_runs_beside_a_failure_is_let_finish_before_the_run_ends() -> None:
    life = Life(plan(use("a"), use("b")))
    life.begin("b")
    life.fail("a")
    assert life.run.state == "running"
    life.end("b")
    assert [life.state("b"), life.run.state] == ["done", "failed"]


def test_two_failures_do_not_silence_each_other_s_handlers() -> None:
    steps = (
        use("a"),
        use("b"),
        use("tell-a", when={"a": ["failed"]}),
        use("tell-b", when={"b": ["failed"]}),
    )
    life = Life(plan(*steps))
    life.begin("a")
    life.begin("b")
    life.end("a", "failed")
    life.end("b", "failed")
    assert life.ready == ["tell-a", "tell-b"]


def test_an_optional_failure_is_told_and_the_run_goes_on() -> None:
    life = Life(plan(use("a", optional=True), use("b", takes={"in": "a.out"}), use("other")))
    life.fail("a")
    assert life.why("a") == "it broke"
    assert life.state("b") == "skipped"
    life.done("other")
    assert life.run.state == "done"


def test_after_adds_order_and_nothing_else() -> None:
    life = Life(plan(use("a", optional=True), use("b", after=["a"])))
    assert life.ready == ["a"]
    life.fail("a")
    assert life.ready == ["b"]


def test_a_step_below_a_skipped_bar_is_skipped_with_the_reason() -> None:
    life = Life(plan(use("a", optional=True), gate("proof", takes={"candidate": "a.out"}), use("live")))
    life.fail("a")
    assert [life.state("proof"), life.state("live")] == ["skipped", "skipped"]
    assert life.why("live") == "`proof` ended as skipped"
    assert life.run.state == "done"


def test_when_may_name_a_skipped_bar() -> None:
    life = Life(
        plan(
            use("a", optional=True),
            gate("proof", takes={"candidate": "a.out"}),
            use("tell", when={"proof": ["skipped"]}),
        )
    )
    life.fail("a")
    assert life.ready == ["tell"]


def test_a_wait_ends_by_the_clock_alone() -> None:
    life = Life(plan(wait("rest", 5000), use("b", after=["rest"])))
    assert [life.state("rest"), life.run.state] == ["waiting", "waiting"]
    life.later(4999)
    assert life.state("rest") == "waiting"
    life.later(1)
    assert [life.outcome("rest"), life.run.state, life.ready] == ["done", "running", ["b"]]


def test_a_wait_of_nothing_ends_at_once() -> None:
    life = Life(plan(wait("rest", 0)))
    assert life.run.state == "done"


def test_a_run_waits_while_only_a_person_or_the_clock_can_move_it_and_runs_otherwise() -> None:
    life = Life(plan(use("a"), approve("word"), use("b")))
    assert life.run.state == "running"
    life.begin("a")
    assert life.run.state == "running"
    life.end("a")
    assert life.run.state == "waiting"
    assert life.run.why == "`word` waits for approval"
    assert [moved.to for moved in life.of(e.RunMoved)] == ["waiting"]


def test_an_empty_plan_is_done_at_once() -> None:
    assert Life(plan()).run.state == "done"
