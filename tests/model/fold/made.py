"""Bases and adapters as peft makes them, and what peft itself makes of the two."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.domain.needs import Needs
from sentinel.model.fold.fold import Folding, fold
from tests.model.package.tiny import tiny_tokenizer

BASE = "b" * 64


def base(folder: Path, kind: str = "llama", dtype: str = "float32", shards: str = "5GB", tied: bool = False) -> Path:
    """A tiny model, its numbers drawn."""
    torch.manual_seed(7)
    words = tiny_tokenizer(False)
    ends: Any = dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"), 0)
    if kind == "llama":
        config = LlamaConfig(
            vocab_size=len(words), hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=128, tie_word_embeddings=tied, attention_bias=True, **ends,
        )  # fmt: skip
        model: Any = LlamaForCausalLM(config)
    else:
        model = GPT2LMHeadModel(GPT2Config(
            vocab_size=len(words), n_embd=64, n_layer=2, n_head=4, n_positions=128, tie_word_embeddings=tied, **ends,
        ))  # fmt: skip
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "norm" in name or "ln_" in name:
                weights.uniform_(0.5, 1.5)
            else:
                weights.normal_(0, 0.2)
    model.to(getattr(torch, dtype)).save_pretrained(folder, max_shard_size=shards)
    words.save_pretrained(folder)
    return folder


def adapter(folder: Path, of: Path, seed: int = 1, says: str | None = BASE, wide: float = 0.2, **more: Any) -> Path:
    """An adapter whose every number is drawn."""
    held: Any = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "down_proj"], "task_type": "CAUSAL_LM", **more}
    bare = AutoModelForCausalLM.from_pretrained(of, dtype=torch.float32)
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # and what it minds of settings that are folded all the same
        made = get_peft_model(bare, LoraConfig(**held))
    with torch.no_grad():
        for name, weights in made.named_parameters():
            if weights.requires_grad:
                drawn = torch.randn(weights.shape) * wide
                weights.copy_(weights * (1 + drawn) if "magnitude" in name else weights + drawn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft says what it does with embeddings
        made.save_pretrained(folder)
    if says is not None:
        (folder / "base.json").write_text(json.dumps({"version": 1, "base": says}))
    return folder


def by_peft(of: Path, adapters: Sequence[Path], weights: Sequence[float] | None = None) -> dict[str, torch.Tensor]:
    """What peft's own merge makes, in 32 bits, by the names that the base's files have."""
    model = worn(of, adapters, weights)
    return dict(model.merge_and_unload().state_dict())


def worn(of: Path, adapters: Sequence[Path], weights: Sequence[float] | None = None) -> Any:
    """The base in 32 bits with the adapters upon it."""
    names = [f"a{number}" for number in range(len(adapters))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: Any = PeftModel.from_pretrained(
            AutoModelForCausalLM.from_pretrained(of, dtype=torch.float32), adapters[0], names[0]
        )
        for name, each in zip(names[1:], adapters[1:], strict=True):
            model.load_adapter(each, name)
    model.base_model.set_adapter(names)
    for name, weight in zip(names, weights or [1.0] * len(names), strict=True):
        for module in model.modules():
            if weight != 1 and hasattr(module, "set_scale"):
                module.set_scale(name, weight)
    return model


def attempt(folder: Path, earlier: Path | None = None, cpus: int = 2, **more: Any) -> At:
    """An attempt in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    told = AttemptIn("a1", "r1", "folded", "fold", {}, {}, "", str(folder), needs=Needs(cpus=cpus), **more)
    return At(replace(told, checkpoint_from=str(earlier) if earlier is not None else None), folder)


def folded(folder: Path, of: Path, adapters: Sequence[Path], weights: Sequence[float] | None = None,
           **more: Any) -> Path:  # fmt: skip
    """Fold, as the step does it."""
    told = Folding((of, BASE), tuple((each, f"{number:064x}") for number, each in enumerate(adapters, 1)),
                   tuple(weights or [1.0] * len(adapters)))  # fmt: skip
    return fold(told, folder / "model", attempt(folder), **more)


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a folder."""
    return {name: held for each in sorted(folder.glob("*.safetensors")) for name, held in load_file(each).items()}


def resaved(folder: Path, change: Any) -> None:
    """Change an adapter's tensors."""
    file = folder / "adapter_model.safetensors"
    held = load_file(file)
    change(held)
    save_file(held, file, metadata={"format": "pt"})
