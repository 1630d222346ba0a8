"""From a candidate to a champion and back: versions, gates, promotion, adoption, holds, notices, sub-recipes."""

from dataclasses import replace
from pathlib import Path

from sentinel.domain.line.decide import Acknowledge, Hold, Release, RollBack
from sentinel.domain.plan import Plan, PlannedStep, Port
from sentinel.domain.run import commands as c
from sentinel.supervisor import verbs
from sentinel.supervisor.catalogue import Target
from tests.unit.domain.plans import gate, plan, source, use
from tests.unit.supervisor.floor import PERSON, ROUTER, House, is_refused


def lifecycle() -> Plan:
    """Forge, prove, put live."""
    tuned = replace(use("tuned", gives=["model"]), makes="version")
    proof = gate("proof", takes={"candidate": "tuned.model"})
    binds = {"model": (source("tuned.model"),), "verdict": (source("proof.verdict"),)}
    takes = {"model": Port("Model"), "verdict": Port("Verdict", many=True)}
    live = PlannedStep("live", "use", "promote", params={"alias": "champion"}, binds=binds, takes=takes)
    return plan(tuned, proof, live)


def forged(house: House, made: Plan, verdict: str = "pass") -> str:
    """Run a lifecycle to its verdict."""
    champion = house.line().champion
    run = house.queue(made)
    house.finish(f"{run}.tuned.a1")
    model = house.run(run).step("tuned").outputs["model"][0].digest
    house.judge(f"{run}.proof.a1", verdict, model, champion)
    return run


def variant(made: Plan, name: str) -> Plan:
    """The same lifecycle with other settings."""
    steps = tuple(replace(step, params={"name": name}) if step.id == "tuned" else step for step in made.steps)
    return replace(made, steps=steps)


def test_a_candidate_that_passes_becomes_champion_citing_its_verdict(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = forged(house, lifecycle())
    assert house.run(run).state == "done"
    champion = house.line().versions[house.line().champion]
    assert champion.run == run
    assert champion.cites == (f"{run}.proof.a1",)


def test_a_second_champion_leaves_the_first_as_previous_and_can_be_rolled_back(tmp_path: Path) -> None:
    house = House(tmp_path)
    forged(house, lifecycle())
    first = house.line().champion
    forged(house, variant(lifecycle(), "wider"))
    second = house.line().champion
    assert second != first
    assert house.line().aliases["previous"] == first
    house.do(lambda engine: verbs.line_command(engine, PERSON, ROUTER, RollBack(None, "it was rude")))
    assert house.line().champion == first


def test_a_candidate_that_fails_is_on_record_with_the_exact_failure(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = forged(house, lifecycle(), "fail")
    assert house.run(run).state == "rejected"
    assert house.line().champion is None
    (version,) = house.line().versions.values()
    assert version.rejected == "It says fail."


def test_a_frozen_candidate_needs_an_acknowledgement_by_name_and_reason(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = forged(house, lifecycle(), "freeze")
    assert house.run(run).state == "frozen"
    (version,) = house.line().versions.values()
    assert version.frozen == "It says freeze."
    assert house.line().frozen is None
    ack = Acknowledge(version.id, "looked into it")
    house.do(lambda engine: verbs.line_command(engine, PERSON, ROUTER, ack))
    assert house.line().versions[version.id].frozen is None


def test_the_line_freezes_when_the_model_that_is_live_fails(tmp_path: Path) -> None:
    house = House(tmp_path)
    forged(house, lifecycle())
    watch = plan(gate("watch", takes={"candidate": "champion.model"}))
    run = house.queue(watch)
    model = house.line().versions[house.line().champion].model
    house.judge(f"{run}.watch.a1", "freeze", model, house.line().champion)
    assert house.line().frozen == "It says freeze."


def test_a_verdict_against_an_earlier_champion_promotes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    made = lifecycle()
    slow = house.queue(variant(made, "slow"))
    house.finish(f"{slow}.tuned.a1")
    forged(house, variant(made, "quick"))
    model = house.run(slow).step("tuned").outputs["model"][0].digest
    champion = house.line().champion
    house.judge(f"{slow}.proof.a1", "pass", model, None)
    assert house.run(slow).state == "failed"
    assert "E-uncompared" in house.run(slow).why
    assert house.line().champion == champion


def test_a_promotion_waits_while_its_line_is_held_and_goes_on_when_released(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.do(lambda engine: verbs.line_command(engine, PERSON, ROUTER, Hold("fair in town")))
    run = forged(house, lifecycle())
    assert house.run(run).step("live").waits_for == "line"
    assert "fair in town" in house.run(run).step("live").why
    house.restart()
    house.tick()
    house.do(lambda engine: verbs.line_command(engine, PERSON, ROUTER, Release("it is over")))
    assert house.run(run).state == "done"
    assert house.line().champion is not None


def test_a_line_adopts_once_by_name_and_reason(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert is_refused(house.do(lambda e: verbs.adopt(e, PERSON, ROUTER, "models/old", "  ")), "E-reason")
    run = house.do(lambda engine: verbs.adopt(engine, PERSON, ROUTER, "models/old", "it serves today"))
    house.finish(f"{run}.adopt.a1")
    champion = house.line().versions[house.line().champion]
    assert champion.run == run
    assert house.line().adopted
    again = house.do(lambda engine: verbs.adopt(engine, PERSON, ROUTER, "models/other", "this one too"))
    assert is_refused(again, "E-adopted")


def test_a_verb_names_the_nearest_line(tmp_path: Path) -> None:
    house = House(tmp_path)
    answer = house.do(lambda engine: verbs.line_command(engine, PERSON, "rooter", Hold("x")))
    assert is_refused(answer, "E-unknown-line")
    assert "`router`" in answer.todo


def test_those_who_want_to_know_are_told_once_and_again_until_it_arrives(tmp_path: Path) -> None:
    house = House(tmp_path, targets=(Target("chat-hook", ("rejected",)),))
    forged(house, lifecycle(), "fail")
    house.tick()
    (attempt,) = (each for each in house.living if each.startswith("d"))
    told = house.told.attempts[attempt]
    assert told.params["to"] == "chat-hook"
    assert "rejected" in told.params["text"]
    house.finish(attempt, "failed")
    house.tick(3600)
    (second,) = (each for each in house.living if each.startswith("d"))
    assert house.told.attempts[second].effect_key == told.effect_key
    house.finish(second, outputs={}, receipt={"status": 200})
    assert house.engine.ledger.reads.deliveries() == []


def test_a_sub_recipe_is_a_run_of_its_own_that_gives_back_what_it_says(tmp_path: Path) -> None:
    house = House(tmp_path)
    child = replace(plan(use("inner", gives=["model"])), recipe="inner", gives={"model": source("inner.model")})
    outer = use("sub", does="recipe", recipe="inner", gives=["model"])
    run = house.queue(plan(outer, use("after", takes={"x": "sub.model"}), children=[child]))
    sub = house.run(run).step("sub").child
    assert sub is not None
    assert house.run(sub).parent == run
    house.finish(f"{sub}.inner.a1")
    assert house.run(sub).state == "done"
    assert house.told.attempts[f"{run}.after.a1"].inputs["x"] == house.run(sub).step("inner").outputs["model"]


def test_a_sub_recipe_that_fails_fails_its_step_and_says_where_to_look(tmp_path: Path) -> None:
    house = House(tmp_path)
    child = replace(plan(use("inner")), recipe="inner")
    run = house.queue(plan(use("sub", does="recipe", recipe="inner", gives=[]), children=[child]))
    sub = house.run(run).step("sub").child
    house.finish(f"{sub}.inner.a1", "failed")
    assert house.run(run).state == "failed"
    assert str(sub) in house.run(run).why


def test_cancelling_a_run_cancels_its_sub_recipes(tmp_path: Path) -> None:
    house = House(tmp_path)
    child = replace(plan(use("inner")), recipe="inner")
    run = house.queue(plan(use("sub", does="recipe", recipe="inner", gives=[]), children=[child]))
    sub = house.run(run).step("sub").child
    house.do(lambda engine: engine.command(PERSON, run, c.Cancel("cancelled", "enough")))
    assert house.ended == [(f"{sub}.inner.a1", "cancelled")]
    house.finish(f"{sub}.inner.a1", "cancelled")
    assert house.run(sub).state == "cancelled"
    assert house.run(run).state == "cancelled"
