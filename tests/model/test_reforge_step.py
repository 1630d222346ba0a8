"""The step reforge: a model is trained as its parent was, with what is changed, and no card is believed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.at import At
from sentinel.contract.kinds import Card, Dataset, Model
from sentinel.contract.training import Change, Prune, Train
from sentinel.domain.refusal import Refused
from sentinel.step.forge import forge
from sentinel.step.reforge import reforge
from tests.model.tiny import TINY, attempt, dataset, tickets

TRAIN = {"method": "full", "steps": 3, "batch": 8, "lr": 0.003}
SETTINGS = {"scratch": TINY.model_dump(mode="json"), "prune": None, "train": Train(**TRAIN).model_dump(mode="json")}
BASE = {"file": "base"}
MODEL = "a" * 64


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "data", tickets(60))


def lineage(*makers: Any) -> Any:
    trained = [{"version": f"v{number}", **each} for number, each in enumerate(makers)]
    step = {"id": "tuned", "use": trained[0]["use"], "params": trained[0]["params"]} if trained else None
    return {
        "line": "router", "version": "v0", "made_by": {"recipe": "small", "source": "c" * 64, "step": step},
        "trained": trained, "ancestors": [{"version": "v0", "label": "v0", "model": MODEL, "parents": []}],
    }  # fmt: skip


FORGED = lineage({"use": "forge", "params": SETTINGS})


def asked(folder: Path, record: Any = FORGED) -> At:
    at = attempt(folder, base=BASE)
    return replace_reads(at, record)


def replace_reads(at: At, record: Any) -> At:
    return At(replace(at.told, reads={**at.told.reads, "lineage": record}), at.folder)


def parent(tmp_path: Path) -> Model:
    (tmp_path / "parent").mkdir(exist_ok=True)
    return Model(MODEL, tmp_path / "parent")


def card(tmp_path: Path, **more: Any) -> Card:
    folder = tmp_path / "card"
    folder.mkdir()
    told = {"model": MODEL, "line": "router", "base": BASE, "lineage": FORGED, **more}
    (folder / "card.json").write_text(json.dumps(told))
    return Card("b" * 64, folder)


def figures(made: Any) -> Any:
    return json.loads((made.model.path / "training.json").read_text())


def weights(made: Any) -> bytes:
    return (made.model.path / "model.safetensors").read_bytes()


def test_with_nothing_changed_it_is_what_forge_makes_of_the_same_settings(tmp_path: Path, data: Dataset) -> None:
    again = reforge(asked(tmp_path / "a"), parent(tmp_path), None, data, None)
    same = forge(attempt(tmp_path / "b"), None, data, scratch=TINY, train=Train(**TRAIN))
    assert weights(again) == weights(same) and figures(again)["steps"] == 3


def test_what_is_changed_is_changed_and_the_rest_stays(tmp_path: Path, data: Dataset) -> None:
    at = asked(tmp_path / "a")
    made = reforge(at, parent(tmp_path), None, data, None, change=Change(train=Train(steps=2)))
    assert figures(made)["steps"] == 2
    other = reforge(asked(tmp_path / "b"), parent(tmp_path), None, data, None, change=Change(train=Train(batch=4)))
    assert figures(other)["steps"] == 3 and weights(other) != weights(made)


def test_the_settings_of_a_parent_that_was_reforged_itself_are_those_of_all_before_it(
    tmp_path: Path, data: Dataset
) -> None:
    record = lineage({"use": "reforge", "params": {"change": {"train": {"steps": 2}}}},
                     {"use": "forge", "params": SETTINGS})  # fmt: skip
    assert figures(reforge(asked(tmp_path / "a", record), parent(tmp_path), None, data, None))["steps"] == 2


def test_it_prunes_though_its_parent_was_not_and_does_not_where_that_is_said(tmp_path: Path, data: Dataset) -> None:
    cut = Prune(parameters=0.2, cycles=1, heal=1, calibration=4)
    made = reforge(asked(tmp_path / "a"), parent(tmp_path), None, data, None, change=Change(prune=cut))
    assert figures(made)["prune"]["left"] < figures(made)["prune"]["parameters"]
    record = lineage({"use": "forge", "params": {**SETTINGS, "prune": cut.model_dump(mode="json")}})
    made = reforge(asked(tmp_path / "b", record), parent(tmp_path), None, data, None, change=Change(unpruned=True))
    assert "prune" not in figures(made)


def test_without_a_parent_it_is_trained_as_the_card_says(tmp_path: Path, data: Dataset) -> None:
    assert figures(reforge(asked(tmp_path / "a", {}), None, None, data, card(tmp_path)))["steps"] == 3


def test_a_true_card_beside_its_parent_is_no_hindrance(tmp_path: Path, data: Dataset) -> None:
    assert figures(reforge(asked(tmp_path / "a"), parent(tmp_path), None, data, card(tmp_path)))["steps"] == 3


LIES: list[tuple[dict[str, Any], str]] = [
    ({"base": {"hub": "acme/other"}}, "its base is hub acme/other, and the line's base is file base"),
    ({"base": None}, "its base is none"),
    ({"model": "f" * 64}, "its model is ffffffffffff, and the parent is aaaaaaaaaaaa"),
    ({"lineage": {**FORGED, "made_by": {**FORGED["made_by"], "source": "d" * 64}}}, "the recipe's text was dddd"),
    ({"lineage": lineage({"use": "forge", "params": {**SETTINGS, "train": {"rank": 1}}})}, "the step that made it"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "told"), LIES)
def test_a_card_that_lies_is_refused_with_what_it_lies_about(
    tmp_path: Path, data: Dataset, said: dict[str, Any], told: str
) -> None:
    with pytest.raises(Refused, match="E-card-lies") as refused:
        reforge(asked(tmp_path / "a"), parent(tmp_path), None, data, card(tmp_path, **said))
    assert told in refused.value.refusal.what
    assert not list((tmp_path / "a").rglob("*.safetensors"))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"model": 3}', b"[" * 50_000, b'{"model": "../x"}', b"\xff"])
def test_what_is_no_card_is_refused(tmp_path: Path, data: Dataset, text: bytes) -> None:
    held = card(tmp_path)
    (held.path / "card.json").write_bytes(text)
    with pytest.raises(Refused, match="E-no-card"):
        reforge(asked(tmp_path / "a", {}), None, None, data, held)


@pytest.mark.parametrize(("record", "told"), [
    (lineage({"use": "import", "params": {}}), "no training on record"),
    ({}, "no training on record"),
    (lineage({"use": "forge", "params": {**SETTINGS, "train": {"rnak": 3}}}), "`train.rnak` is no setting"),
    (lineage({"use": "forge", "params": {**SETTINGS, "train": [3]}}), "`train` is no setting"),
])  # fmt: skip
def test_a_parent_whose_record_says_nothing_of_use_is_refused(
    tmp_path: Path, data: Dataset, record: Any, told: str
) -> None:
    with pytest.raises(Refused, match="E-reforge-record") as refused:
        reforge(asked(tmp_path / "a", record), parent(tmp_path), None, data, None)
    assert told in refused.value.refusal.what


def test_where_nothing_says_how_to_train_it_is_refused(tmp_path: Path, data: Dataset) -> None:
    with pytest.raises(Refused, match="nothing says how to train"):
        reforge(asked(tmp_path / "a", {}), None, None, data, None)
