"""Doing an ended run again: what was not finished, or everything from a step."""

from sentinel.domain.run import commands as c
from sentinel.domain.run import events as e
from tests.unit.domain.life import Life, pinned, refusal
from tests.unit.domain.plans import approve, gate, model, plan, use


def test_the_unfinished_steps_of_a_failed_run_are_done_again_and_the_finished_ones_are_not() -> None:
    life = Life(plan(use("a"), use("b", takes={"in": "a.out"}), use("c", takes={"in": "b.out"})))
    life.done("a")
    life.fail("b")
    life.do(c.RetryRun(None, "try once more"))
    assert [life.run.state, life.run.why] == ["queued", "try once more"]
    assert life.of(e.RunRetried)[0].steps == ("b", "c")
    life.start()
    assert [life.state("a"), life.ready] == ["done", ["b"]]
    life.done("b", "c")
    assert life.run.state == "done"


def test_attempts_are_numbered_on_when_a_run_is_retried() -> None:
    life = Life(plan(use("a")))
    life.fail("a")
    life.do(c.RetryRun(None, ""))
    life.start()
    assert life.begin("a") == "r1.a.a2"


def test_a_retried_run_stands_for_the_aliases_of_its_new_start() -> None:
    life = Life(plan(use("a", takes={"base": "champion.model"})), aliases={"champion": pinned(model=model("old"))})
    life.fail("a")
    life.do(c.RetryRun(None, ""))
    life.aliases = {"champion": pinned(model=model("new"))}
    life.start()
    assert life.inputs("a") == {"base": (model("new"),)}
    assert life.run.round == 2


def test_a_retried_run_has_its_whole_retry_and_budget_again() -> None:
    life = Life(plan(use("a", times=1, backoff=0), wall=10_000))
    life.begin("a")
    life.end("a", "failed", after=9000)
    life.begin("a")
    life.end("a", "failed", after=500)
    assert life.run.state == "failed"
    life.do(c.RetryRun(None, ""))
    life.start()
    life.begin("a")
    life.end("a", "failed", after=9000)
    assert [life.state("a"), life.run.state] == ["waiting", "running"]


def test_a_rejected_run_judges_again() -> None:
    life = Life(plan(use("a"), gate("proof", takes={"candidate": "a.out"}), use("live")))
    life.done("a")
    life.judge("proof", "fail")
    life.do(c.RetryRun(None, ""))
    life.start()
    assert life.ready == ["proof"]
    life.judge("proof", "pass")
    life.done("live")
    assert life.run.state == "done"


def test_a_rejected_approval_is_asked_again() -> None:
    life = Life(plan(approve("word"), use("live")))
    life.do(c.Answer("word", False, "no"))
    assert life.run.state == "rejected"
    life.do(c.RetryRun(None, ""))
    life.start()
    assert life.state("word") == "waiting"


def test_a_run_that_trained_nothing_trains_again() -> None:
    life = Life(plan(use("a"), use("b", takes={"in": "a.out"})))
    life.begin("a")
    life.end("a", nothing=True)
    assert life.run.state == "nothing-trained"
    life.do(c.RetryRun(None, ""))
    life.start()
    assert life.ready == ["a"]


def test_a_cancelled_run_goes_on_where_it_was() -> None:
    life = Life(plan(use("a"), use("b", takes={"in": "a.out"})))
    life.done("a")
    life.do(c.Cancel("cancelled", ""))
    life.do(c.RetryRun(None, ""))
    life.start()
    assert life.ready == ["b"]


def test_a_retry_from_a_step_does_it_and_all_that_depends_on_it_again() -> None:
    life = Life(
        plan(
            use("a"),
            use("b", takes={"in": "a.out"}),
            use("aside"),
            use("c", takes={"in": "b.out"}),
            use("ordered", after=["b"]),
            use("asked", when={"b": ["done"]}),
        )
    )
    life.done("a", "b", "aside", "c", "ordered", "asked")
    assert life.run.state == "done"
    life.do(c.RetryRun("b", ""))
    assert life.of(e.RunRetried)[0].steps == ("b", "c", "ordered", "asked")
    life.start()
    assert life.ready == ["b"]


def test_a_retry_from_a_bar_does_all_below_it_again() -> None:
    life = Life(plan(use("a"), gate("proof"), use("live")))
    life.done("a")
    life.judge("proof", "pass")
    life.done("live")
    life.do(c.RetryRun("proof", ""))
    assert life.of(e.RunRetried)[0].steps == ("proof", "live")


def test_elements_are_forgotten_with_their_step() -> None:
    life = Life(plan(use("a", many=["out"]), use("b", each="a.out", takes={"in": "it"})))
    life.begin("a")
    life.end("a", outputs={"out": [model("x"), model("y")]})
    life.done("b.0", "b.1")
    life.do(c.RetryRun("a", ""))
    life.start()
    assert set(life.run.steps) == {"a", "b"}
    life.begin("a")
    life.end("a", outputs={"out": [model("z")]})
    assert life.ready == ["b.0"]
    assert life.inputs("b.0") == {"in": (model("z"),)}


def test_a_run_that_is_done_is_done_again_only_from_a_step() -> None:
    life = Life(plan(use("a")))
    life.done("a")
    assert refusal(life.ask(c.RetryRun(None, ""))).code == "E-done"
    assert refusal(life.ask(c.RetryRun("b", ""))).todo == "It has a."


def test_an_open_run_is_not_retried() -> None:
    assert refusal(Life(plan(use("a"))).ask(c.RetryRun(None, ""))).code == "E-wrong-state"
