"""The shipped gates, as shipped: what each lets pass, what it stops, and the worked example to the digit."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import load
from sentinel.data.report import write_report
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.policy.shadow import Maturity, Needed
from sentinel.domain.quantity import DAY
from sentinel.domain.verdict import Verdict
from sentinel.recipe.check import check_workspace
from sentinel.recipe.gates import CompiledGate
from sentinel.recipe.starter import write_starter
from sentinel.step.gate import judged

NEW, OLD = "a" * 64, "b" * 64
SHIPPED = ("benchmark-floor", "canary", "challenge", "promotion", "release")
REGISTRY = load()


@pytest.fixture(scope="module")
def gates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CompiledGate]:
    """The gates that `init` writes, compiled as a user's are."""
    home = tmp_path_factory.mktemp("home")
    write_starter(home)
    checked = check_workspace(home, REGISTRY)
    assert checked.faults == checked.warnings == []
    return checked.gates


def model_of(folder: Path, model: str, sets: dict[str, Sequence[float]]) -> EvalReport:
    """A report of a model: for each set a value for each document."""
    rows = [
        {"set": name, "doc": f"{name}{number:05}", "value": float(value), "slice": f"queue {number % 3}"}
        for name, values in sets.items()
        for number, value in enumerate(values)
    ]
    frame = pl.DataFrame(rows).with_columns(prompt=pl.lit("p"), task=pl.lit("t"), metric=pl.lit("accuracy"))
    folder.mkdir(parents=True)
    write_report(folder, model, "classification", {}, {name: {"metric": "accuracy"} for name in sets}, frame)
    return EvalReport(model, folder)


def values(n: int, right: int, wins: int, losses: int) -> tuple[list[int], list[int]]:
    """A candidate and a champion on n documents: the champion has so many right, the candidate wins and loses some."""
    both = right - losses
    rest = n - both - wins - losses
    return [1] * both + [0] * losses + [1] * wins + [0] * rest, [1] * both + [1] * losses + [0] * wins + [0] * rest


def as_they_come(pair: tuple[list[int], list[int]]) -> tuple[list[int], list[int]]:
    """The same documents, those on which the two disagree strewn among the others."""
    rows = list(zip(*pair, strict=True))
    random.Random(4).shuffle(rows)
    return [new for new, _ in rows], [old for _, old in rows]


Sets = dict[str, tuple[list[int], list[int]]]


def judge(
    folder: Path, gate: CompiledGate, sets: Sets, fired: bool = False, days: int = 28, **more: EvalReport
) -> Verdict:
    """The verdict of a shipped gate on a candidate and a champion."""
    new = model_of(folder / "new", NEW, {name: pair[0] for name, pair in sets.items()})
    old = model_of(folder / "old", OLD, {name: pair[1] for name, pair in sets.items()})
    ports = {"candidate": (new,), "champion": (old,), **{name: (held,) for name, held in more.items()}}
    what: list[Json] = [{"kind": "drift", "set": "canary", "metric": "accuracy", "feed": "router.canary.accuracy"}]
    reads = {
        "decision": {"trigger": "drift", "reason": "", "fired": what if fired else []},
        "baseline": {"canary": {"accuracy": {"rate": 0.91, "rows": 400, "per_day": 14.0}}},
        "drift": [], "looks": {}, "line": {"name": "router", "sets": {}},
        "maturity": {"canary": {NEW: {"version": "v2", **to_json(Maturity(Needed(928), days * DAY, 930, 860))}}},
    }  # fmt: skip
    held = {"plan": to_json(gate.plan), "round": 1, "champion": "v1", "champion_model": OLD, "looks": 1}
    told = AttemptIn("a1", "r1", "proof", "gate", {}, {}, str(folder), str(folder), gate=held, reads=reads,
                     takes={name: port.kind for name, port in gate.ports.items()})  # fmt: skip
    inputs: Any = {name: ports[name] for name in gate.ports if name in ports}
    return judged(At(told, folder, inputs), REGISTRY)


def words(verdict: Verdict) -> dict[str, str]:
    """What each check said."""
    return {finding.check: finding.verdict for finding in verdict.findings}


EXAMPLE: Sets = {
    "regression": values(600, 546, 12, 18),
    "canary": values(100, 78, 18, 3),
    "adversarial": ([1] * 50, [1] * 50),
}
"""Regression 600 items .91 to .90 with 5 % disagreement, canary .78 to .93, adversarial 50 with none new."""


def test_every_shipped_gate_is_tested_here(gates: dict[str, CompiledGate]) -> None:
    assert set(SHIPPED) <= set(gates)
    assert all(gates[name].plan.then for name in SHIPPED)


def test_the_worked_example_is_inconclusive_at_a_margin_of_two_points(
    tmp_path: Path, gates: dict[str, CompiledGate]
) -> None:
    verdict = judge(tmp_path, gates["promotion"], EXAMPLE, fired=True)
    assert words(verdict) == {
        "floor": "pass", "no_regression": "inconclusive", "fixes_trigger": "pass", "no_new_failures": "pass",
    }  # fmt: skip
    assert verdict.verdict == "inconclusive"
    regression = verdict.findings[1]
    assert regression.evidence["estimate"] == pytest.approx(-0.01)
    assert regression.evidence["disagreement"] == pytest.approx(0.05)
    assert regression.evidence["n_needed"] == 1067  # at half of 5 %, since the gate judges twice
    assert "label 467 more" in regression.todo
    fixed = verdict.findings[2].evidence
    assert (fixed["champion"], fixed["candidate"]) == (pytest.approx(0.78), pytest.approx(0.93))
    assert verdict.findings[3].evidence["rate_below"] == pytest.approx(0.058, abs=5e-4)
    assert all(finding.evidence["look"] == 1 for finding in verdict.findings)


def test_one_that_is_as_good_and_mends_what_fired_is_promoted(tmp_path: Path, gates: dict[str, CompiledGate]) -> None:
    sets = {**EXAMPLE, "regression": values(1500, 1365, 45, 45)}
    assert judge(tmp_path, gates["promotion"], sets, fired=True).verdict == "pass"


@pytest.mark.parametrize(
    ("name", "pair", "verdict"),
    [
        ("regression", values(600, 546, 5, 60), "fail"),
        ("regression", values(600, 360, 18, 12), "fail"),
        ("canary", values(100, 78, 0, 15), "fail"),
        ("adversarial", ([1] * 49 + [0], [1] * 50), "freeze"),
    ],
)
def test_promotion_stops_what_is_worse(
    tmp_path: Path, gates: dict[str, CompiledGate], name: str, pair: tuple[list[int], list[int]], verdict: str
) -> None:
    assert judge(tmp_path, gates["promotion"], {**EXAMPLE, name: pair}, fired=True).verdict == verdict


def test_a_missing_set_never_passes(tmp_path: Path, gates: dict[str, CompiledGate]) -> None:
    for name in SHIPPED:
        verdict = judge(tmp_path / name, gates[name], {"other": ([1] * 50, [1] * 50)})
        assert verdict.verdict == "error", name


@pytest.mark.parametrize(("right", "verdict"), [(540, "pass"), (490, "inconclusive"), (400, "fail")])
def test_the_benchmark_floor(tmp_path: Path, gates: dict[str, CompiledGate], right: int, verdict: str) -> None:
    sets = {"benchmark": ([1] * right + [0] * (600 - right), [1] * 600)}
    assert judge(tmp_path, gates["benchmark-floor"], sets).verdict == verdict


def test_release_holds_what_is_far_below_the_anchor(tmp_path: Path, gates: dict[str, CompiledGate]) -> None:
    sets = {"regression": values(1500, 1365, 30, 30), "adversarial": ([1] * 50, [1] * 50)}
    near = model_of(tmp_path / "near", "c" * 64, {name: pair[1] for name, pair in sets.items()})
    assert judge(tmp_path / "one", gates["release"], sets, anchor=near).verdict == "pass"
    better = {"regression": [1] * 1425 + [0] * 75, "adversarial": [1] * 50}
    far = model_of(tmp_path / "far", "c" * 64, better)
    verdict = judge(tmp_path / "other", gates["release"], sets, anchor=far)
    assert words(verdict)["release"] == "fail"
    assert judge(tmp_path / "none", gates["release"], sets).verdict == "error"


def test_a_challenger_has_to_be_a_gain(tmp_path: Path, gates: dict[str, CompiledGate]) -> None:
    sets = {**EXAMPLE, "regression": values(1500, 1365, 45, 45)}
    assert judge(tmp_path / "gain", gates["challenge"], sets).verdict == "pass"
    young = judge(tmp_path / "young", gates["challenge"], sets, days=20)
    assert (young.verdict, words(young)["mature"]) == ("inconclusive", "inconclusive")
    alike = {**sets, "canary": values(400, 364, 12, 12)}
    assert words(judge(tmp_path / "alike", gates["challenge"], alike))["better"] == "inconclusive"
    worse = {**sets, "canary": values(400, 364, 8, 40)}
    assert words(judge(tmp_path / "worse", gates["challenge"], worse))["better"] == "fail"


def test_a_canary_passes_on_outcomes_enough_and_fails_on_harm(tmp_path: Path, gates: dict[str, CompiledGate]) -> None:
    few = judge(tmp_path / "few", gates["canary"], {"canary": values(60, 55, 1, 1)})
    assert few.verdict == "inconclusive"
    assert "At 98 labels a week that takes" in few.findings[0].todo
    assert (
        judge(tmp_path / "many", gates["canary"], {"canary": as_they_come(values(600, 546, 12, 12))}).verdict == "pass"
    )
    assert judge(tmp_path / "harm", gates["canary"], {"canary": values(300, 273, 2, 30)}).verdict == "fail"
