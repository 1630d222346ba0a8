"""Cutting: the same model without some layers, units or groups of heads; a dense checkpoint, and nothing is masked."""

import copy
from collections.abc import Sequence
from typing import Any

import torch

from sentinel.model.prune.shape import layers_of, shape_of

BY_LAYER = ("layer_types", "no_rope_layers")
"""Settings of a configuration that say something of each layer."""


def without_layers(model: Any, gone: Sequence[int]) -> Any:
    """A model that lacks these layers."""
    kept = [number for number in range(shape_of(model).layers) if number not in set(gone)]
    smaller = _empty(model, num_hidden_layers=len(kept), **_of_these(model.config, kept))
    names = {f"model.layers.{old}.": f"model.layers.{new}." for new, old in enumerate(kept)}
    weights = {}
    for name, weight in model.state_dict().items():
        layer = next((old for old in names if name.startswith(old)), None)
        if layer is not None:
            weights[names[layer] + name.removeprefix(layer)] = weight
        elif not name.startswith("model.layers."):
            weights[name] = weight
    return _filled(smaller, weights)


def without_units(model: Any, kept: Sequence[torch.Tensor]) -> Any:
    """A model whose MLPs hold these units each, the same number in every layer."""
    smaller = _empty(model, intermediate_size=len(kept[0]))
    weights = dict(model.state_dict())
    for number, units in enumerate(kept):
        place = f"model.layers.{number}.mlp."
        for part in ("gate_proj", "up_proj"):
            _take(weights, f"{place}{part}", 0, units)
        _take(weights, f"{place}down_proj", 1, units)
    return _filled(smaller, weights)


def without_groups(model: Any, kept: Sequence[torch.Tensor]) -> Any:
    """A model whose layers hold these groups of attention heads each, the same number in every layer."""
    shape, config = shape_of(model), model.config
    share = config.num_attention_heads // shape.groups
    size = layers_of(model)[0].self_attn.head_dim
    smaller = _empty(model, num_key_value_heads=len(kept[0]), num_attention_heads=len(kept[0]) * share, head_dim=size)
    weights = dict(model.state_dict())
    for number, groups in enumerate(kept):
        place = f"model.layers.{number}.self_attn."
        single, several = _spread(groups, size), _spread(groups, size * share)
        _take(weights, f"{place}q_proj", 0, several)
        for part in ("k_proj", "v_proj"):
            _take(weights, f"{place}{part}", 0, single)
        _take(weights, f"{place}o_proj", 1, several)
    return _filled(smaller, weights)


def best(worth: torch.Tensor, count: int) -> list[torch.Tensor]:
    """For each layer the places of those that matter most, in their order."""
    return [row.argsort(descending=True, stable=True)[:count].sort().values for row in worth]


def _spread(groups: torch.Tensor, size: int) -> torch.Tensor:
    return (groups.unsqueeze(1) * size + torch.arange(size)).flatten()


def _take(weights: dict[str, Any], name: str, axis: int, places: torch.Tensor) -> None:
    places = places.to(weights[f"{name}.weight"].device)
    weights[f"{name}.weight"] = weights[f"{name}.weight"].index_select(axis, places)
    if axis == 0 and f"{name}.bias" in weights:
        weights[f"{name}.bias"] = weights[f"{name}.bias"].index_select(0, places)


def _of_these(config: Any, kept: Sequence[int]) -> dict[str, list[Any]]:
    """What the configuration says of these layers each: one that slides, or knows no place, goes on doing so."""
    held = {name: getattr(config, name, None) for name in BY_LAYER}
    return {name: [each[number] for number in kept] for name, each in held.items() if each is not None}


def _empty(model: Any, **changed: Any) -> Any:
    config = copy.deepcopy(model.config)
    for name, value in changed.items():
        setattr(config, name, value)
    smaller = type(model)(config).to(model.device, model.dtype)
    smaller.generation_config = copy.deepcopy(model.generation_config)
    return smaller


def _filled(smaller: Any, weights: dict[str, Any]) -> Any:
    smaller.load_state_dict({name: weight.clone() for name, weight in weights.items()}, strict=True)
    smaller.tie_weights()
    return smaller.eval()
