"""Questions to a person: yes, no, and nobody answering."""

import pytest

from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.run import commands as c
from tests.unit.domain.life import Life, refusal
from tests.unit.domain.plans import approve, gate, plan, use


def asked(otherwise: str = "reject") -> Life:
    """A run that asks, with a step below and one for each other answer."""
    return Life(
        plan(
            approve("word", within=DAY, otherwise=otherwise),
            use("live"),
            use("tell", when={"word": ["rejected"]}),
            use("nag", when={"word": ["expired"]}),
        )
    )


def test_an_approval_waits_for_a_person_until_its_deadline() -> None:
    step = asked().run.step("word")
    assert [step.state, step.waits_for, step.until, step.why] == ["waiting", "approval", DAY, "Go on?"]


def test_an_approved_run_goes_on() -> None:
    life = asked()
    life.do(c.Answer("word", True, "looks right"))
    assert [life.outcome("word"), life.why("word"), life.ready] == ["approved", "looks right", ["live"]]
    life.done("live")
    assert life.run.state == "done"


def test_a_rejected_run_ends_once_the_steps_for_that_answer_have_ended() -> None:
    life = asked()
    life.do(c.Answer("word", False, "not now"))
    assert [life.outcome("word"), life.ready] == ["rejected", ["tell"]]
    life.done("tell")
    assert [life.run.state, life.state("live")] == ["rejected", "skipped"]


def test_nobody_answering_rejects_where_the_recipe_says_so() -> None:
    life = asked("reject")
    life.later(DAY - 1)
    assert life.state("word") == "waiting"
    life.later(1)
    assert [life.outcome("word"), life.why("word"), life.ready] == ["expired", "nobody answered in time", ["nag"]]
    life.done("nag")
    assert life.run.state == "rejected"


def test_nobody_answering_approves_where_the_recipe_says_so() -> None:
    life = asked("approve")
    life.later(DAY)
    assert [life.outcome("word"), life.ready] == ["approved", ["live"]]


def test_an_answer_after_the_deadline_is_refused() -> None:
    life = asked()
    life.later(DAY)
    assert refusal(life.ask(c.Answer("word", True, "late"))).code == "E-nothing-asked"


def test_the_deadline_counts_from_when_the_question_is_asked() -> None:
    life = Life(plan(use("a"), approve("word", within=HOUR)))
    life.begin("a")
    life.end("a", after=5000)
    assert life.run.step("word").until == HOUR
    asked_late = Life(plan(gate("proof"), approve("word", within=HOUR)))
    asked_late.begin("proof")
    asked_late.end("proof", judged="pass", after=5000)
    assert asked_late.run.step("word").until == HOUR + 5000


def test_of_several_that_wait_for_a_word_one_has_to_be_named() -> None:
    both = use("both", takes={"x": "first.verdict", "y": "second.verdict"})
    life = Life(plan(gate("first"), gate("second"), both), only="both")
    life.judge("first", "inconclusive")
    life.judge("second", "inconclusive")
    refused = refusal(life.ask(c.Answer(None, True, "fine")))
    assert str(refused) == "E-which-step: Several steps of r1 wait for a word: `first`, `second`. Name one of them."
    life.do(c.Answer("second", True, "fine"))
    assert [life.state("first"), life.state("second")] == ["waiting", "done"]


def test_a_word_on_a_step_that_does_not_ask_is_refused() -> None:
    life = Life(plan(approve("word"), approve("later")))
    assert refusal(life.ask(c.Answer("later", True, "fine"))).code == "E-nothing-asked"


@pytest.mark.parametrize("approve_it", [True, False])
def test_nothing_is_answered_where_nothing_is_asked(approve_it: bool) -> None:
    life = Life(plan(use("a")))
    refused = refusal(life.ask(c.Answer(None, approve_it, "because")))
    assert [refused.code, refused.todo] == ["E-nothing-asked", "See `sentinel show r1`."]


def test_a_question_is_not_asked_any_more_once_the_run_is_ending() -> None:
    life = Life(plan(use("a"), approve("word")))
    life.begin("a")
    assert life.state("word") == "waiting"
    life.end("a", "failed")
    assert [life.state("word"), life.run.state] == ["skipped", "failed"]


def test_a_question_for_the_failure_itself_is_still_asked() -> None:
    life = Life(plan(use("a"), approve("word", when={"a": ["failed"]})))
    life.fail("a")
    assert [life.state("word"), life.run.state] == ["waiting", "waiting"]
    life.do(c.Answer("word", True, ""))
    assert life.run.state == "failed"
