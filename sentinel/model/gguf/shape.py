"""The shape of a model as GGUF tells it, from its configuration; what GGUF cannot tell here is refused."""

import json
from dataclasses import dataclass
from pathlib import Path

from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse

ARCHITECTURE = "llama"
CLASSES = ("LlamaForCausalLM",)
"""The model classes that are written."""
_THETA = 10_000.0


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers that a llama is built by."""

    layers: int
    hidden: int
    inner: int
    heads: int
    groups: int
    """Heads of keys and values: queries share them."""
    head: int
    context: int
    vocabulary: int
    epsilon: float
    theta: float
    tied: bool
    """Whether the output reads the embeddings once more."""


def shape_of(model: Path) -> Shape:
    """The shape of a Model folder. Refused, with every reason at once, where it is none that is written here."""
    try:
        config: Json = json.loads((model / "config.json").read_bytes())
        faults = _faults(config)
        shape = _shape(config) if not faults else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        gist = f"{type(error).__name__} {error}"[:120]
        raise refuse("E-gguf-model", f"config.json does not say what the model is built by: {gist}.",
                     where=model.name, todo="Package a Model that a forge has made.") from error  # fmt: skip
    if shape is None:
        raise refuse("E-gguf-model", " ".join(faults), where=model.name,
                     todo="Package it as `huggingface`.")  # fmt: skip
    return shape


def _faults(config: Json) -> list[str]:
    named = tuple(config.get("architectures") or ())
    if named not in [(each,) for each in CLASSES] and not (not named and config.get("model_type") == ARCHITECTURE):
        told = ", ".join(named) or config.get("model_type") or "nameless"
        return [f"GGUF is written of {', '.join(CLASSES)}, and this model is {told}."]
    faults = []
    rope = _rope(config)
    sort = rope.get("rope_type") or rope.get("type") or "default"
    if sort != "default":
        faults.append(f"Its positions are scaled ({sort}), and only plain rotation is written.")
    if config.get("hidden_act", "silu") != "silu":
        faults.append(f"Its activation is {config['hidden_act']}, and a llama's is silu.")
    for name, what in (("attention_bias", "attention"), ("mlp_bias", "feed-forward")):
        if config.get(name):
            faults.append(f"Its {what} layers have biases, which a llama has not.")
    if config.get("quantization_config"):
        faults.append("Its weights are quantised already.")
    return faults


def _shape(config: Json) -> Shape:
    heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
    return Shape(
        layers=int(config["num_hidden_layers"]), hidden=hidden, inner=int(config["intermediate_size"]), heads=heads,
        groups=int(config.get("num_key_value_heads") or heads), head=int(config.get("head_dim") or hidden // heads),
        context=int(config["max_position_embeddings"]), vocabulary=int(config["vocab_size"]),
        epsilon=float(config["rms_norm_eps"]), theta=float(_rope(config).get("rope_theta") or _THETA),
        tied=bool(config.get("tie_word_embeddings")),
    )  # fmt: skip


def _rope(config: Json) -> dict[str, Json]:
    """How positions turn: one group since transformers 5, two keys before."""
    told = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return {"rope_theta": config.get("rope_theta"), **told}
