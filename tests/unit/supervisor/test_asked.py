"""A gate judges by hand, and two versions are laid side by side: what may be named, and what the verdict is worth."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.plan import GatePlan, Plan, PlannedCheck, PlannedStep, Port, Wait
from sentinel.domain.verdict import Verdict
from sentinel.supervisor import asked, verbs
from sentinel.supervisor.catalogue import GateInForce
from tests.unit.domain.plans import THEN, plan, source, use
from tests.unit.supervisor.floor import PERSON, ROUTER, House, is_refused

PORTS = {"candidate": Port("EvalReport"), "champion": Port("EvalReport", optional=True)}
GATE = GatePlan("promotion", "g" * 64, (PlannedCheck("floor", 1, {}),), "candidate", "champion",
                {**THEN, "inconclusive": "wait"}, Wait(400, 1000))  # fmt: skip
ABOUT = {"evaluate": "model"}


def scored(does: str = "evaluate") -> Plan:
    """Make a model, and score it."""
    made = replace(use("tuned", gives=["model"]), makes="version")
    scores = PlannedStep("scores", "use", does, binds={"model": (source("tuned.model"),)},
                         takes={"model": Port("Model")}, gives={"report": Port("EvalReport")})  # fmt: skip
    return replace(plan(made, scores), line=ROUTER)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with a gate in force, and a version that was scored."""
    held = House(tmp_path, gates={"promotion": GateInForce("gates/promotion.yaml", GATE, PORTS, ("decision", "looks"))})
    score(held, scored())
    return held


def score(house: House, made: Plan) -> tuple[str, Artifact]:
    """Run a plan to its report: the version, and the report."""
    run = house.queue(made)
    for name in ("tuned", "scores"):
        if f"{run}.{name}.a1" in house.told.attempts:
            house.finish(f"{run}.{name}.a1")
    version = list(house.line().versions)[-1]
    return version, house.run(run).step("scores").outputs["report"][0]


def judge(house: House, line: str | None = None, **given: Any) -> Any:
    return house.do(lambda engine: asked.judge(engine, PERSON, "promotion", given, line, ABOUT))


def told(house: House, run: str) -> Any:
    return house.told.attempts[f"{run}.judge.a1"]


def version_of(house: House) -> tuple[str, str]:
    (version,) = house.line().versions.values()
    return version.id, version.model


def test_what_is_judged_may_be_named_by_version_by_digest_or_by_alias(house: House) -> None:
    version, _ = version_of(house)
    report = house.run("r1").step("scores").outputs["report"][0]
    house.do(lambda engine: verbs.line_command(engine, PERSON, ROUTER, verbs.Hold("x")))
    for name in (version, report.digest, report.digest[:8]):
        run = judge(house, candidate=name)
        assert told(house, run).inputs == {"candidate": (report,)}
        assert (house.run(run).kind, house.run(run).line) == ("asked", ROUTER)
    assert house.engine.ledger.reads.runs() == house.engine.ledger.reads.runs(recipe="trial")
    assert is_refused(judge(house, candidate="champion"), "E-which-line")
    assert is_refused(judge(house, ROUTER, candidate="champion"), "E-unknown-artifact")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "E-usage"),
        ({"candidat": "v1"}, "E-usage"),
        ({"candidate": "v1"}, "E-unknown-artifact"),
        ({"candidate": "ffffffffff"}, "E-unknown-artifact"),
        ({"candidate": "../etc"}, "E-unknown-artifact"),
    ],
)
def test_what_cannot_be_judged_is_told(house: House, given: dict[str, str], code: str) -> None:
    assert is_refused(judge(house, **given), code)


def test_an_artifact_of_another_kind_is_refused_by_name(house: House) -> None:
    _, model = version_of(house)
    refused = judge(house, candidate=model)
    assert is_refused(refused, "E-unknown-artifact") and "is a Model, and a EvalReport is wanted" in refused.what


def test_a_verdict_by_hand_waits_for_nobody(house: House) -> None:
    for word, ends in (
        ("inconclusive", "inconclusive"),
        ("error", "inconclusive"),
        ("fail", "rejected"),
        ("pass", "done"),
    ):
        run = judge(house, candidate=version_of(house)[0])
        house.judge(f"{run}.judge.a1", word, version_of(house)[1])
        assert house.run(run).state == ends


def test_it_is_judged_by_the_bar_of_the_run_that_made_it(house: House) -> None:
    run = judge(house, candidate=version_of(house)[0])
    assert house.run(run).purpose["answers"] == "r1"
    assert told(house, run).reads["decision"]["reason"] == "a test asked"
    assert told(house, run).gate["plan"]["wait"] is not None  # and pays for its looks as the gate's file says


def promoted(house: House, verdict: str) -> Any:
    version, _ = version_of(house)
    return house.do(lambda engine: verbs.promote(engine, PERSON, version, verdict))


def test_a_verdict_by_hand_may_be_cited_where_rule_nine_holds(house: House) -> None:
    run = judge(house, candidate=version_of(house)[0])
    house.judge(f"{run}.judge.a1", "pass", version_of(house)[1])
    assert promoted(house, f"{run}.judge.a1") == version_of(house)[0]
    assert house.line().champion == version_of(house)[0]


def test_of_another_model_or_against_another_champion_it_promotes_nothing(house: House) -> None:
    run = judge(house, candidate=version_of(house)[0])
    house.judge(f"{run}.judge.a1", "pass", "e" * 64)
    assert is_refused(promoted(house, f"{run}.judge.a1"), "E-other-subject")
    stale = judge(house, candidate=version_of(house)[0])
    house.judge(f"{stale}.judge.a1", "pass", version_of(house)[1], "v0")
    assert is_refused(promoted(house, f"{stale}.judge.a1"), "E-stale-verdict")


def test_on_a_report_that_nobody_vouches_for_it_promotes_nothing(tmp_path: Path) -> None:
    """A program may write any report; in a recipe `check` refuses to promote on it, and so it is by hand."""
    house = House(tmp_path, gates={"promotion": GateInForce("gates/promotion.yaml", GATE, PORTS, ())})
    version, _ = score(house, scored("program"))
    run = judge(house, candidate=version)
    house.judge(f"{run}.judge.a1", "pass", version_of(house)[1])
    assert is_refused(promoted(house, f"{run}.judge.a1"), "E-hearsay")


def test_flips_lays_two_reports_side_by_side(house: House) -> None:
    version, _ = version_of(house)
    report = house.run("r1").step("scores").outputs["report"][0]
    run = house.do(lambda engine: asked.flips(engine, PERSON, version, report.digest, "canary", None))
    attempt = house.told.attempts[f"{run}.flips.a1"]
    assert attempt.inputs == {"one": (report,), "other": (report,)}
    assert attempt.params == {"set": "canary", "most": 1000}
    assert is_refused(house.do(lambda e: asked.flips(e, PERSON, version, "v0", None, None)), "E-unknown-artifact")


def test_an_ambiguous_beginning_is_told(house: House) -> None:
    from sentinel.domain.kept import ArtifactKept
    from sentinel.domain.streams import stream_of

    twins = ["abcdef01" + digest_of(number)[:56] for number in range(2)]

    def act(work: Any) -> None:
        for digest in twins:
            work.apply(stream_of("artifact", digest), [ArtifactKept("EvalReport", 1, "r1.scores.a1")])

    house.do(lambda engine: engine.do(PERSON, act))
    refused = judge(house, candidate="abcdef01")
    assert is_refused(refused, "E-unknown-artifact") and refused.todo == "Give more of its digits."
    assert isinstance(judge(house, candidate=twins[0]), str)


def test_a_verdict_of_a_recipe_needs_nobody_to_vouch(house: House) -> None:
    """There `check` has followed it to its model."""
    assert isinstance(Verdict("g", "pass", "", None, None, 1, ()), Verdict)
    from sentinel.supervisor.by_hand import unvouched

    assert unvouched(house.run("r1"), "r1.proof.a1") is None
