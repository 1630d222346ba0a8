"""The shape of a decoder of the llama family: how many layers, how wide, how many groups of heads."""

from dataclasses import dataclass, replace
from typing import Any

from sentinel.domain.refusal import refuse

FAMILY = ("llama", "mistral", "qwen2", "qwen3", "smollm3")
"""Architectures whose layers are laid out alike: gate, up and down in the MLP, grouped heads in the attention."""
DEPTH, WIDTH, HEADS = "depth", "width", "heads"


@dataclass(frozen=True, slots=True)
class Shape:
    """What pruning changes of a model."""

    layers: int
    width: int
    """Units of each MLP: one number for all layers, since a configuration knows one."""
    groups: int
    """Groups of attention heads: those that share a key and a value."""

    def without(self, what: str, count: int) -> "Shape":
        """This shape with so many layers, units or groups fewer."""
        name = {DEPTH: "layers", WIDTH: "width", HEADS: "groups"}[what]
        return replace(self, **{name: getattr(self, name) - count})


def shape_of(model: Any) -> Shape:
    """The shape of a model. Refused for one that is laid out otherwise."""
    config = model.config
    if config.model_type not in FAMILY:
        known = ", ".join(FAMILY)
        raise refuse("E-prune-family", f"a model of type {config.model_type} is not pruned here.", where="prune",
                     todo=f"Prune one of {known}, or leave `prune` out.")  # fmt: skip
    return Shape(config.num_hidden_layers, config.intermediate_size, config.num_key_value_heads)


def layers_of(model: Any) -> Any:
    """The decoder's layers, in order."""
    return model.model.layers


def parameters(model: Any) -> int:
    """How many weights a model has; those that two parts share count once."""
    return sum(each.numel() for each in model.parameters())
