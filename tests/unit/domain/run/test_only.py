"""`--only`: one step and what it binds, without the bars above."""

from sentinel.domain.run import commands as c
from tests.unit.domain.life import Life
from tests.unit.domain.plans import gate, plan, use


def test_only_a_step_and_what_it_binds_are_done() -> None:
    life = Life(
        plan(
            use("rows"),
            use("other"),
            gate("proof"),
            use("tuned", takes={"data": "rows.out"}),
            use("live", takes={"model": "tuned.out"}),
        ),
        only="tuned",
    )
    assert [life.state("other"), life.state("proof"), life.state("live")] == ["skipped"] * 3
    assert life.why("other") == "only `tuned` was asked for"
    life.done("rows")
    assert life.ready == ["tuned"]
    life.done("tuned")
    assert life.run.state == "done"


def test_order_and_conditions_do_not_hold_up_what_was_asked_for() -> None:
    life = Life(plan(use("a"), use("b", after=["a"], when={"a": ["failed"]})), only="b")
    assert life.ready == ["b"]


def test_a_gate_that_was_asked_for_judges() -> None:
    life = Life(plan(use("a"), gate("proof", takes={"candidate": "a.out"}), use("b")), only="proof")
    life.done("a")
    life.judge("proof", "fail")
    assert [life.run.state, life.state("b")] == ["rejected", "skipped"]


def test_a_failure_above_what_was_asked_for_fails_the_run() -> None:
    life = Life(plan(use("a"), use("b", takes={"in": "a.out"})), only="b")
    life.fail("a")
    assert [life.state("b"), life.run.state] == ["skipped", "failed"]


def test_what_waits_for_a_person_is_not_given_up_because_something_beside_it_failed() -> None:
    both = use("both", takes={"x": "first.verdict", "y": "a.out"})
    life = Life(plan(use("a"), gate("first"), both), only="both")
    life.judge("first", "inconclusive")
    life.fail("a")
    assert [life.state("first"), life.state("both"), life.run.state] == ["waiting", "skipped", "waiting"]
    life.do(c.Answer("first", True, "I looked"))
    assert life.run.state == "failed"


def test_the_elements_of_what_was_asked_for_are_done() -> None:
    life = Life(
        plan(use("specs", many=["out"]), use("train", each="specs.out", takes={"spec": "it"}), use("other")),
        only="train",
    )
    life.done("specs")
    assert life.ready == ["train.0"]
    life.done("train.0")
    assert [life.outcome("train"), life.run.state] == ["done", "done"]
