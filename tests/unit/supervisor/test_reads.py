"""What a gate is told of the world: what fired, what the line is held to, how it stands, how often sets were seen."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.digest import digest_of
from sentinel.domain.needs import Slots
from sentinel.domain.plan import GatePlan, Plan, PlannedCheck, PlannedStep, Port, Source
from sentinel.domain.streams import HOUSE
from sentinel.domain.trigger_stream import TriggerFired
from sentinel.domain.verdict import Finding, Verdict
from sentinel.supervisor.looks import looks_of
from sentinel.supervisor.reads import resolved
from sentinel.supervisor.work import Work
from tests.unit.domain.plans import THEN, plan, use
from tests.unit.supervisor.floor import ROUTER, House, Recipe
from tests.unit.supervisor.test_drift import FEED, Watched

READS = ("decision", "baseline", "drift", "looks", "line")
DOCUMENTS = digest_of("these")


def proving() -> Plan:
    """Make something, and judge it by a gate that reads all that there is."""
    check = PlannedCheck("release", 1, {})
    judge = GatePlan("promotion", "g" * 64, (check,), "candidate", None, THEN)
    proof = PlannedStep(
        "proof", "gate", use="gate", binds={"candidate": (Source("step", "made", "out"),)},
        takes={"candidate": Port("Model")}, gives={"verdict": Port("Verdict")}, gate=judge, reads=READS,
    )  # fmt: skip
    return plan(use("made"), proof)


def of_look(house: House, run: str) -> Any:
    """What the gate of a run was told."""
    return house.told.attempts[f"{run}.proof.a1"].reads


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A line that has been right 91 times of a hundred, whose drift asks for a run with a gate."""
    held = Watched(tmp_path)
    held.house.catalogue = replace(held.house.catalogue, recipes={"trial": Recipe(proving())})
    held.house.engine.catalogue = held.house.catalogue
    for k in (91, 90, 92, 91, 91):
        held.day(k)
    return held


def test_a_run_that_drift_asked_for_says_what_fired(watched: Watched) -> None:
    for k in (90, 92, 78, 77, 79):
        watched.day(k)
    watched.house.finish("r1.made.a1")
    told = of_look(watched.house, "r1")
    (fired,) = told["decision"]["fired"]
    assert (told["decision"]["trigger"], fired["kind"], fired["set"], fired["metric"], fired["feed"]) == (
        "drift", "drift", "canary", "accuracy", FEED,
    )  # fmt: skip
    assert fired["numbers"]["state"] == "firing"
    assert round(told["baseline"]["canary"]["accuracy"]["rate"], 2) == 0.91
    assert told["baseline"]["canary"]["accuracy"]["per_day"] == pytest.approx(100)
    assert [(each["feed"], each["standing"]) for each in told["drift"]] == [(FEED, "firing")]
    assert told["line"]["name"] == ROUTER


def test_what_fires_in_the_same_breath_is_told_too(watched: Watched) -> None:
    """A first step may start in the transaction that puts the firing on record."""

    run = watched.house.queue(replace(proving(), line=ROUTER))
    work = Work(watched.house.engine.ledger, 1, "daemon")
    work.apply(watched.trigger.stream, [TriggerFired(1, 0, "it slid", {"state": "firing"}, run, False)])
    looking = PlannedStep("proof", "gate", use="gate", reads=("decision",))
    told = resolved(work, watched.house.run(run), looking, watched.house.catalogue, {})
    assert [(each["set"], each["numbers"]) for each in told["decision"]["fired"]] == [("canary", {"state": "firing"})]


def test_a_run_that_a_person_asked_for_says_that_nothing_fired(watched: Watched) -> None:
    run = watched.house.queue(replace(proving(), line=ROUTER))
    watched.house.finish(f"{run}.made.a1")
    told = of_look(watched.house, run)
    assert (told["decision"]["trigger"], told["decision"]["fired"]) == ("manual", [])
    assert told["looks"] == {}


def test_a_sub_run_says_what_fired_into_its_parent(watched: Watched) -> None:
    for k in (90, 92, 78, 77, 79):
        watched.day(k)
    child = watched.house.queue(replace(proving(), line=ROUTER), parent="r1", parent_step="made")
    watched.house.finish(f"{child}.made.a1")
    assert len(of_look(watched.house, child)["decision"]["fired"]) == 1


def judge(house: House, run: str, **more: Any) -> None:
    """End the run's gate with a verdict that rests on a set."""
    if f"{run}.made.a1" in house.told.attempts:  # later ones are reused
        house.finish(f"{run}.made.a1")
    finding = Finding("floor", "pass", "It is.", {"set": "regression", "documents": DOCUMENTS, **more})
    verdict = Verdict("promotion", "pass", "It passed.", "m" * 64, None, 1, (finding,))
    house.finish(f"{run}.proof.a1", outputs={}, verdict=verdict)


def test_looks_are_counted_with_the_verdict_across_runs_and_restarts(tmp_path: Path) -> None:
    house = House(tmp_path)
    for number in range(3):
        run = house.queue(replace(proving(), line=ROUTER))
        judge(house, run)
        assert of_look(house, run)["looks"] == ({"regression": {DOCUMENTS: number}} if number else {})
    house.restart()
    assert house.line().looks_at("regression", DOCUMENTS) == 3


def test_a_set_past_its_looks_is_told_until_other_documents_take_its_place(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.catalogue = replace(house.catalogue, lines={ROUTER: {"sets": {"regression": {"looks": 2}}}})
    house.engine.catalogue = house.catalogue
    assert looks_of(house.catalogue, ROUTER, "regression") == 2
    for _ in range(2):
        judge(house, house.queue(replace(proving(), line=ROUTER)))
    assert house.engine.ledger.state(HOUSE).alerts == {}
    judge(house, house.queue(replace(proving(), line=ROUTER)))
    (alert,) = house.engine.ledger.state(HOUSE).alerts.values()
    assert (alert.kind, alert.about) == ("looks", "router.regression")
    assert "more than 2 times" in alert.sentence
    judge(house, house.queue(replace(proving(), line=ROUTER)), documents=digest_of("others"))
    assert house.engine.ledger.state(HOUSE).alerts == {}


def test_the_anchor_is_the_first_champion_for_ever(watched: Watched) -> None:
    assert watched.house.line().anchor is None
    for version in ("v1", "v2", "v3"):
        watched.promote(version)
    assert (watched.house.line().champion, watched.house.line().named["anchor"]) == ("v3", "v1")
    watched.house.restart()
    assert watched.house.line().anchor == "v1"


def test_a_step_is_told_the_nodes_and_what_they_offer(watched: Watched) -> None:
    run = watched.house.queue(replace(proving(), line=ROUTER))
    work = Work(watched.house.engine.ledger, 1, "daemon")
    catalogue = replace(watched.house.catalogue, nodes={"atlas": Slots(8, 1, 40, 48)})
    looking = PlannedStep("fit", "step", use="preflight", reads=("nodes",))
    told = resolved(work, watched.house.run(run), looking, catalogue, {})
    assert told == {"nodes": {"atlas": {"cpus": 8, "gpus": 1, "gpu_memory": 40, "memory": 48}}}
