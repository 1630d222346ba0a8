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
from sentinel.domain.task import Prompt
from sentinel.model import base as folder_of
from sentinel.model import sample as trials
from sentinel.model.score.loaded import Loaded
from sentinel.step.sample import sample
from tests.model.tiny import TOPICS, attempt, dataset, small, tickets

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


@pytest.mark.long
def test_the_same_twice_is_told_as_uncertain_and_found_again(tmp_path: Path, base: Model, data: Dataset) -> None:
    one, other = (
        shortlist(tmp_path / name, [base], data, LAZY, LAZY, rungs=1, rows=16, steps=1) for name in ("a", "b")
    )  # fmt: skip
    assert one == other
    assert one["certain"] is False and one["uncertain"] == [["setting-1", "setting-2"]]
    assert "who went on is not certain at rung 1" in one["says"]


@pytest.mark.long
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


def texts(folder: Path, long: int) -> Dataset:
    """Rows of text, of which so many of a hundred have some eighty tokens."""
    rows = [
        {"text": row["text"] + " refund again" * 22 * (number % 100 < long)}
        for number, row in enumerate(tickets(240, longest=3))
    ]
    return dataset(folder, rows)


@pytest.mark.long
def test_who_reads_less_of_a_row_is_no_better_for_it(tmp_path: Path, base: Model) -> None:
    """A base that could hold fewer tokens was scored on the rows that it could hold, and took fewer bits."""
    folder_of.save(*small(seed=1, context=48), tmp_path / "short")
    short = Model("s" * 64, tmp_path / "short")
    held = texts(tmp_path / "rows", long=30)
    told = shortlist(tmp_path / "a", [base, short], held, LAZY, rungs=1, rows=16, steps=1)
    one, other = told["ranked"]
    assert one["value"] == other["value"] and told["certain"] is False
    assert 20 <= told["rungs"][0]["scored_on"] < 60
    with pytest.raises(Refused, match="E-sample-rows"):
        shortlist(tmp_path / "b", [base, short], texts(tmp_path / "long", long=100), LAZY, rungs=1, steps=1)


@pytest.mark.long
def test_an_arm_learns_from_all_of_its_rows_whatever_its_processes(tmp_path: Path, base: Model, data: Dataset) -> None:
    few = {"rungs": 1, "rows": 64, "steps": 8}
    one, other = shortlist(tmp_path / "a", [base], data, FAST, {**FAST, "processes": 2}, **few)["ranked"]
    assert one["value"] == other["value"] and one["value"] > 0


def test_rows_that_hold_nothing_to_learn_are_refused(base: Model) -> None:
    from sentinel.domain.task import Prompt

    given = trials.Lesson("chat", Prompt(), [], [{"messages": "[1]"}] * 9, [])
    with pytest.raises(Refused, match=r"E-sample-rows: of 9 rows none holds anything to learn within 96 tokens"):
        trials.tried(trials.Arm("a", base.path, base.digest, Train()), given, 9, 1, 1, print)


def test_a_first_token_counts_for_those_whose_tokenizer_begins_with_none(base: Model) -> None:
    from sentinel.domain.task import Prompt

    given = trials.Lesson("text", Prompt(), [], [{"text": "my card"}], [{"text": "my card"}, {"text": "my"}])
    found = trials.tried(trials.Arm("a", base.path, base.digest, Train.model_validate(LAZY)), given, 1, 1, 1, print)
    _, words = folder_of.load(base.path)
    # of a model that knows nothing each token takes about as many bits as there are tokens to tell apart
    each = [len(words(row["text"])["input_ids"]) + 1 for row in given.scored]
    assert found == [pytest.approx(-8.7 * count, rel=0.1) for count in each]


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


def test_labels_are_scored_where_the_training_left_the_model(base: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def watched(held: Loaded, texts: Sequence[str]) -> list[list[float]]:
        seen.append(held.device)
        return [[0.8, 0.1, 0.1] for _ in texts]

    there = SimpleNamespace(device=torch.device("cuda", 1), eval=lambda: None)
    monkeypatch.setattr(trials, "learn", lambda *_, **__: (there, {}))
    monkeypatch.setattr(trials, "chances", watched)
    rows = tickets(60)
    given = trials.lesson("classification", Prompt(), sorted(TOPICS), rows, [f"{n:064}" for n in range(60)], 20)
    arm = trials.Arm("base-1", base.path, base.digest, Train())
    assert len(trials.tried(arm, given, 20, 1, 7, print)) == len(given.scored)
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
