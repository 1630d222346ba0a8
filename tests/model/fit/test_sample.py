"""Which bases or settings are worth training in full: ranked by what they really learn, and only as sure as that is."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from sentinel.contract.at import NothingTrained
from sentinel.contract.kinds import Dataset, Model, form_faults
from sentinel.contract.training import Train
from sentinel.domain.refusal import Refused
from sentinel.domain.task import Prompt, task_of
from sentinel.model import base as folder_of
from sentinel.model import sample as trials
from sentinel.model.score.loaded import Loaded
from sentinel.step.sample import sample
from tests.model.tiny import attempt, dataset, small, tickets

FAST = {"batch": 8, "lr": 1e-2, "method": "full"}
LAZY = {**FAST, "lr": 1e-7}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("base") / "model"
    folder_of.save(*small(seed=1), folder)
    return Model("b" * 64, folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset(tmp_path_factory.mktemp("data") / "rows", tickets(260, longest=6))


def shortlist(folder: Path, bases: list[Model], data: Dataset, *settings: dict[str, Any], **more: Any) -> Any:
    given = [Train.model_validate(each) for each in settings] or None
    sizes = {"rungs": 2, "rows": 192, "steps": 60, "score": 60, **more}
    held = sample(attempt(folder), bases, data, settings=given, **sizes)
    assert form_faults("Shortlist", held.path) == []
    return json.loads((held.path / "shortlist.json").read_bytes())


def test_who_learns_is_before_who_does_not_and_the_order_is_certain(tmp_path: Path, base: Model, data: Dataset) -> None:
    told = shortlist(tmp_path / "a", [base], data, LAZY, FAST, rungs=1, steps=80)
    assert told["chosen"] == ["setting-2"] and told["metric"] == "accuracy"
    assert told["ranked"][0]["value"] > told["ranked"][1]["value"] + 0.2
    assert told["certain"] is True and told["uncertain"] == []
    assert told["tags"]["seed"] == 7 and told["tags"]["data"] == data.digest
    assert set(told["tags"]["versions"]) >= {"torch", "transformers"}


def test_the_same_twice_is_told_as_uncertain_and_found_again(tmp_path: Path, base: Model, data: Dataset) -> None:
    one, other = (
        shortlist(tmp_path / name, [base], data, LAZY, LAZY, rungs=1, rows=16, steps=1) for name in ("a", "b")
    )  # fmt: skip
    assert one == other
    assert one["certain"] is False and one["uncertain"] == [["setting-1", "setting-2"]]
    assert "who went on is not certain at rung 1" in one["says"]


def test_what_was_scored_before_a_kill_is_not_done_again(
    tmp_path: Path, base: Model, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    real, done = trials.tried, []

    def dying(arm: Any, *more: Any) -> list[float]:
        if len(done) == 2:
            done.append("")
            raise Killed
        done.append(arm.name)
        return real(arm, *more)

    few = {"rungs": 2, "rows": 32, "steps": 2, "score": 20}
    whole = shortlist(tmp_path / "whole", [base, base], data, **few)
    assert [(rung["rows"], rung["steps"]) for rung in whole["rungs"]] == [(16, 1), (32, 2)]
    monkeypatch.setattr(trials, "tried", dying)
    with pytest.raises(Killed):
        shortlist(tmp_path / "cut", [base, base], data, **few)
    assert shortlist(tmp_path / "cut", [base, base], data, **few) == whole
    assert len(done) == 4  # two before, one that died, one after


def test_rows_without_labels_are_scored_by_bits(tmp_path: Path, base: Model) -> None:
    rows = [{"text": row["text"]} for row in tickets(150, longest=4)]
    told = shortlist(tmp_path / "a", [base], dataset(tmp_path / "rows", rows), LAZY, FAST, rungs=1, steps=12)
    assert told["metric"] == "bits" and told["chosen"] == ["setting-2"]
    assert told["ranked"][0]["value"] < 0


def test_a_larger_sample_holds_every_row_of_a_smaller_one_and_none_that_is_scored() -> None:
    from sentinel.domain.task import Prompt

    rows = tickets(200)
    digests = [f"{number:064x}" for number in range(200)]
    given = trials.lesson("classification", Prompt(), ["a"], rows, digests, 30)
    fewer = trials.lesson("classification", Prompt(), ["a"], rows[:150], digests[:150], 30)
    assert len(given.scored) == 30
    learned = [row["text"] for row in given.learned]
    assert not set(learned) & {row["text"] for row in given.scored}
    assert [row["text"] for row in fewer.learned] == [
        text for text in learned if text in {row["text"] for row in rows[:150]}
    ]


def test_no_setting_learns_more_than_the_contract_says(tmp_path: Path, base: Model, data: Dataset) -> None:
    at = attempt(tmp_path, contract={"fields": {}, "max_tokens": 20})
    long = [Train.model_validate({"max_tokens": most}) for most in (20, 21)]
    with pytest.raises(Refused, match="the line's contract ends at 20"):
        sample(at, [base], data, settings=long)


def test_labels_are_scored_where_the_training_left_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    _, words = small()
    task = task_of("classification", Prompt(after="\nAnswer:"), ["billing", "login"])
    seen: list[str] = []

    def watched(held: Loaded, prompts: Sequence[str]) -> list[list[float]]:
        seen.append(held.device)
        return [[0.9, 0.1] for _ in prompts]

    monkeypatch.setattr(trials, "chances", watched)
    model = SimpleNamespace(device=torch.device("cuda", 1))
    assert trials._right(model, words, task, [{"text": "my card", "label": "billing"}]) == [1.0]
    assert seen == ["cuda:1"]


def test_what_cannot_be_ranked_is_refused(tmp_path: Path, base: Model, data: Dataset) -> None:
    with pytest.raises(Refused, match="E-sample-few"):
        shortlist(tmp_path / "a", [base], data)
    with pytest.raises(Refused, match="E-sample-rows"):
        shortlist(tmp_path / "b", [base, base], dataset(tmp_path / "few", tickets(40)))
    none = dataset(tmp_path / "none", [{"number": str(each)} for each in range(9)])
    with pytest.raises(Refused, match="E-forge-rows"):
        shortlist(tmp_path / "c", [base, base], none)
    held = dataset(tmp_path / "held", tickets(20), hold=0.999999)
    with pytest.raises(NothingTrained):
        shortlist(tmp_path / "d", [base, base], held)
