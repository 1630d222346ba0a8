"""Pruned and healed: smaller for good, better than right after the cut, and the same after a kill."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from sentinel.contract.at import At
from sentinel.contract.kinds import Model
from sentinel.contract.training import Prune
from sentinel.domain.refusal import Refused
from sentinel.model import base as folder_of
from sentinel.model.prune.shape import parameters, shape_of
from sentinel.model.train import holds
from sentinel.step.forge import forge
from tests.effort import slow
from tests.model import tiny

PRUNE = Prune(parameters=0.25, cycles=2, heal=12, calibration=12, slice=0.25)


class Killed(Exception):
    """The machine went away."""


class Dying(At):
    """An attempt that dies after so many checkpoints."""

    __slots__ = ()
    left = 10**9

    @contextmanager
    def save_checkpoint(self) -> Iterator[Path]:
        """Save, and die where that was the last."""
        with At.save_checkpoint(self) as folder:
            yield folder
        Dying.left -= 1
        if not Dying.left:
            raise Killed


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Model:
    place = tmp_path_factory.mktemp("base")
    model, words = tiny.small(layers=4, hidden=32)
    return Model("b" * 64, folder_of.save(model, words, place / "model"))


def made(place: Path, base: Model, prune: Prune = PRUNE, at: At | None = None, **train: Any) -> Any:
    data = tiny.dataset(place.parent / f"{place.name}-data", tiny.tickets(80))
    told = at if at is not None else tiny.attempt(place)
    return forge(told, base, data, prune=prune, train=tiny.quick(checkpoint_every=4, **train))


def record(folder: Path) -> Any:
    return json.loads((folder / "training.json").read_bytes())["prune"]


def test_a_quarter_of_the_weights_is_gone_for_good_and_healing_helps(base: Model, wholes: dict[str, Any]) -> None:
    forged = wholes["full"]
    whole, _ = folder_of.load(base.path)
    smaller, _ = folder_of.load(forged.model.path)
    told = record(forged.model.path)
    assert parameters(smaller) == told["left"] <= 0.75 * parameters(whole)
    assert shape_of(smaller) != shape_of(whole)
    last = [cut["after"] for cut in told["cuts"]][-1]
    assert told["healed"][-1]["loss"] < last, "healing did nothing"
    assert [(each["steps"], each["ended_by"]) for each in told["healed"]] == [(12, "steps")] * 2


def test_an_adapter_on_a_pruned_model_brings_nothing_back(wholes: dict[str, Any]) -> None:
    forged = wholes["lora"]
    smaller, _ = folder_of.load(forged.model.path)
    assert parameters(smaller) == record(forged.model.path)["left"]


def test_an_adapter_for_a_model_that_is_written_nowhere_is_not_given(wholes: dict[str, Any]) -> None:
    assert wholes["lora"].adapter is None
    assert not (wholes["lora"].model.path.parent / "adapter").exists()


@pytest.fixture(scope="module")
def wholes(base: Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = tmp_path_factory.mktemp("whole")
    return {method: made(place / method, base, method=method, rank=2) for method in ("full", "lora")}


@pytest.mark.parametrize(("method", "last"), [slow("full", 2), slow("full", 5), slow("full", 8), slow("lora", 8)])
def test_killed_in_any_stage_it_ends_with_the_very_same_weights(
    method: str, last: int, wholes: dict[str, Any], tmp_path: Path, base: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = wholes[method]
    first = tiny.attempt(tmp_path / "b")
    dying = Dying(first.told, first.folder)
    monkeypatch.setattr(Dying, "left", last)
    with pytest.raises(Killed):
        made(tmp_path / "b", base, at=dying, method=method, rank=2)
    monkeypatch.setattr(Dying, "left", 10**9)
    again = made(tmp_path / "b", base, method=method, rank=2)
    one, other = (load_file(each.model.path / "model.safetensors") for each in (whole, again))
    assert one.keys() == other.keys() and all(bool((one[name] == other[name]).all()) for name in one)
    assert record(whole.model.path) == record(again.model.path)


@pytest.mark.parametrize(
    ("budget", "steps", "ended_by"),
    [
        ({"steps": 17}, [12, 5, 1], ["steps", "budget.steps", "budget.steps"]),
        ({"time": "1ms"}, [1, 1, 1], ["budget.time"] * 3),
    ],
)
def test_a_budget_is_for_all_of_it_and_each_stage_says_where_it_bit(
    tmp_path: Path, base: Model, budget: dict[str, Any], steps: list[int], ended_by: list[str]
) -> None:
    forged = made(tmp_path / "a", base, budget=budget)
    whole = json.loads((forged.model.path / "training.json").read_bytes())
    stages = [*whole["prune"]["healed"], whole]
    assert [each["steps"] for each in stages] == steps
    assert [each["ended_by"] for each in stages] == ended_by
    assert "is healed: loss" in (tmp_path / "a" / "progress.jsonl").read_text()


def test_tokens_that_a_healing_read_are_gone_from_the_budget(tmp_path: Path, base: Model) -> None:
    forged = made(tmp_path / "a", base, budget={"tokens": 2500})
    whole = json.loads((forged.model.path / "training.json").read_bytes())
    stages = [*whole["prune"]["healed"], whole]
    assert stages[-1]["ended_by"] == "budget.tokens"
    last = max(each["tokens"] / each["steps"] for each in stages)
    assert sum(each["tokens"] for each in stages) <= 2500 + 3 * last, "one step is every stage's"


def test_what_was_spent_before_a_kill_is_spent(tmp_path: Path, base: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tiny.attempt(tmp_path / "a")
    monkeypatch.setattr(Dying, "left", 4)
    with pytest.raises(Killed):
        made(tmp_path / "a", base, at=Dying(first.told, first.folder), budget={"steps": 20})
    again = made(tmp_path / "a", base, budget={"steps": 20})
    assert [each["steps"] for each in record(again.model.path)["healed"]] == [12, 8]
    assert json.loads((again.model.path / "training.json").read_bytes())["steps"] == 1


def test_nothing_is_tried_on_weights_that_are_not_back_yet(
    tmp_path: Path, base: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Prune(parameters=0.1, cycles=1, heal=4, calibration=4, slice=0.25)
    first = tiny.attempt(tmp_path / "a")
    monkeypatch.setattr(Dying, "left", 2)
    with pytest.raises(Killed):
        made(tmp_path / "a", base, small, at=Dying(first.told, first.folder), precision="bf16")
    monkeypatch.setattr(holds, "_why_not_bf16", lambda *_: "it is noise")
    again = made(tmp_path / "a", base, small, precision="bf16")
    told = json.loads((again.model.path / "training.json").read_bytes())
    assert (told["precision"], told["notes"]) == ("bf16", [])


def test_floors_that_allow_too_little_are_refused_with_what_they_allow(tmp_path: Path, base: Model) -> None:
    tight = Prune.model_validate({"parameters": 0.5, "floors": {"layers": 0.9, "width": 0.9, "groups": 0.9}})
    with pytest.raises(Refused) as refused:
        made(tmp_path / "a", base, tight)
    assert refused.value.refusal.code == "E-prune-floors" and "50%" in refused.value.refusal.what
