"""The tensors of a llama under GGUF's names, one at a time: no more than one of them is in memory at once."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentinel.domain.refusal import Refused, refuse
from sentinel.model.gguf.shape import Shape

Weights = NDArray[np.float32]
_LEFT_OUT = "rotary_emb.inv_freq"
"""Older files hold what follows from the configuration."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its name in GGUF and in safetensors, its shape, and for how many heads its rows are paired."""

    gguf: str
    name: str
    shape: tuple[int, ...]
    heads: int = 0


def tensors_of(shape: Shape) -> list[Tensor]:
    """Every tensor of a llama of this shape, in the order in which they are written."""
    queries, keys = shape.heads * shape.head, shape.groups * shape.head
    found = [Tensor("token_embd", "model.embed_tokens", (shape.vocabulary, shape.hidden))]
    for number in range(shape.layers):
        at, block = f"model.layers.{number}", f"blk.{number}"
        found += [
            Tensor(f"{block}.attn_norm", f"{at}.input_layernorm", (shape.hidden,)),
            Tensor(f"{block}.attn_q", f"{at}.self_attn.q_proj", (queries, shape.hidden), shape.heads),
            Tensor(f"{block}.attn_k", f"{at}.self_attn.k_proj", (keys, shape.hidden), shape.groups),
            Tensor(f"{block}.attn_v", f"{at}.self_attn.v_proj", (keys, shape.hidden)),
            Tensor(f"{block}.attn_output", f"{at}.self_attn.o_proj", (shape.hidden, queries)),
            Tensor(f"{block}.ffn_norm", f"{at}.post_attention_layernorm", (shape.hidden,)),
            Tensor(f"{block}.ffn_gate", f"{at}.mlp.gate_proj", (shape.inner, shape.hidden)),
            Tensor(f"{block}.ffn_up", f"{at}.mlp.up_proj", (shape.inner, shape.hidden)),
            Tensor(f"{block}.ffn_down", f"{at}.mlp.down_proj", (shape.hidden, shape.inner)),
        ]
    found.append(Tensor("output_norm", "model.norm", (shape.hidden,)))
    if not shape.tied:
        found.append(Tensor("output", "lm_head", (shape.vocabulary, shape.hidden)))
    return found


def read_tensors(model: Path, shape: Shape) -> Iterator[tuple[Tensor, Weights]]:
    """Each tensor with its weights as GGUF lays them out, in order. Refused before the first where any is amiss."""
    wanted = tensors_of(shape)
    with ExitStack() as stack:
        held = _opened(model, stack)
        faults = _faults(held, wanted, shape.tied)
        if faults:
            raise _refused(model, faults)
        for each in wanted:
            name = f"{each.name}.weight"
            weights = held[name].get_tensor(name).float().numpy()
            if not np.isfinite(weights).all():
                raise _refused(model, [f"{name} holds what is no number."])
            yield each, paired(weights, each.heads) if each.heads else weights


def paired(weights: Weights, heads: int) -> Weights:
    """The rows of each head as llama.cpp turns them: neighbours are a pair, where transformers pairs the two halves."""
    rows, columns = weights.shape
    return np.ascontiguousarray(weights.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2)).reshape(
        rows, columns
    )


def unpaired(weights: Weights, heads: int) -> Weights:
    """The rows of each head as transformers has them: the other way round."""
    rows, columns = weights.shape
    return np.ascontiguousarray(weights.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2)).reshape(
        rows, columns
    )


def _opened(model: Path, stack: ExitStack) -> dict[str, Any]:
    """Which open file holds each tensor."""
    from safetensors import SafetensorError, safe_open

    held: dict[str, Any] = {}
    try:
        for file in sorted(model.glob("*.safetensors")):
            opened = stack.enter_context(safe_open(file, framework="pt"))
            held.update(dict.fromkeys(opened.keys(), opened))
    except (OSError, SafetensorError) as error:
        raise _refused(model, [f"{file.name} cannot be read: {' '.join(str(error).split())[:100]}."]) from error
    return held


def _faults(held: dict[str, Any], wanted: list[Tensor], tied: bool) -> list[str]:
    shapes = {f"{each.name}.weight": each.shape for each in wanted}
    there = {name for name in held if not name.endswith(_LEFT_OUT) and not (tied and name == "lm_head.weight")}
    faults = [f"{name} is missing." for name in sorted(shapes.keys() - there)]
    faults += [f"{name} belongs to no llama of this shape." for name in sorted(there - shapes.keys())]
    for name in sorted(there & shapes.keys()):
        found = tuple(held[name].get_slice(name).get_shape())
        if found != shapes[name]:
            faults.append(f"{name} is {_times(found)}, and config.json says {_times(shapes[name])}.")
    return faults


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _refused(model: Path, faults: list[str]) -> Refused:
    more = f" And {len(faults) - 5} more." if len(faults) > 5 else ""
    return refuse("E-gguf-weights", " ".join(faults[:5]) + more, where=model.name,
                  todo="Package a Model that a forge has made.")  # fmt: skip
