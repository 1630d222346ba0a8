"""Steps that run a recipe of their own."""

import pytest

from sentinel.domain.run import commands as c
from sentinel.domain.run import events as e
from tests.unit.domain.life import Life, refusal
from tests.unit.domain.plans import gate, model, plan, use


def sub(optional: bool = False) -> Life:
    """A run with a step that runs another recipe."""
    life = Life(
        plan(
            use("child", does="recipe", recipe="inner", optional=optional),
            use("after", takes={"model": "child.out"}),
        )
    )
    life.do(c.StartSubrun("child", "r2"))
    return life


def test_a_sub_recipe_is_a_run_of_its_own_and_its_parent_runs_until_it_ends() -> None:
    life = sub()
    assert [life.state("child"), life.run.step("child").child, life.run.state] == ["running", "r2", "running"]
    life.do(c.EndOwn("child", "done", "done", {"out": (model("m"),)}))
    assert life.inputs("after") == {"model": (model("m"),)}


def test_the_failure_of_a_child_run_is_the_failure_of_its_step() -> None:
    life = sub()
    life.do(c.EndOwn("child", "failed", "failed", {}, "r2 was rejected"))
    assert [life.state("after"), life.run.state] == ["skipped", "failed"]
    assert life.run.why == "`child` ended as failed: r2 was rejected"


def test_a_child_that_trained_nothing_says_so_of_its_step() -> None:
    life = sub()
    life.do(c.EndOwn("child", "done", "nothing-trained", {}, "r2 found nothing"))
    assert [life.state("after"), life.run.state] == ["skipped", "nothing-trained"]


def test_a_sub_recipe_is_not_started_as_an_attempt_and_no_other_step_as_a_run() -> None:
    life = Life(plan(use("child", does="recipe", recipe="inner"), use("plain")))
    assert refusal(life.ask(c.StartAttempt("child", "here", None, None))).code == "E-not-startable"
    assert refusal(life.ask(c.StartSubrun("plain", "r2"))).code == "E-not-startable"


def test_a_sub_recipe_below_a_bar_is_not_started_before_the_bar_has_passed() -> None:
    life = Life(plan(gate("proof"), use("child", does="recipe", recipe="inner")))
    assert refusal(life.ask(c.StartSubrun("child", "r2"))).code == "E-not-startable"


def test_the_end_of_a_child_run_is_told_even_to_a_paused_parent() -> None:
    life = sub()
    life.do(c.Pause(""))
    life.do(c.EndOwn("child", "done", "done", {"out": (model("m"),)}))
    assert [life.state("child"), life.run.state] == ["done", "paused"]


def test_a_cancelled_run_waits_for_the_end_of_its_child_run() -> None:
    life = sub()
    life.do(c.Cancel("cancelled", "enough"))
    assert life.run.state == "running"
    life.do(c.EndOwn("child", "cancelled", "cancelled", {}, "enough"))
    assert [life.state("after"), life.run.state] == ["cancelled", "cancelled"]


def test_each_element_may_be_a_run_of_its_own() -> None:
    life = Life(plan(use("specs", many=["out"]), use("all", does="recipe", each="specs.out", takes={"spec": "it"})))
    life.begin("specs")
    life.end("specs", outputs={"out": [model("x"), model("y")]})
    life.do(c.StartSubrun("all.0", "r2"))
    life.do(c.StartSubrun("all.1", "r3"))
    life.do(c.EndOwn("all.1", "failed", "failed", {}, "broke"))
    life.do(c.EndOwn("all.0", "done", "done", {"out": (model("m"),)}))
    assert [life.outcome("all"), life.run.step("all").outputs, life.run.state] == [
        "done",
        {"out": (model("m"),)},
        "done",
    ]


@pytest.mark.parametrize("state", ["done", "failed"])
def test_a_step_of_the_daemon_s_own_is_not_ended_before_the_bars_above_it_have_passed(state: str) -> None:
    life = Life(plan(gate("proof"), use("live", does="promote")))
    assert refusal(life.ask(c.EndOwn("live", state, state, {}))).code == "E-not-startable"
    life.judge("proof", "pass")
    life.do(c.EndOwn("live", state, state, {}))
    assert life.state("live") == state


def test_a_gate_is_passed_by_no_word_of_the_daemon_s_own() -> None:
    life = Life(plan(gate("proof"), use("live")))
    assert refusal(life.ask(c.EndOwn("proof", "done", "pass", {}))).code == "E-not-startable"


def test_a_step_that_a_worker_does_is_not_ended_over_its_head() -> None:
    life = Life(plan(use("a")))
    life.begin("a")
    assert refusal(life.ask(c.EndOwn("a", "done", "done", {}))).code == "E-not-startable"


def test_a_promotion_waits_for_a_held_line_and_is_done_when_it_is_released() -> None:
    life = Life(plan(use("live", does="promote"), use("board", after=["live"])))
    life.do(c.WaitOwn("live", "line", "the line is held: fair"))
    assert [life.state("live"), life.run.state, life.run.why] == ["waiting", "waiting", "`live` waits for line"]
    assert life.do(c.WaitOwn("live", "line", "the line is held: fair")) == []
    life.do(c.EndOwn("live", "done", "done", {}))
    assert [life.run.state, life.ready] == ["running", ["board"]]


def test_a_promotion_that_waits_for_a_held_line_is_given_up_when_the_run_fails_beside_it() -> None:
    life = Life(plan(use("live", does="promote"), use("beside")))
    life.begin("beside")
    life.do(c.WaitOwn("live", "line", "held"))
    life.end("beside", "failed")
    assert [life.state("live"), life.run.state] == ["skipped", "failed"]


def test_a_step_that_is_not_ready_does_not_wait_for_a_line() -> None:
    life = Life(plan(gate("proof"), use("live", does="promote")))
    assert refusal(life.ask(c.WaitOwn("live", "line", "held"))).code == "E-not-startable"
    assert life.of(e.StepWaiting) == []
