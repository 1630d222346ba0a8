"""Folding gives, bit for bit, what peft's merge gives in 32 bits, in the width that the base is kept in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sentinel.model.fold import merge
from tests.model.fold.made import adapter, base, by_peft, folded, resaved, tensors

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
TURNED = {"target_modules": ["c_attn", "c_proj", "c_fc"], "fan_in_fan_out": True}
Adapters = Sequence[dict[str, Any]]
LORA: dict[str, Any] = {"target_modules": ALL}
WAYS: dict[str, tuple[str, Adapters, list[float] | None]] = {
    "lora": ("llama", [LORA], None),
    "a scaling that is no power of two": ("llama", [{**LORA, "lora_alpha": 7}], None),
    "rank one": ("llama", [{**LORA, "r": 1, "lora_alpha": 1}], None),
    "rslora": ("llama", [{**LORA, "use_rslora": True, "r": 6}], None),
    "dora": ("llama", [{**LORA, "use_dora": True}], None),
    "ranks and alphas of their own": (
        "llama",
        [{**LORA, "rank_pattern": {"q_proj": 2, "model.layers.1.mlp.down_proj": 9}, "alpha_pattern": {"up_proj": 5}}],
        None,
    ),
    "embeddings and head": ("llama", [{"target_modules": ["embed_tokens", "lm_head", "q_proj"]}], None),
    "embeddings by dora": ("llama", [{"target_modules": ["embed_tokens", "o_proj"], "use_dora": True}], None),
    "biases": ("llama", [{"target_modules": ["q_proj", "k_proj"], "lora_bias": True, "lora_alpha": 3}], None),
    "three with weights": (
        "llama",
        [LORA, {"target_modules": ["q_proj"], "use_rslora": True, "lora_alpha": 5}, {**LORA, "r": 8}],
        [0.7, -1.3, 0.5],
    ),
    "three, one of them dora": ("llama", [LORA, {**LORA, "use_dora": True}, {**LORA, "lora_alpha": 3}], [0.5, 1, 2]),
    "two doras": ("llama", [{**LORA, "use_dora": True}, {**LORA, "use_dora": True, "r": 2}, LORA], None),
    "turned": ("gpt2", [TURNED], None),
    "turned, by dora": ("gpt2", [{**TURNED, "use_dora": True}], None),
    "turned, two": ("gpt2", [TURNED, {**TURNED, "r": 3, "use_rslora": True}], [1.0, 0.3]),
    "turned, with embeddings": (
        "gpt2",
        [{**TURNED, "target_modules": ["c_attn", "wte", "wpe", "lm_head"], "lora_alpha": 3}],
        None,
    ),
}


def same(model: Path, of: Path, adapters: Sequence[Path], weights: list[float] | None = None) -> None:
    """Every tensor is what peft's is, as the base keeps it; and what no adapter touches is the base's."""
    mine, theirs, before = tensors(model), by_peft(of, adapters, weights), tensors(of)
    assert mine.keys() == before.keys()
    changed = 0
    for name, held in mine.items():
        wanted = theirs[name].to(before[name].dtype)
        assert held.dtype == before[name].dtype and torch.equal(held, wanted), name
        changed += not torch.equal(held, before[name])
    assert changed


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 32 rows, so that tiny tensors are cut as well."""
    monkeypatch.setattr(merge, "_BLOCK", 1)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("way", WAYS)
def test_what_is_folded_is_what_peft_merges(tmp_path: Path, way: str) -> None:
    kind, asked, weights = WAYS[way]
    of = base(tmp_path / "base", kind)
    adapters = [adapter(tmp_path / f"a{number}", of, number, **each) for number, each in enumerate(asked)]
    same(folded(tmp_path / "at", of, adapters, weights), of, adapters, weights)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
@pytest.mark.parametrize("shards", ["5GB", "30KB"])
def test_files_keep_their_width_and_their_layout(tmp_path: Path, dtype: str, shards: str) -> None:
    of = base(tmp_path / "base", dtype=dtype, shards=shards)
    one = adapter(tmp_path / "one", of, target_modules=ALL)
    model = folded(tmp_path / "at", of, [one])
    same(model, of, [one])
    assert (len(list(of.glob("*.safetensors"))) > 3) == (shards != "5GB")
    for each in of.glob("*.safetensors"):
        header = 8 + int.from_bytes(each.read_bytes()[:8], "little")
        assert (model / each.name).read_bytes()[:header] == each.read_bytes()[:header]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_numbers_may_lie_at_an_odd_byte(tmp_path: Path, dtype: str) -> None:
    of = base(tmp_path / "base", dtype=dtype)
    for each in of.glob("*.safetensors"):
        whole = each.read_bytes()
        length = int.from_bytes(whole[:8], "little")
        each.write_bytes((length + 1).to_bytes(8, "little") + whole[8 : 8 + length] + b" " + whole[8 + length :])
    one = adapter(tmp_path / "one", of, target_modules=ALL)
    same(folded(tmp_path / "at", of, [one]), of, [one])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_adapters_in_halves_are_widened_first(tmp_path: Path, dtype: torch.dtype) -> None:
    of = base(tmp_path / "base")
    one = adapter(tmp_path / "one", of, target_modules=ALL)
    resaved(one, lambda held: held.update({name: each.to(dtype) for name, each in held.items()}))
    same(folded(tmp_path / "at", of, [one]), of, [one])


def test_what_was_saved_whole_takes_the_place_of_the_base(tmp_path: Path) -> None:
    of = base(tmp_path / "base", dtype="bfloat16")
    one = adapter(tmp_path / "one", of, modules_to_save=["lm_head"])
    model = folded(tmp_path / "at", of, [one])
    same(model, of, [one])
    assert not torch.equal(tensors(model)["lm_head.weight"], tensors(of)["lm_head.weight"])


@pytest.mark.parametrize("which", ["all", "lora_only"])
def test_biases_that_were_trained_take_the_place_of_the_base(tmp_path: Path, which: str) -> None:
    of = base(tmp_path / "base")
    one = adapter(tmp_path / "one", of, bias=which, target_modules=["q_proj"])
    same(folded(tmp_path / "at", of, [one]), of, [one])


@pytest.mark.usefixtures("small_blocks")
def test_the_least_numbers_that_there_are_round_as_peft_rounds_them(tmp_path: Path) -> None:
    """A module of a shape that is known to be fused held numbers for which that is not exact."""
    of = base(tmp_path / "base")
    one = adapter(tmp_path / "one", of, target_modules=["q_proj"], r=64, lora_alpha=128)
    last = "model.layers.1.self_attn.q_proj"
    held = tensors(of)
    held[f"{last}.weight"].zero_()
    save_file(held, of / "model.safetensors", metadata={"format": "pt"})
    resaved(one, lambda tensors: [each.mul_(1e-20) for name, each in tensors.items() if last in name])
    model = folded(tmp_path / "at", of, [one])
    same(model, of, [one])
    assert 0 < tensors(model)[f"{last}.weight"].abs().max() < 1e-35
