"""What cannot be folded is refused with a sentence that says why, and nothing of it remains."""

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sentinel.contract.at import At
from sentinel.contract.kinds import Adapter, Model
from sentinel.domain.refusal import Refused
from sentinel.model.fold.plan import Plan
from sentinel.model.fold.stream import laid_out
from sentinel.step.fold import fold
from tests.model.fold.made import BASE, adapter, attempt, base, resaved, tensors
from tests.model.package.test_package import small_disk
from tests.model.package.tiny import altered

Q = "base_model.model.model.layers.0.self_attn.q_proj"
World = tuple[Path, Path]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A base and an adapter that go together."""
    of = base(tmp_path / "base")
    return of, adapter(tmp_path / "one", of)


def refusal(tmp_path: Path, of: Path, *adapters: Path, weights: list[float] | None = None) -> str:
    """Why it is refused; nothing lies there afterwards."""
    at = attempt(tmp_path / f"at{len(list(tmp_path.iterdir()))}")
    with pytest.raises(Refused) as held:
        run(at, of, *adapters, weights=weights)
    assert list(at.out.iterdir()) == []
    assert held.value.refusal.todo
    return str(held.value)


def run(at: At, of: Path, *adapters: Path, weights: list[float] | None = None) -> Model:
    held = [Adapter(f"{number:064x}", each) for number, each in enumerate(adapters, 1)]
    return fold(at, Model(BASE, of), held, None, weights=weights)


def test_they_do_go_together(tmp_path: Path, world: World) -> None:
    made = run(attempt(tmp_path / "at"), *world)
    told = json.loads((made.path / "fold.json").read_text())
    assert told["base"] == BASE and told["tensors"] == 4
    assert told["adapters"] == [{
        "digest": f"{1:064x}", "weight": 1.0, "base": BASE, "method": "lora", "rslora": False, "rank": 4, "alpha": 8,
        "targets": 4, "whole": [],
    }]  # fmt: skip


def test_an_adapter_of_another_base(tmp_path: Path, world: World) -> None:
    of, one = world
    altered(one, "base.json", base="c" * 64)
    said = refusal(tmp_path, of, one)
    assert "E-fold-other" in said and "trained on the model cccccccccccc, and this base is bbbbbbbbbbbb" in said


def test_an_adapter_that_names_no_base_is_held_against_it_by_its_shapes(tmp_path: Path, world: World) -> None:
    of, one = world
    (one / "base.json").unlink()
    at = attempt(tmp_path / "at")
    made = run(at, of, one)
    assert "does not say which base it is of" in (at.folder / "progress.jsonl").read_text()
    assert json.loads((made.path / "fold.json").read_text())["adapters"][0]["base"] is None


Harm = Callable[[Path, Path], Any]


def held(change: Callable[[dict[str, torch.Tensor]], Any]) -> Harm:
    return lambda _, one: resaved(one, change)


def told(**change: Any) -> Harm:
    return lambda _, one: altered(one, "adapter_config.json", **change)


def of_base(**change: Any) -> Harm:
    return lambda of, _: altered(of, "config.json", **change)


def nan(where: str, value: float) -> Harm:
    return held(lambda tensors: tensors[f"{Q}.{where}"].view(-1)[5:6].fill_(value))


def tied(module: str) -> Harm:
    def harm(of: Path, one: Path) -> None:
        altered(of, "config.json", tie_word_embeddings=True)
        made = adapter(one.parent / "tied", base(one.parent / "untied"), target_modules=[module])
        for each in one.iterdir():
            each.unlink()
        for each in made.iterdir():
            each.rename(one / each.name)

    return harm


def saved_whole(tensor: torch.Tensor) -> Harm:
    def harm(_: Path, one: Path) -> None:
        altered(one, "adapter_config.json", modules_to_save=["lm_head"])
        resaved(one, lambda held: held.update({"base_model.model.lm_head.weight": tensor}))

    return harm


CASES: dict[str, tuple[Harm, str]] = {
    "a pickle": (lambda _, one: (one / "adapter_model.bin").write_bytes(b"x"), "adapter_model.bin is a pickle"),
    "a pickle below": (
        lambda _, one: [(one / "deep").mkdir(), (one / "deep/scheduler.pt").write_bytes(b"x")], "scheduler.pt is a p"
    ),
    "a program": (lambda _, one: (one / "modeling.py").write_text("x"), "modeling.py is a pickle or a program"),
    "a pickle in the base": (lambda of, _: (of / "pytorch_model.bin").write_bytes(b"x"), "pytorch_model.bin is a p"),
    "no weights": (lambda _, one: (one / "adapter_model.safetensors").unlink(), "There is no adapter_model.safet"),
    "no configuration": (lambda _, one: (one / "adapter_config.json").write_text("[]"), "is no JSON object"),
    "base.json of others": (lambda _, one: (one / "base.json").write_text("[1]"), "base.json cannot be read"),
    "NaN": (nan("lora_A.weight", float("nan")), "q_proj.lora_A.weight holds what is no number"),
    "infinity": (nan("lora_B.weight", float("-inf")), "q_proj.lora_B.weight holds what is no number"),
    "a module that the base lacks": (
        held(lambda t: t.update({k.replace("layers.1.", "layers.7."): t.pop(k) for k in list(t) if "layers.1." in k})),
        "the base has no module model.layers.7.mlp.down_proj. adapter",
    ),
    "another shape": (
        held(lambda t: t.update({f"{Q}.lora_A.weight": torch.ones(4, 63)})),
        "model.layers.0.self_attn.q_proj is 64×64 in the base, and the adapter is for 64×63.",
    ),
    "another rank": (
        held(lambda t: t.update({f"{Q}.lora_A.weight": torch.ones(5, 64), f"{Q}.lora_B.weight": torch.ones(64, 5)})),
        "q_proj has rank 5, and the configuration says 4",
    ),
    "one matrix": (held(lambda t: t.pop(f"{Q}.lora_B.weight")), "q_proj has one of its two matrices"),
    "matrices that do not go together": (
        held(lambda t: t.update({f"{Q}.lora_B.weight": torch.ones(64, 3)})), "do not go together"
    ),
    "whole numbers": (held(lambda t: t.update({f"{Q}.lora_A.weight": torch.ones(4, 64).int()})), "is kept as I32"),
    "nothing": (lambda _, one: save_file({}, one / "adapter_model.safetensors"), "holds nothing to fold"),
    "names of no base": (held(lambda t: t.update({"x": torch.ones(1)})), "x belongs to no module of a base"),
    "IA3": (told(peft_type="IA3"), "It is IA3, and only LoRA and its kin"),
    "LoHa": (told(peft_type="LOHA"), "It is LOHA"),
    "layers that are there twice": (told(layer_replication=[[0, 2]]), "`layer_replication`, which changes the weights"),
    "another option": (told(some_new_option={"x": 1}), "`some_new_option`, which changes the weights"),
    "a beginning that moves the base": (told(init_lora_weights="pissa_niter_4"), "It began with pissa_niter_4"),
    "dora without magnitudes": (told(use_dora=True), "has no magnitudes"),
    "magnitudes without dora": (
        held(lambda t: t.update({f"{Q}.lora_magnitude_vector": torch.ones(64)})), "magnitudes, which only DoRA has"
    ),
    "a bias that nobody told of": (held(lambda t: t.update({f"{Q}.lora_B.bias": torch.ones(64)})), "`lora_bias`"),
    "a pattern that runs away": (told(alpha_pattern={"(a+)+$": 2}), "plain names of modules"),
    "a rank that is none": (told(r=0), "`r` is no rank"),
    "an alpha that is none": (told(lora_alpha=float("nan")), "`lora_alpha` is no number"),
    "a quantised base": (of_base(quantization_config={"quant_method": "gptq"}), "its weights are quantised"),
    "tied embeddings": (tied("embed_tokens"), "embed_tokens shares its weights with another module"),
    "a tied head": (tied("lm_head"), "lm_head shares its weights with another module"),
    "added words": (saved_whole(torch.zeros(400, 64)), "knows 400 tokens and the base 321: its vocabulary was added"),
    "whole, and nobody said so": (
        held(lambda t: t.update({"base_model.model.lm_head.weight": torch.zeros(321, 64)})), "lm_head.weight is no part"
    ),
    "embeddings of another base": (
        held(lambda t: t.update({"base_model.model.model.embed_tokens.base_layer.weight": torch.zeros(321, 64)})),
        "carries model.embed_tokens.weight of its own base",
    ),
    "an embedding that is none": (
        held(lambda t: t.update({f"{Q}.lora_embedding_A": t.pop(f"{Q}.lora_A.weight"),
                                 f"{Q}.lora_embedding_B": t.pop(f"{Q}.lora_B.weight")})),
        "q_proj is not known to be an embedding",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_by_name(tmp_path: Path, world: World, case: str) -> None:
    harm, says = CASES[case]
    harm(*world)
    assert says in refusal(tmp_path, *world)


def test_weights_that_are_quantised_without_a_word(tmp_path: Path, world: World) -> None:
    of, one = world
    held = tensors(of)
    held["model.layers.0.self_attn.q_proj.weight"] = torch.zeros(64, 64, dtype=torch.int8)
    save_file(held, of / "model.safetensors", metadata={"format": "pt"})
    assert "q_proj is kept as I8 in the base" in refusal(tmp_path, of, one)


def test_dora_at_a_part_of_its_weight(tmp_path: Path, world: World) -> None:
    dora = adapter(tmp_path / "dora", world[0], use_dora=True)
    assert "DoRA mean nothing at a part of their weight" in refusal(tmp_path, world[0], dora, weights=[0.5])


def test_what_was_saved_whole_is_neither_weighed_nor_added_up(tmp_path: Path, world: World) -> None:
    whole = adapter(tmp_path / "whole", world[0], modules_to_save=["lm_head"])
    assert "Fold this adapter by itself, at weight 1" in refusal(tmp_path, world[0], whole, weights=[0.5])
    assert "Fold this adapter by itself, at weight 1" in refusal(tmp_path, world[0], whole, world[1])


def test_weights_as_many_as_adapters_and_none_of_them_nothing(tmp_path: Path, world: World) -> None:
    assert "1 adapters and 2 weights" in refusal(tmp_path, *world, weights=[1.0, 2.0])
    assert "weight 0 is not folded" in refusal(tmp_path, *world, weights=[0.0])


def test_what_halves_cannot_hold(tmp_path: Path) -> None:
    of = base(tmp_path / "base", dtype="float16")
    one = adapter(tmp_path / "one", of)
    said = refusal(tmp_path, of, one, weights=[1e6])
    assert "E-fold-range" in said and "with the adapters in it holds what F16 cannot" in said


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_what_is_no_number_once_it_is_folded(tmp_path: Path, dtype: str) -> None:
    of = base(tmp_path / "base", dtype=dtype)
    assert "E-fold-range" in refusal(tmp_path, of, adapter(tmp_path / "one", of, wide=1e19), weights=[1e6])


def test_a_base_that_is_cut_off_meanwhile(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    of, one = world

    def cut_off(plan: Plan, folder: Path) -> None:
        laid_out(plan, folder)
        for each in plan.files:
            os.truncate(each.path, each.size - 1)

    monkeypatch.setattr("sentinel.model.fold.fold.laid_out", cut_off)
    assert "it ended while it was read" in refusal(tmp_path, of, one)


def test_a_disk_without_room_is_known_of_before_any_work(tmp_path: Path, world: World) -> None:
    at = attempt(tmp_path / "at")
    with small_disk(100_000), pytest.raises(Refused, match=r"E-full.*no room for the folded model"):
        run(at, *world)
    assert list(at.out.iterdir()) == []


def header(told: Any, body: bytes = b"", length: int | None = None) -> bytes:
    text = told if isinstance(told, bytes) else json.dumps(told).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def one(start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [(end - start) // 4], "data_offsets": [start, end], **more}


FILES = {
    "empty": b"",
    "a header beyond the end": header({}, length=2**40),
    "no JSON": header(b"{"),
    "deep": header(b"[" * 100_000),
    "no object": header([1]),
    "overlapping": header({"a": one(0, 8), "b": one(4, 12)}, bytes(12)),
    "a gap": header({"a": one(0, 4), "b": one(8, 12)}, bytes(12)),
    "out of the file": header({"a": one(0, 400)}, bytes(8)),
    "more than is told": header({"a": one(0, 4)}, bytes(8)),
    "turned about": header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}, bytes(4)),
    "negative": header({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, bytes(4)),
    "another size": header({"a": one(0, 8, shape=[3])}, bytes(8)),
    "a kind that nobody knows": header({"a": one(0, 8, dtype="F3")}, bytes(8)),
    "a kind that is none": header({"a": one(0, 8, dtype=[])}, bytes(8)),
    "no tensor": header({"a": 3}, bytes(8)),
    "a name twice": header(b'{"a":' + json.dumps(one(0, 4)).encode() + b',"a":' + json.dumps(one(0, 4)).encode() + b"}",
                           bytes(4)),
}  # fmt: skip


@pytest.mark.parametrize("where", ["base", "adapter"])
@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_safetensors(tmp_path: Path, world: World, case: str, where: str) -> None:
    file = world[0] / "model.safetensors" if where == "base" else world[1] / "adapter_model.safetensors"
    file.write_bytes(FILES[case])
    assert f"{file.name}: E-fold-file: it cannot be read as safetensors" in refusal(tmp_path, *world)


def test_a_tensor_that_lies_in_two_files(tmp_path: Path, world: World) -> None:
    save_file({"lm_head.weight": torch.zeros(3)}, world[0] / "more.safetensors")
    assert "lm_head.weight lies in two of its files" in refusal(tmp_path, *world)
