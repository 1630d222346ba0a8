"""Models of any size, their numbers drawn, and adapters for them: what folding costs does not depend on numbers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class Size:
    """The sizes of a llama, kept in 16 bits and in so many files."""

    layers: int = 22
    hidden: int = 2048
    mlp: int = 5632
    heads: int = 32
    kv_heads: int = 4
    vocabulary: int = 32_000
    files: int = 5

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Every tensor, by name, with its shape."""
        keys = self.hidden // self.heads * self.kv_heads
        yield "model.embed_tokens.weight", (self.vocabulary, self.hidden)
        for number in range(self.layers):
            at = f"model.layers.{number}."
            yield f"{at}self_attn.q_proj.weight", (self.hidden, self.hidden)
            yield f"{at}self_attn.k_proj.weight", (keys, self.hidden)
            yield f"{at}self_attn.v_proj.weight", (keys, self.hidden)
            yield f"{at}self_attn.o_proj.weight", (self.hidden, self.hidden)
            yield f"{at}mlp.gate_proj.weight", (self.mlp, self.hidden)
            yield f"{at}mlp.up_proj.weight", (self.mlp, self.hidden)
            yield f"{at}mlp.down_proj.weight", (self.hidden, self.mlp)
            yield f"{at}input_layernorm.weight", (self.hidden,)
            yield f"{at}post_attention_layernorm.weight", (self.hidden,)
        yield "model.norm.weight", (self.hidden,)
        yield "lm_head.weight", (self.vocabulary, self.hidden)


def make_base(folder: Path, size: Size) -> Path:
    """Write a model of a size."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": size.hidden,
        "num_hidden_layers": size.layers, "intermediate_size": size.mlp, "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads, "vocab_size": size.vocabulary, "tie_word_embeddings": False,
        "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "hidden_act": "silu", "dtype": "bfloat16",
        "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    chance = torch.Generator().manual_seed(0)
    shapes = list(size.tensors())
    total = sum(2 * torch.Size(shape).numel() for _, shape in shapes)
    held: dict[str, Any] = {}
    places: dict[str, str] = {}
    done = 0
    for name, shape in shapes:
        drawn = torch.randn(shape, generator=chance) * 0.02 if len(shape) > 1 else torch.ones(shape)
        held[name] = drawn.bfloat16()
        done += 2 * drawn.numel()
        if done >= total * (len(set(places.values())) + 1) / size.files:
            file = f"model-{len(set(places.values())) + 1:05}-of-{size.files:05}.safetensors"
            save_file(held, folder / file, metadata={"format": "pt"})
            places.update(dict.fromkeys(held, file))
            held = {}
    index = {"metadata": {"total_size": total}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def make_adapter(folder: Path, size: Size, seed: int = 1, rank: int = 16, **more: Any) -> Path:
    """Write an adapter for all linear modules of a size; of DoRA, magnitudes near those of such a base."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    chance = torch.Generator().manual_seed(seed)
    held = {}
    for name, shape in size.tensors():
        if name.split(".")[-2] in TARGETS:
            module = f"base_model.model.{name.removesuffix('.weight')}"
            held[f"{module}.lora_A.weight"] = torch.randn(rank, shape[1], generator=chance) * 0.02
            held[f"{module}.lora_B.weight"] = torch.randn(shape[0], rank, generator=chance) * 0.02
            if more.get("use_dora"):
                near = 1 + 0.1 * torch.randn(shape[0], generator=chance)
                held[f"{module}.lora_magnitude_vector"] = 0.02 * shape[1] ** 0.5 * near
    save_file(held, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 2 * rank, "lora_dropout": 0.0,
        "target_modules": list(TARGETS), "bias": "none", "inference_mode": True, **more,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder
