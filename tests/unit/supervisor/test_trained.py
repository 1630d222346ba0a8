"""What a line's sets are cut by: the datasets of all the models that a run scores, not of the champion alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.plan import Plan, PlannedStep, Port
from sentinel.domain.quantity import DAY
from sentinel.supervisor import trained
from tests.unit.domain.plans import gate, plan, source, use
from tests.unit.supervisor.floor import House
from tests.unit.supervisor.labelled import Labelled
from tests.unit.supervisor.test_packaging import run as run_to_version

LINE = PlannedStep("line", "use", "resolve", gives={"sets": Port("Dataset", many=True)}, reads=("trained", "world"))
ROWS = Artifact("Dataset", digest_of("the rows of May"))


def proving() -> Plan:
    """Train on rows, score on the line's sets, and let a gate wait where it is not sure."""
    rows = PlannedStep("rows", "use", "assemble", gives={"dataset": Port("Dataset")}, reads=("world",))
    tuned = PlannedStep(
        "tuned", "use", "forge", binds={"data": (source("rows.dataset"),)}, takes={"data": Port("Dataset")},
        gives={"model": Port("Model")},
    )  # fmt: skip
    scores = PlannedStep(
        "scores", "use", "evaluate", binds={"model": (source("tuned.model"),), "sets": (source("line.sets"),)},
        takes={"model": Port("Model"), "sets": Port("Dataset", many=True)}, gives={"report": Port("EvalReport")},
    )  # fmt: skip
    proof = gate(
        "proof", takes={"candidate": "scores.report"}, then={"inconclusive": "wait"}, at_most=14 * DAY, outcomes=5
    )
    return replace(plan(LINE, rows, tuned, scores, proof), line="router")


def test_after_a_gates_wait_the_sets_are_cut_by_what_the_candidate_trained_on(tmp_path: Path) -> None:
    """The canary of the second look held rows of which the candidate had learned near-duplicates."""
    line = Labelled(tmp_path)
    run = line.house.queue(proving())
    assert line.house.told.attempts[f"{run}.line.a1"].reads["trained"] == []
    line.house.finish(f"{run}.line.a1", outputs={"sets": (Artifact("Dataset", digest_of("a set")),)})
    line.house.finish(f"{run}.rows.a1", outputs={"dataset": (ROWS,)})
    for step in ("tuned", "scores"):
        line.house.finish(f"{run}.{step}.a1")
    line.house.judge(f"{run}.proof.a1", "inconclusive", None)
    for _ in range(2):
        line.day(6, 6)
        line.settle(2)
    assert line.house.run(run).round == 2
    assert line.house.told.attempts[f"{run}.line.a2"].reads["trained"] == [ROWS.digest]


@pytest.mark.parametrize(
    ("word", "asked", "given"),
    [
        ("shadows", "in_slots", lambda model: [{"version": "v1", "model": model}]),
        ("challenger", "next_challenger", lambda model: {"version": "v1", "model": model}),
    ],
)
def test_what_a_step_will_be_given_of_the_zoo_cuts_the_sets_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, asked: str, given: object
) -> None:
    house = House(tmp_path)
    version = run_to_version(house, 8, "march")
    model = house.line().versions[version].model
    monkeypatch.setattr(trained, asked, lambda *_: given(model))  # type: ignore[operator]
    run = house.queue(plan(LINE, replace(use("who"), reads=(word,))))
    assert house.told.attempts[f"{run}.line.a1"].reads["trained"] == [digest_of("march")]
    alone = house.queue(plan(replace(LINE, params={"alone": True}), use("who")))
    assert house.told.attempts[f"{alone}.line.a1"].reads["trained"] == []
