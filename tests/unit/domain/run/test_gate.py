"""What a gate's verdict does: reject, freeze, hold, wait and judge again."""

from dataclasses import replace

import pytest

from sentinel.domain.plan import Port
from sentinel.domain.quantity import DAY
from sentinel.domain.run import commands as c
from sentinel.domain.run import events as e
from tests.unit.domain.life import Life, pinned, refusal
from tests.unit.domain.plans import gate, model, plan, use


def judged(word: str, outcomes: int | None = None, **then: str) -> Life:
    """A run whose gate has said one word, with a step below and one for each way out."""
    life = Life(
        plan(
            use("tuned"),
            gate("proof", takes={"candidate": "tuned.out"}, then=then, at_most=DAY, outcomes=outcomes),
            use("live", takes={"verdict": "proof.verdict"}),
            use("doubt", takes={"verdict": "proof.verdict"}, when={"proof": ["inconclusive", "error"]}),
        )
    )
    life.done("tuned")
    life.judge("proof", word)
    return life


@pytest.mark.parametrize("word", ["inconclusive", "error"])
def test_a_verdict_in_doubt_is_held_for_a_person_by_default(word: str) -> None:
    life = judged(word)
    assert [life.state("proof"), life.run.step("proof").waits_for, life.run.state] == ["waiting", "person", "waiting"]
    assert life.ready == []


def test_steps_whose_when_names_a_held_verdict_start_only_when_the_hold_ends() -> None:
    life = judged("inconclusive")
    assert life.state("doubt") == "pending"
    life.do(c.Answer("proof", False, "not good enough"))
    assert life.ready == ["doubt"]
    assert life.state("live") == "skipped"
    life.done("doubt")
    assert life.run.state == "inconclusive"


def test_a_person_lifts_a_held_bar_and_the_verdict_stays_what_it_was() -> None:
    life = judged("inconclusive")
    life.do(c.Answer(None, True, "I looked at the rows"))
    step = life.run.step("proof")
    assert [step.outcome, step.lifted] == ["inconclusive", True]
    assert step.verdict is not None
    assert step.verdict.verdict == "inconclusive"
    assert life.ready == ["live", "doubt"]
    life.done("live", "doubt")
    assert life.run.state == "done"
    assert life.run.why == "passed on a person's word: proof"


def test_a_lifted_gate_does_not_count_as_passed_for_a_when_that_asks_for_a_pass() -> None:
    life = Life(plan(gate("proof"), use("live", when={"proof": ["pass"]})))
    life.judge("proof", "inconclusive")
    life.do(c.Answer(None, True, "I looked at the rows"))
    assert life.state("live") == "skipped"


def test_a_held_gate_gives_its_verdict_to_the_steps_below_once_it_is_decided() -> None:
    life = judged("inconclusive")
    given = life.run.attempts["r1.proof.a1"].outputs["verdict"]
    life.do(c.Answer(None, True, "I looked at the rows"))
    assert life.inputs("live") == {"verdict": given}


def test_a_held_gate_is_decided_by_reason_only() -> None:
    life = judged("inconclusive")
    assert refusal(life.ask(c.Answer("proof", True, ""))).code == "E-reason"
    assert refusal(life.ask(c.Answer("proof", False, "  "))).code == "E-reason"


def test_then_is_the_only_place_that_says_what_a_verdict_does() -> None:
    assert judged("fail", fail="hold").run.step("proof").waits_for == "person"
    assert judged("fail", fail="freeze").run.state == "frozen"
    rejects = judged("inconclusive", inconclusive="reject")
    rejects.done("doubt")
    assert rejects.run.state == "rejected"


def test_a_person_s_no_to_a_held_failure_rejects_the_run() -> None:
    life = judged("fail", fail="hold")
    life.do(c.Answer("proof", False, "no"))
    assert life.run.state == "rejected"


def test_a_pass_is_not_mapped() -> None:
    life = judged("pass")
    assert life.outcome("proof") == "pass"
    assert life.ready == ["live"]


def test_a_gate_that_waits_judges_again_when_its_time_is_over() -> None:
    life = judged("inconclusive", inconclusive="wait")
    assert [life.run.step("proof").waits_for, life.run.state] == ["outcomes", "waiting"]
    life.later(DAY - 1)
    assert life.state("proof") == "waiting"
    life.later(1)
    assert [life.state("proof"), life.run.state, life.ready] == ["pending", "running", ["proof"]]
    life.judge("proof", "pass")
    assert life.ready == ["live"]


def test_a_gate_that_waits_judges_again_as_soon_as_enough_outcomes_have_come() -> None:
    life = judged("inconclusive", outcomes=400, inconclusive="wait")
    life.settle(399)
    assert [life.state("proof"), life.run.state] == ["waiting", "waiting"]
    life.settle(1)
    assert [life.state("proof"), life.run.state, life.run.round, life.ready] == ["pending", "running", 2, ["proof"]]
    assert life.run.step("proof").counted is None
    life.judge("proof", "inconclusive")
    assert life.run.step("proof").waits_for == "person", "two looks are the most that waiting gets"


def test_only_outcomes_that_come_after_the_wait_began_end_it() -> None:
    life = Life(plan(gate("proof", then={"inconclusive": "wait"}, at_most=DAY, outcomes=5)))
    life.settle(1000)
    life.judge("proof", "inconclusive")
    life.settle(4)
    assert life.state("proof") == "waiting"
    life.settle(1)
    assert life.state("proof") == "pending"


def test_a_gate_whose_outcomes_do_not_come_judges_again_when_its_time_is_over() -> None:
    life = judged("inconclusive", outcomes=400, inconclusive="wait")
    life.settle(399)
    life.later(DAY - 1)
    assert life.state("proof") == "waiting"
    life.later(1)
    assert life.state("proof") == "pending"


def test_a_paused_run_judges_again_once_it_is_resumed_though_enough_came_meanwhile() -> None:
    life = judged("inconclusive", outcomes=5, inconclusive="wait")
    life.do(c.Pause("lunch"))
    life.settle(9)
    assert life.state("proof") == "waiting"
    life.do(c.Resume())
    assert life.ready == ["proof"]


def test_a_wait_that_an_earlier_release_began_ends_by_time_alone() -> None:
    """It did not put on record how many outcomes had counted by then."""
    life = judged("inconclusive", outcomes=5, inconclusive="hold")
    old = e.StepWaiting("proof", "outcomes", life.at + DAY, "It says so.")
    life.take([old])
    life.settle(1000)
    assert life.state("proof") == "waiting"
    life.later(DAY)
    assert life.state("proof") == "pending"


def test_a_second_look_that_would_wait_is_held_for_a_person() -> None:
    life = judged("inconclusive", inconclusive="wait")
    life.later(DAY)
    life.judge("proof", "inconclusive")
    assert [life.state("proof"), life.run.step("proof").waits_for] == ["waiting", "person"]


def test_a_new_round_makes_the_evaluations_that_the_gate_binds_anew_and_nothing_else() -> None:
    life = Life(
        plan(
            use("early", does="evaluate"),
            use("tuned", takes={"hint": "early.out"}),
            use("scores", does="evaluate", takes={"model": "tuned.out"}),
            use("others", does="evaluate", takes={"model": "tuned.out"}),
            gate("proof", takes={"candidate": "scores.out"}, then={"inconclusive": "wait"}, at_most=DAY),
            use("live"),
        ),
        aliases={"champion": pinned(model=model("old"))},
    )
    life.done("early", "tuned", "scores", "others")
    life.judge("proof", "inconclusive")
    life.aliases = {"champion": pinned(model=model("new"))}
    life.later(DAY)
    begun = life.of(e.RoundBegun)[0]
    assert begun.steps == ("scores", "proof")
    assert life.run.round == 2
    assert life.run.aliases == life.aliases
    assert [life.state(name) for name in ("early", "tuned", "others")] == ["done", "done", "done"]
    assert life.ready == ["scores"]
    life.done("scores")
    life.judge("proof", "pass")
    life.done("live")
    assert life.run.state == "done"


def test_a_program_that_only_writes_reports_writes_them_anew_and_one_that_trains_besides_does_not() -> None:
    report, trained = Port("EvalReport"), Port("Model")
    life = Life(
        plan(
            replace(use("scores"), gives={"out": report}),
            replace(use("both"), gives={"out": report, "model": trained}),
            gate("proof", takes={"candidate": "scores.out", "champion": "both.out"}, then={"inconclusive": "wait"},
                 at_most=DAY),
        )
    )  # fmt: skip
    life.done("scores", "both")
    life.judge("proof", "inconclusive")
    life.later(DAY)
    assert life.of(e.RoundBegun)[0].steps == ("scores", "proof")


def test_a_new_round_resolves_again_before_it_evaluates_again() -> None:
    life = Life(
        plan(
            use("resolve", does="resolve"),
            use("scores", does="evaluate", takes={"set": "resolve.out"}),
            gate("proof", takes={"candidate": "scores.out"}, then={"inconclusive": "wait"}, at_most=DAY),
        )
    )
    life.done("resolve", "scores")
    life.judge("proof", "inconclusive")
    life.later(DAY)
    assert life.ready == ["resolve"]
    life.done("resolve")
    assert life.ready == ["scores"]


def test_earlier_attempts_and_their_reports_stay_on_record_in_a_new_round() -> None:
    life = judged("inconclusive", inconclusive="wait")
    life.later(DAY)
    life.judge("proof", "pass")
    assert [attempt.id for attempt in life.run.attempts.values() if attempt.step == "proof"] == [
        "r1.proof.a1",
        "r1.proof.a2",
    ]
    assert [body.verdict.verdict for body in life.of(e.GateJudged)] == ["inconclusive", "pass"]


@pytest.mark.parametrize("end", ["failed", "refused", "out-of-memory", "timed-out", "stalled"])
def test_a_gate_that_cannot_judge_says_error(end: str) -> None:
    life = Life(plan(gate("proof"), use("live")))
    life.fail("proof", end)
    step = life.run.step("proof")
    assert step.verdict is not None
    assert step.verdict.verdict == "error"
    assert step.verdict.sentence == "The gate could not judge: it broke"
    assert step.waits_for == "person"


def test_a_gate_whose_worker_gives_no_verdict_says_error_and_passes_nothing() -> None:
    life = Life(plan(gate("proof"), use("live")))
    life.begin("proof")
    life.end("proof")
    step = life.run.step("proof")
    assert step.verdict is not None
    assert step.verdict.verdict == "error"
    assert [step.waits_for, life.state("live")] == ["person", "pending"]


def test_a_gate_whose_worker_gives_an_unknown_verdict_says_error() -> None:
    life = Life(plan(gate("proof"), use("live")))
    life.judge("proof", "splendid")
    assert life.run.step("proof").waits_for == "person"


def test_a_verdict_from_a_step_that_is_no_gate_judges_nothing() -> None:
    life = Life(plan(use("a")))
    life.begin("a")
    life.end("a", judged="fail")
    assert [life.outcome("a"), life.run.state] == ["done", "done"]


def test_a_gate_is_never_reused() -> None:
    life = Life(plan(gate("proof")))
    assert refusal(life.ask(c.TakeReused("proof", "r0.proof.a1", "0" * 64, {}))).code == "E-not-startable"
