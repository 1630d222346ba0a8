"""The step: a dataset and a base, or nothing, become a model that says how it was made, each time the same."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.kinds import Dataset, Model, form_faults
from sentinel.contract.registry import registered
from sentinel.contract.training import Scratch
from sentinel.data.dataset import Held
from sentinel.domain.refusal import Refused
from sentinel.evidence.paired import mcnemar
from sentinel.model import base as folder_of
from sentinel.model.batches import padded
from sentinel.model.tokens import encode
from sentinel.model.train.counted import summed
from sentinel.model.train.holds import tensors
from sentinel.step.forge import Forged, forge
from sentinel.store import Store
from sentinel.worker.call import call
from sentinel.worker.pins import pins_of
from sentinel.worker.ports import keep, made_by
from tests.model.tiny import MOVED, TINY, attempt, dataset, quick, small, tickets


def forged(
    folder: Path, data: Dataset, base: Model | None = None, scratch: Scratch | None = None, **more: Any
) -> Forged:
    return forge(attempt(folder), base, data, scratch=scratch, train=quick(**more))


def digest(folder: Path, made: Path) -> str:
    return Store(folder / "store").put(made).digest


def base(folder: Path) -> Model:
    model, words = small(seed=4)
    return Model("b" * 64, folder_of.save(model, words, folder / "base"))


def record(made: Forged) -> Any:
    return json.loads((made.model.path / "training.json").read_text())


def answers(model: Path, texts: list[str]) -> list[str]:
    """What a model says to each text: the label that it finds the likeliest, said whole."""
    loaded, words = folder_of.load(model)
    task = folder_of.task_of(model)
    assert task is not None
    said = []
    with torch.no_grad():
        for text in texts:
            rows = [{"text": text, "label": label} for label in task.labels]
            samples = encode(rows, task, words, 96).samples
            losses = [summed(loaded, tensors(padded([each], 0), "cpu")).item() for each in samples]
            said.append(task.labels[losses.index(min(losses))])
    return said


def test_a_model_from_nothing_says_its_task_and_its_training_and_is_the_same_each_time(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", tickets(120))
    one, two = (forged(tmp_path / each, data, scratch=TINY, held_out=0.2) for each in ("one", "two"))
    assert form_faults("Model", one.model.path) == []
    assert one.adapter is None
    assert digest(tmp_path, one.model.path) == digest(tmp_path, two.model.path)
    task = folder_of.task_of(one.model.path)
    assert task is not None and task.labels == ("billing", "hardware", "login")
    assert task.answers == (" billing", " hardware", " login")
    told = record(one)
    assert told["method"] == "full" and told["ended_by"] == "epochs" and told["held_out"][0][0] == 0
    assert str(tmp_path) not in "".join(file.read_text("latin-1") for file in one.model.path.iterdir())


def test_no_row_of_the_gate_side_is_ever_among_those_that_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentinel.model.train import forge as inside

    data = dataset(tmp_path / "data", tickets(120))
    seen: list[str] = []
    real = inside.encode
    monkeypatch.setattr(
        inside, "encode", lambda rows, *more: (seen.extend(row["text"] for row in rows), real(rows, *more))[1]
    )
    forged(tmp_path / "one", data, scratch=TINY, steps=1, held_out=0.3)
    held = Held(data.path)
    assert sorted(seen) == sorted(held.on("train")["text"])
    assert not set(seen) & set(held.on("gate")["text"])


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_an_adapter_is_given_beside_the_model_that_it_is_merged_into(tmp_path: Path, method: str) -> None:
    data, start = dataset(tmp_path / "data", tickets(60)), base(tmp_path)
    one, two = (forged(tmp_path / each, data, start, method=method, rank=4, lr=0.01) for each in ("one", "two"))
    assert one.adapter is not None and two.adapter is not None
    assert digest(tmp_path, one.model.path) == digest(tmp_path, two.model.path)
    assert digest(tmp_path, one.adapter.path) == digest(tmp_path, two.adapter.path)
    names = {file.name for file in one.adapter.path.iterdir()}
    assert names == {"adapter_config.json", "adapter_model.safetensors", "base.json"}
    assert json.loads((one.adapter.path / "base.json").read_text()) == {"version": 1, "base": "b" * 64}
    from peft import PeftModel

    loaded, words = folder_of.load(start.path)
    put_on = PeftModel.from_pretrained(loaded, one.adapter.path).eval()
    merged, _ = folder_of.load(one.model.path)
    ids = torch.tensor([words("my invoice")["input_ids"]])
    with torch.no_grad():
        assert (put_on(ids).logits - merged(ids).logits).abs().max() < 1e-4


def test_training_an_adapter_makes_a_difference_on_the_gate_side_that_a_paired_test_detects(tmp_path: Path) -> None:
    rows = tickets(240)
    moved = [{**row, "label": MOVED[row["label"]]} for row in rows]  # the queues had other names once
    sizes = TINY.model_copy(update={"hidden": 48})
    before = forged(tmp_path / "old", dataset(tmp_path / "a", moved), scratch=sizes, lr=5e-3, epochs=3)
    data = dataset(tmp_path / "b", rows)
    start = Model("b" * 64, before.model.path)
    after = forged(tmp_path / "new", data, start, method="lora", rank=8, lr=1e-2, epochs=3)
    gate = Held(data.path).on("gate")
    told = [np.array(answers(each.path, gate["text"].to_list())) for each in (start, after.model)]
    worse, better = (told[0] == gate["label"].to_list()), (told[1] == gate["label"].to_list())
    assert mcnemar(int((better & ~worse).sum()), int((worse & ~better).sum())) < 0.001
    assert better.mean() > 0.8 > worse.mean()


def test_a_later_training_knows_the_labels_of_its_base_and_those_that_are_new(tmp_path: Path) -> None:
    rows = tickets(80)
    first = forged(tmp_path / "one", dataset(tmp_path / "a", rows), scratch=TINY, steps=1)
    fresh = [row for row in rows if row["label"] != "login"] + [{"text": "a drone fell", "label": "drones"}] * 3
    second = forged(tmp_path / "two", dataset(tmp_path / "b", fresh), Model("c" * 64, first.model.path), steps=1)
    task = folder_of.task_of(second.model.path)
    assert task is not None and task.labels == ("billing", "drones", "hardware", "login")


def test_a_chat_and_a_text_can_be_learned_too(tmp_path: Path) -> None:
    turns = json.dumps([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}])
    rows = [{"messages": turns + " " * number} for number in range(4)]
    chat = forged(tmp_path / "chat", dataset(tmp_path / "a", rows, 0.0), scratch=TINY, steps=1)
    assert record(chat)["rows"] >= 1
    text = forged(tmp_path / "text", dataset(tmp_path / "b", [{"text": row["text"]} for row in tickets(20)]),
                  scratch=TINY, steps=1)  # fmt: skip
    assert folder_of.task_of(text.model.path).form == "text"


def test_without_a_row_to_train_on_nothing_is_trained(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", tickets(10), hold=1.0)
    with pytest.raises(NothingTrained, match="no row on the train side"):
        forged(tmp_path / "one", data, scratch=TINY)


def spoiled(tmp_path: Path, how: str) -> Model:
    start = base(tmp_path)
    config = json.loads((start.path / "config.json").read_text())
    weights = load_file(start.path / "model.safetensors")
    match how:
        case "pickle":
            torch.save(weights, start.path / "pytorch_model.bin")
        case "tokenizer":
            config["vocab_size"] = 200
            weights["model.embed_tokens.weight"] = weights["model.embed_tokens.weight"][:200].clone()
        case "no causal LM":
            config["architectures"] = ["BertModel"]
        case "half":
            del weights["model.layers.1.mlp.up_proj.weight"]
        case "no width":
            config["hidden_size"] = None
        case "a width in words":
            config["hidden_size"] = "32"
        case "no vocabulary":
            config["vocab_size"] = None
        case "no head":
            config["num_attention_heads"] = 0
        case "heads that do not share":
            config["num_attention_heads"] = 3
        case "a torn file":
            weights = {}
            file = start.path / "model.safetensors"
            file.write_bytes(file.read_bytes()[:100])
        case "no tokens":
            told = json.loads((start.path / "tokenizer.json").read_text())
            (start.path / "tokenizer.json").write_text(json.dumps({**told, "pre_tokenizer": {"type": "Telepathy"}}))
        case "no weights":
            (start.path / "model.safetensors").unlink()
            weights = {}
    (start.path / "config.json").write_text(json.dumps(config))
    if weights:
        save_file(weights, start.path / "model.safetensors", {"format": "pt"})
    return start


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("pickle", "E-model-pickle.*pytorch_model.bin"),
        ("tokenizer", "E-tokenizer-fit.*the model knows 200"),
        ("no causal LM", "E-model-causal.*BertModel is no causal"),
        ("half", "E-model-weights.*up_proj"),
        ("no weights", "E-model-weights.*no weights"),
        ("no width", "E-model-read.*config.json cannot be read"),
        ("a width in words", "E-model-read.*config.json cannot be read"),
        ("no vocabulary", "E-model-read.*config.json cannot be read"),
        ("no head", "E-model-read.* cannot be read"),
        ("heads that do not share", "E-model-read.* cannot be read"),
        ("a torn file", "E-model-read.*the model cannot be read"),
        ("no tokens", "E-model-read.*the tokenizer cannot be read"),
    ],
)
def test_a_base_that_cannot_be_trained_is_refused_with_its_sentence(tmp_path: Path, how: str, says: str) -> None:
    data = dataset(tmp_path / "data", tickets(20))
    with pytest.raises(Refused, match=says):
        forged(tmp_path / "one", data, spoiled(tmp_path, how))
    assert not (tmp_path / "one" / "out" / "model").exists(), "nothing is written by half"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "E-forge-start"),
        ({"scratch": TINY, "method": "lora"}, "E-forge-method"),
        ({"scratch": TINY, "max_tokens": 5000}, "E-context.*the model holds 96"),
        ({"scratch": TINY, "max_tokens": 4}, "E-label-length|E-room"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, given: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        forged(tmp_path / "one", dataset(tmp_path / "data", tickets(20)), **given)


def test_rows_are_learned_as_long_as_the_contract_says(tmp_path: Path) -> None:
    """A contract of so many tokens stood in sentinel.yaml, and no row was held to it."""
    data, kept = dataset(tmp_path / "data", tickets(20)), {"contract": {"fields": {}, "max_tokens": 20}}

    def room(name: str, **train: int) -> int:
        made = forge(attempt(tmp_path / name, **kept), None, data, scratch=TINY, train=quick(steps=1, **train))
        return int(record(made)["room"])

    assert room("default") == 20 and room("less", max_tokens=18) == 18
    with pytest.raises(Refused, match="rows of 21 tokens are asked for, and the line's contract ends at 20"):
        room("more", max_tokens=21)
    kept["contract"]["max_tokens"] = 500
    with pytest.raises(Refused, match="E-context: rows of 500 tokens are asked for, and the model holds 96"):
        room("long")


def test_the_step_makes_a_version_and_may_give_an_adapter() -> None:
    held = registered(forge)
    assert held.makes == "version" and held.reads == ("line",)
    assert {name: port.optional for name, port in held.outputs.items()} == {"model": False, "adapter": True}


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_worker_keeps_what_it_gives_and_pins_the_version(tmp_path: Path, method: str) -> None:
    data, start = dataset(tmp_path / "data", tickets(30)), base(tmp_path)
    held = registered(forge)
    params = {"train": {"method": method, "steps": 1, "rank": 2}}
    at = attempt(tmp_path / "one")
    at = At(replace(at.told, params=params), at.folder, {"base": (start,), "data": (data,)})
    store = Store(tmp_path / "kept")
    outputs, sizes = keep(made_by(call(held, at), held.outputs), held.outputs, "tuned", at.folder, store)
    assert len(outputs["model"]) == 1 and len(outputs["adapter"]) == (method == "lora")
    assert len(sizes) == 1 + (method == "lora")
    pins = pins_of(store.manifest(outputs["model"][0].digest), 1)
    assert pins["tokenizer"] is not None and any(each.startswith("torch==") for each in pins["lock"])
