"""What preflight says of bases, rows and places that fit, and of those that do not; and what the gate makes of it."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.at import At, Look, NothingTrained
from sentinel.contract.kinds import Dataset, Model, Preflight, form_faults
from sentinel.contract.registry import load
from sentinel.contract.training import Prune, Train
from sentinel.domain.needs import MIB, Needs, Slots
from sentinel.domain.preflight import NO, OK, WARN
from sentinel.domain.refusal import Refused
from sentinel.domain.task import Prompt, task_of
from sentinel.gate.disk import disk
from sentinel.gate.fits import fits
from sentinel.gate.memory_fit import memory_fit
from sentinel.model import base as folder_of
from sentinel.model import fit, place
from sentinel.model.memory import Batch, training
from sentinel.model.shape import Shape
from sentinel.recipe.check import check_workspace
from sentinel.recipe.gates import CompiledGate
from sentinel.recipe.starter import write_starter
from sentinel.step.gate import judged
from sentinel.step.preflight import Preflighted, preflight
from tests.model.tiny import attempt, dataset, small, tickets

NODES = {"here": {"cpus": 2, "gpus": 0, "gpu_memory": 0, "memory": 8 * 2**30}}
SHAPE = Shape(64, 2, 4, 64, 64, 192, 320, tied=True, context=512)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("base") / "model"
    folder_of.save(*small(seed=1), folder)
    return Model("b" * 64, folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset(tmp_path_factory.mktemp("data") / "rows", tickets(120))


def looked(folder: Path, base: Model | None, data: Dataset, needs: Needs | None = None, **more: Any) -> Preflighted:
    at = attempt(folder)
    told = replace(at.told, needs=needs or Needs(memory=4096 * MIB), reads={**at.reads, "nodes": NODES})
    train = Train.model_validate({"epochs": 1, "batch": 8, **more.pop("train", {})})
    return preflight(At(told, folder), base, data, train=train, **more)


def points(held: Preflighted) -> dict[str, Any]:
    found = json.loads((held.preflight.path / "preflight.json").read_bytes())["points"]
    return {each["what"]: each for each in found}


def plan(held: Preflighted) -> Any:
    return json.loads((held.plan.path / "plan.json").read_bytes())


def changed(base: Model, folder: Path, **config: Any) -> Model:
    """The base with another config.json."""
    folder.mkdir()
    for each in base.path.iterdir():
        os.link(each, folder / each.name)
    held = {**json.loads((folder / "config.json").read_bytes()), **config}
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps(held))
    return Model("c" * 64, folder)


def test_what_fits_is_said_to_fit_and_its_plan_tells_steps_and_time(tmp_path: Path, base: Model, data: Dataset) -> None:
    held = looked(tmp_path / "a", base, data, price=2.0, train={"method": "lora", "rank": 4})
    assert {name: each["standing"] for name, each in points(held).items()} == dict.fromkeys(
        ("dependencies", "token", "architecture", "tokenizer", "form", "template", "unknown", "context", "memory",
         "disk", "probe"), OK
    )  # fmt: skip
    told = plan(held)
    assert told["steps"] == -(-told["rows"] // 8) and told["ended_by"] == "epochs"
    assert 0 < told["time"]["at_least_s"] < told["time"]["at_most_s"]
    assert told["cost"]["price"][0] <= told["cost"]["price"][1]
    assert points(held)["memory"]["figures"]["measured_mib"] > 100
    assert form_faults("Preflight", held.preflight.path) == form_faults("TrainPlan", held.plan.path) == []


def test_the_plan_is_that_of_the_training(tmp_path: Path, base: Model, data: Dataset) -> None:
    from sentinel.step.forge import forge

    told = plan(looked(tmp_path / "a", base, data, probe=False))
    made = forge(attempt(tmp_path / "b"), base, data, train=Train.model_validate({"epochs": 1, "batch": 8}))
    training = json.loads((made.model.path / "training.json").read_bytes())
    assert (told["steps"], told["tokens"], told["rows"], told["rate"], told["room"]) == tuple(
        training[name] for name in ("planned", "tokens", "rows", "rate", "room")
    )
    assert told["time"] is None and told["cost"] is None


def test_a_training_that_prunes_first_is_asked_about_with_its_teacher(
    tmp_path: Path, base: Model, data: Dataset
) -> None:
    """Preflight took no `prune`, and what it takes was counted nowhere."""
    more = {"probe": False, "train": {"method": "lora", "rank": 4}}
    plain = looked(tmp_path / "a", base, data, **more)
    pruned = looked(tmp_path / "b", base, data, prune=Prune(parameters=0.1, cycles=2, heal=50), **more)
    parts = [points(each)["memory"]["figures"]["parts"] for each in (plain, pruned)]
    assert parts[0]["teacher"] == 0 and parts[1]["teacher"] == parts[1]["weights"]
    assert plan(pruned)["memory"] > plan(plain)["memory"] and plan(pruned)["prune"]["heal"] == 50
    assert plan(plain)["prune"] is None


def test_the_time_of_healing_is_counted(tmp_path: Path, base: Model, data: Dataset) -> None:
    plain = plan(looked(tmp_path / "a", base, data))
    pruned = plan(looked(tmp_path / "b", base, data, prune=Prune(cycles=5, heal=1000)))
    assert pruned["time"]["at_least_s"] > 20 * plain["time"]["at_most_s"]


def test_from_nothing_is_looked_at_too(tmp_path: Path, data: Dataset) -> None:
    from sentinel.contract.training import Scratch

    sizes = Scratch(hidden=32, layers=2, heads=2, context=96, vocabulary=320)
    held = looked(tmp_path / "a", None, data, scratch=sizes)
    assert {each["standing"] for each in points(held).values()} == {OK}


@pytest.mark.parametrize(
    ("config", "what", "says"),
    [
        ({"model_type": "t5"}, "architecture", "transformers here knows no causal model of the family t5."),
        ({"model_type": "made-up"}, "architecture", "no causal model of the family made-up"),
        ({"architectures": ["LlamaForSequenceClassification"]}, "architecture", "is no causal language model."),
        ({"vocab_size": 50}, "tokenizer", "and the model knows 50."),
        ({"max_position_embeddings": 24}, "context", "of the rows are cut to 24 tokens."),
        ({"hidden_size": None}, "architecture", "It does not say how wide and deep the model is"),
        ({"num_hidden_layers": 20_000}, "memory", "The training takes "),
    ],
)
def test_a_base_that_does_not_fit_is_told_before_it_is_loaded(
    tmp_path: Path, base: Model, data: Dataset, config: Any, what: str, says: str
) -> None:
    held = looked(tmp_path / "a", changed(base, tmp_path / "base", **config), data, train={"batch": 4})
    point = points(held)[what]
    assert (point["standing"], bool(point["todo"])) == (NO, True) and says in point["says"]
    assert plan(held)["time"] is None and "probe" not in points(held)


def test_a_base_without_what_it_needs_is_told(tmp_path: Path, base: Model, data: Dataset) -> None:
    bare = changed(base, tmp_path / "bare")
    for each in bare.path.glob("tokenizer*"):
        each.unlink()
    assert points(looked(tmp_path / "a", bare, data))["tokenizer"]["standing"] == NO
    (bare.path / "config.json").write_text("{")
    assert points(looked(tmp_path / "b", bare, data))["architecture"]["says"].startswith("The base has no config.json")
    pickled = changed(base, tmp_path / "pickled")
    (pickled.path / "pytorch_model.bin").write_bytes(b"\x80")
    assert "is a pickle" in points(looked(tmp_path / "c", pickled, data))["probe"]["says"]


@pytest.mark.parametrize(
    ("contract", "asked", "standing", "room"),
    [(40, None, OK, 40), (40, 30, OK, 30), (40, 41, NO, 41), (600, 90, NO, 90), (600, None, NO, 600)],
)
def test_the_contract_bounds_what_is_learned(
    tmp_path: Path, base: Model, data: Dataset, contract: int, asked: int | None, standing: str, room: int
) -> None:
    train = Train.model_validate({"epochs": 1, "batch": 8, "max_tokens": asked})
    at = attempt(tmp_path / "a", contract={"fields": {}, "max_tokens": contract})
    held = preflight(At(replace(at.told, needs=Needs(memory=4096 * MIB)), at.folder), base, data, train=train,
                     probe=False)  # fmt: skip
    found = points(held)
    assert found["contract"]["standing"] == standing and plan(held)["room"] == room
    assert found["contract"]["figures"]["contract"] == contract
    assert "contract" not in points(looked(tmp_path / "b", base, data, probe=False))


def test_rows_of_no_form_and_no_rows_are_refused(tmp_path: Path, base: Model) -> None:
    none = dataset(tmp_path / "none", [{"number": str(each)} for each in range(9)])
    with pytest.raises(Refused, match="E-forge-rows"):
        looked(tmp_path / "a", base, none)
    held = dataset(tmp_path / "held", tickets(20), hold=0.999999)
    with pytest.raises(NothingTrained):
        looked(tmp_path / "b", base, held)
    with pytest.raises(Refused, match="E-forge-start"):
        looked(tmp_path / "c", None, held)


def test_a_chat_without_a_template_and_words_without_an_end_are_told() -> None:
    _, words = small()
    task = task_of("classification", Prompt(chat=True), ["a"])
    assert fit.template(words, task).standing == OK
    words.chat_template = None
    assert fit.template(words, task).standing == NO
    assert fit.template(words, task_of("classification", Prompt(), ["a"])).standing == OK
    words.eos_token = None
    assert fit.tokenizer(words, len(words)).standing == WARN


def test_signs_that_no_token_stands_for_are_counted() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.WordLevel({"<unk>": 0, "the": 1, "bill": 2}, unk_token="<unk>"))
    bare.pre_tokenizer = pre_tokenizers.Whitespace()
    words = PreTrainedTokenizerFast(tokenizer_object=bare, unk_token="<unk>", eos_token="<end>")
    assert fit.unknown(words, ["the bill"] * 3).standing == OK
    found = fit.unknown(words, ["the bill the bill the bill the bill the strange"])
    assert (found.standing, found.figures["share"]) == (WARN, 0.1)
    assert fit.unknown(words, ["all else here"]).standing == NO


def test_versions_outside_what_is_declared_are_named() -> None:
    def installed(name: str) -> str:
        from importlib.metadata import PackageNotFoundError

        found = {"transformers": "6.0.1", "peft": "0.21.4", "optimum": "1.0"}
        if name not in found:
            raise PackageNotFoundError
        return found[name]

    wrong = place.dependencies(["transformers", "peft", "torch"], installed)
    assert wrong.standing == NO
    assert wrong.says == "torch is not installed; transformers is 6.0.1, and has to be >=5.23 <6."
    assert place.dependencies(["peft"], installed).standing == WARN  # optimum is there
    assert place.dependencies(["peft", "torch", "transformers"]).standing == OK


def test_disk_and_memory_are_held_against_what_is_there() -> None:
    here = Path(".")
    needed = place.disk(here, SHAPE, 10**9, False, lambda _: 10**15).figures["needed"]
    for free, standing in ((needed - 1, NO), (2 * needed - 1, WARN), (2 * needed, OK)):
        assert place.disk(here, SHAPE, 10**9, False, lambda _, free=free: free).standing == standing  # type: ignore[misc]
    told = training(SHAPE, Batch(4, 50, 8))
    nodes = {"here": Slots(2, 0, 0, 2 * told.total)}
    for share, standing in ((0.9, NO), (1.1, WARN), (1.5, OK)):
        assert place.memory(told, Needs(memory=round(share * told.total)), nodes).standing == standing
    small = {"here": Slots(2, 0, 0, told.total // 2)}
    assert "No node has more than" in place.memory(told, Needs(memory=told.total // 2), small).todo
    assert place.memory(told, Needs(memory=2 * told.total), nodes, 3 * told.total).standing == NO


def test_a_base_on_the_hub_wants_a_token_that_can_be_read() -> None:
    hub = {"hub": "acme/base", "revision": "3f2c9e1"}
    assert place.token({}, "hf-token", lambda _: "").standing == OK
    assert place.token(hub, None, lambda _: "").standing == OK
    assert place.token(hub, "hf-token", lambda _: " ").standing == NO
    assert place.token(hub, "hf-token", lambda _: "word").standing == OK


def capability(folder: Path) -> CompiledGate:
    write_starter(folder)
    checked = check_workspace(folder, load())
    assert [fault for fault in checked.faults if fault.file.startswith("gates")] == []
    return checked.gates["capability"]


def test_the_gate_as_shipped_lets_pass_what_fits_and_stops_what_does_not(
    tmp_path: Path, base: Model, data: Dataset
) -> None:
    from sentinel.contract.attempt import AttemptIn
    from sentinel.domain.form import to_json

    (tmp_path / "home").mkdir()
    gate = capability(tmp_path / "home")
    good = looked(tmp_path / "good", base, data, probe=False)
    tight = looked(tmp_path / "tight", base, data, Needs(memory=64 * MIB))
    other = looked(tmp_path / "other", changed(base, tmp_path / "t5", model_type="t5"), data)
    held = {"plan": to_json(gate.plan), "round": 1, "champion": None, "champion_model": None, "looks": 1}
    verdicts = {}
    for name, found in (("good", good), ("tight", tight), ("other", other)):
        told = AttemptIn("a1", "r1", "proof", "gate", {}, {}, str(tmp_path), str(tmp_path), gate=held, reads={},
                         takes={"preflight": "Preflight"})  # fmt: skip
        one = Preflight(name * 8, found.preflight.path)
        verdict = judged(At(told, tmp_path, {"preflight": (one,)}), load())
        verdicts[name] = (verdict.verdict, {each.check: each.verdict for each in verdict.findings})
        assert verdict.subject == name * 8
    assert verdicts["good"] == ("pass", dict.fromkeys(("fits", "memory_fit", "dependencies", "disk"), "pass"))
    assert verdicts["tight"][0] == "fail" and verdicts["tight"][1]["memory_fit"] == "fail"
    assert verdicts["other"] == ("fail", {"fits": "fail", "memory_fit": "error", "dependencies": "pass",
                                          "disk": "error"})  # fmt: skip


def test_a_preflight_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    held = Preflight("p" * 64, tmp_path)
    for text in (None, "{", "[]", '{"points": [1]}', '{"points": []}'):
        if text is not None:
            (tmp_path / "preflight.json").write_text(text)
        assert fits(Look("g"), held).verdict == "error"


def test_the_margins_are_the_gates_own(tmp_path: Path) -> None:
    told = [
        {"what": "memory", "standing": "ok", "says": "", "todo": "",
         "figures": {"estimate": 900 * MIB, "allowed": 1000 * MIB, "measured_mib": None, "parts": {}}},
        {"what": "disk", "standing": "ok", "says": "", "todo": "", "figures": {"needed": 2**30, "free_gib": 2}},
    ]  # fmt: skip
    (tmp_path / "preflight.json").write_text(json.dumps({"points": told, "version": 1}))
    held, at = Preflight("p" * 64, tmp_path), Look("g")
    assert memory_fit(at, held, margin=0.1).verdict == "pass"
    assert memory_fit(at, held, margin=0.11).verdict == "fail"
    assert memory_fit(at, held, margin=0.1, memory=950 * MIB).verdict == "fail"
    assert disk(at, held).verdict == "pass"
    assert disk(at, held, times=4.0).verdict == "fail"
