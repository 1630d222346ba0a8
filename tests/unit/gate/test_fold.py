"""The gate `fold`, as shipped: what folded well passes, what is apart or has lost what an adapter knew does not."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At, Look
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import EvalReport, Model
from sentinel.contract.registry import load
from sentinel.data.report import write_report
from sentinel.domain.digest import digest_of
from sentinel.domain.form import to_json
from sentinel.domain.verdict import Finding, Verdict
from sentinel.gate.fold_parity import fold_parity
from sentinel.gate.fold_scores import fold_scores
from sentinel.recipe.check import check_workspace
from sentinel.recipe.gates import CompiledGate
from sentinel.recipe.starter import write_starter
from sentinel.step.gate import judged

MADE, BASE, ONE, TWO = "a" * 64, "b" * 64, "1" * 64, "2" * 64
LOOK = Look("fold")
REGISTRY = load()
GOOD = [1] * 900 + [0] * 100
WORSE = [1] * 800 + [0] * 200


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> CompiledGate:
    """The gate that `init` writes, compiled as a user's is."""
    home = tmp_path_factory.mktemp("home")
    write_starter(home)
    return check_workspace(home, REGISTRY).gates["fold"]


def model(folder: Path, nats: float | None = 1e-5, texts: int = 60) -> Model:
    """A folded model, as far as a gate looks at it."""
    folder.mkdir()
    adapters = [{"digest": each, "weight": 1.0} for each in (ONE, TWO)]
    (folder / "fold.json").write_text(json.dumps({"version": 1, "base": BASE, "adapters": adapters}))
    if nats is not None:
        told = {"model": BASE, "texts": [[20 + number % 7, nats * (1 + number % 3), 1.0] for number in range(texts)]}
        (folder / "fold-parity.json").write_text(json.dumps(told))
    return Model(MADE, folder)


def report(folder: Path, about: str, sets: dict[str, Sequence[float]]) -> EvalReport:
    """What a model answered."""
    rows = [
        {"set": name, "doc": f"{name}{number:05}", "value": float(value)}
        for name, values in sets.items()
        for number, value in enumerate(values)
    ]
    frame = pl.DataFrame(rows).with_columns(prompt=pl.lit("p"), task=pl.lit("t"), metric=pl.lit("accuracy"))
    folder.mkdir()
    write_report(folder, about, "classification", {}, {name: {"metric": "accuracy"} for name in sets}, frame)
    return EvalReport(digest_of([about, *sets]), folder)


def world(place: Path, first: Sequence[float] = GOOD, second: Sequence[float] = GOOD) -> dict[str, tuple[Any, ...]]:
    """A folded model with its report on two sets, and the report of each adapter by itself."""
    return {
        "model": (model(place / "model"),),
        "candidate": (report(place / "new", MADE, {"refunds": first, "returns": second}),),
        "adapters": (
            report(place / "one", digest_of([BASE, ONE]), {"refunds": GOOD}),
            report(place / "two", digest_of([BASE, TWO]), {"returns": GOOD}),
        ),
    }


def verdict(place: Path, gate: CompiledGate, inputs: dict[str, tuple[Any, ...]]) -> Verdict:
    held = {"plan": to_json(gate.plan), "round": 1, "champion": None, "champion_model": None, "looks": 1}
    told = AttemptIn("a1", "r1", "whole", "gate", {}, {}, str(place), str(place), gate=held,
                     takes={name: port.kind for name, port in gate.ports.items()})  # fmt: skip
    return judged(At(told, place, inputs), REGISTRY)


def scores(inputs: dict[str, tuple[Any, ...]], **more: Any) -> Finding:
    return fold_scores(LOOK, inputs["model"][0], inputs["candidate"][0], list(inputs["adapters"]), **more)


def test_the_shipped_gate_lets_a_good_fold_pass(tmp_path: Path, gate: CompiledGate) -> None:
    found = verdict(tmp_path, gate, world(tmp_path))
    assert [(each.check, each.verdict) for each in found.findings] == [("fold_parity", "pass"), ("fold_scores", "pass")]
    assert (found.verdict, found.subject) == ("pass", MADE)


@pytest.mark.parametrize("which", ["first", "second"])
def test_one_adapter_that_lost_is_enough(tmp_path: Path, gate: CompiledGate, which: Any) -> None:
    inputs = world(tmp_path, **{which: WORSE})
    found = verdict(tmp_path, gate, inputs)
    assert found.verdict == "fail"
    lost = found.findings[1]
    name, of = ("refunds", ONE) if which == "first" else ("returns", TWO)
    assert lost.sentence.startswith(
        f"Of 2 comparisons with 2 adapters, on `{name}` with {of[:12]}: It is worse: -10.0 points on 1000 documents"
    )


def test_too_few_documents_do_not_tell(tmp_path: Path) -> None:
    few = world(tmp_path)
    few["adapters"] = (report(tmp_path / "f1", digest_of([BASE, ONE]), {"few": [1] * 30}), few["adapters"][1])
    few["candidate"] = (report(tmp_path / "f2", MADE, {"few": [1] * 28 + [0] * 2, "returns": GOOD}),)
    found = scores(few)
    assert found.verdict == "inconclusive" and found.evidence["n_more"] and "label" in found.todo


def test_what_nobody_has_evaluated_never_passes(tmp_path: Path) -> None:
    inputs = world(tmp_path)
    assert scores({**inputs, "adapters": inputs["adapters"][:1]}).sentence == (
        f"Nobody has evaluated the folded adapter {TWO[:12]} by itself."
    )
    other = report(tmp_path / "other", MADE, {"refunds": GOOD})
    assert scores({**inputs, "candidate": (other,)}).verdict == "error"  # not asked the set of the second
    about = report(tmp_path / "about", BASE, {"refunds": GOOD, "returns": GOOD})
    assert "is not about the folded model" in scores({**inputs, "candidate": (about,)}).sentence
    (inputs["model"][0].path / "fold.json").unlink()
    assert "does not tell what was folded" in scores(inputs).sentence


@pytest.mark.parametrize(
    ("nats", "texts", "wanted"), [(1e-5, 60, "pass"), (0.2, 60, "fail"), (1e-5, 40, "inconclusive"), (None, 0, "error")]
)
def test_parity_is_judged_beyond_doubt(tmp_path: Path, nats: float | None, texts: int, wanted: str) -> None:
    found = fold_parity(LOOK, model(tmp_path / "model", nats, texts))
    assert found.verdict == wanted
    assert found.todo or wanted == "pass"


@pytest.mark.parametrize("told", ["[", '{"texts": [[3, NaN, 1]]}', '{"texts": [[0, 0.1, 1]]}', '{"texts": [3]}'])
def test_parity_that_cannot_be_read_is_an_error(tmp_path: Path, told: str) -> None:
    made = model(tmp_path / "model")
    (made.path / "fold-parity.json").write_text(told)
    assert fold_parity(LOOK, made).verdict == "error"
