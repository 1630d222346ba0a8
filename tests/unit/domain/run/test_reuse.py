"""Results that were there already."""

from sentinel.domain.run import commands as c
from tests.unit.domain.life import Life, refusal
from tests.unit.domain.plans import gate, model, plan, use


def test_a_reused_step_gives_what_the_earlier_attempt_gave_and_says_from_where() -> None:
    life = Life(plan(use("a"), use("b", takes={"in": "a.out"})))
    life.do(c.TakeReused("a", "r0.a.a1", "0" * 64, {"out": (model("m"),)}))
    step = life.run.step("a")
    assert [step.state, step.outcome, step.source] == ["reused", "reused", "r0.a.a1"]
    assert life.inputs("b") == {"in": (model("m"),)}
    assert life.run.attempts == {}


def test_when_may_ask_whether_a_step_was_reused() -> None:
    life = Life(plan(use("a"), use("fresh", when={"a": ["done"]}), use("stale", when={"a": ["reused"]})))
    life.do(c.TakeReused("a", "r0.a.a1", "0" * 64, {}))
    assert [life.state("fresh"), life.ready] == ["skipped", ["stale"]]


def test_a_step_between_two_tries_may_be_reused() -> None:
    life = Life(plan(use("a", times=1, backoff=0)))
    life.fail("a")
    life.do(c.TakeReused("a", "r0.a.a1", "0" * 64, {}))
    assert [life.state("a"), life.why("a"), life.run.state] == ["reused", "", "done"]


def test_a_step_is_not_reused_before_it_is_ready() -> None:
    life = Life(plan(gate("proof"), use("live")))
    assert refusal(life.ask(c.TakeReused("live", "r0.live.a1", "0" * 64, {}))).code == "E-not-startable"
