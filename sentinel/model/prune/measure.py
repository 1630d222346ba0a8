"""What matters: how much worse the loss would be, to first order, without each unit and each group of heads.

A unit's importance is the mean of |activation × gradient| over the calibration tokens. A layer's is measured outright:
the loss with that layer left out. Nothing is drawn by chance, so the same rows give the same ranks.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from sentinel.model.prune.shape import Shape, layers_of, shape_of


@dataclass(frozen=True, slots=True)
class Batch:
    """Calibration rows: token ids, which of them are there at all, and which count for the loss (-100: not)."""

    ids: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor

    def on(self, device: Any) -> "Batch":
        """The same rows where a model is."""
        return Batch(self.ids.to(device), self.mask.to(device), self.labels.to(device))


@dataclass(frozen=True, slots=True)
class Importance:
    """How much each unit of each layer's MLP matters, and each group of heads."""

    units: torch.Tensor
    """layers × width."""
    groups: torch.Tensor
    """layers × groups."""


def loss_of(model: Any, batches: Sequence[Batch]) -> float:
    """The mean loss of the tokens that count."""
    with torch.no_grad():
        sums = [_loss(model, batch.on(model.device)) for batch in batches]
    return float(sum(float(total) for total, _ in sums) / max(1, sum(count for _, count in sums)))


def importance(model: Any, batches: Iterable[Batch]) -> Importance:
    """What each unit and each group of heads is worth on these rows."""
    shape = shape_of(model)
    units = torch.zeros(shape.layers, shape.width, dtype=torch.float64)
    groups = torch.zeros(shape.layers, shape.groups, dtype=torch.float64)
    tokens = 0
    with _watched(model) as seen:
        for batch in (each.on(model.device) for each in batches):
            model.zero_grad(set_to_none=True)
            total, count = _loss(model, batch)
            total.backward()
            tokens += count
            for number, (inner, heads) in enumerate(seen()):
                units[number] += _worth(inner, batch.mask).cpu()
                groups[number] += _by_group(heads, batch.mask, shape).cpu()
    model.zero_grad(set_to_none=True)
    return Importance(units / max(1, tokens), groups / max(1, tokens))


def influence(model: Any, batches: Iterable[Batch]) -> list[float]:
    """How much each layer turns what passes through it: one less the mean cosine of what goes in and what comes out."""
    turned = [0.0] * shape_of(model).layers
    tokens = 0
    hooks = []

    def watched(number: int, mask: list[Any]) -> Any:
        def look(_module: Any, given: tuple[Any, ...], gave: Any) -> None:
            before, after = given[0], gave[0] if isinstance(gave, tuple) else gave
            cosine = torch.nn.functional.cosine_similarity(before.float(), after.float(), dim=-1)
            turned[number] += float(((1 - cosine) * mask[0]).sum())

        return look

    mask: list[Any] = [None]
    for number, layer in enumerate(layers_of(model)):
        hooks.append(layer.register_forward_hook(watched(number, mask)))
    try:
        with torch.no_grad():
            for batch in (each.on(model.device) for each in batches):
                mask[0] = batch.mask
                tokens += int(batch.mask.sum())
                model(input_ids=batch.ids, attention_mask=batch.mask, use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return [each / max(1, tokens) for each in turned]


@contextmanager
def without_layer(model: Any, number: int) -> Iterator[None]:
    """The model as it would be without one layer: what goes in comes out again."""
    layer = layers_of(model)[number]
    forward = layer.forward

    def pass_on(hidden: Any, *_: Any, **__: Any) -> Any:
        return hidden

    layer.forward = pass_on
    try:
        yield
    finally:
        layer.forward = forward


def _loss(model: Any, batch: Batch) -> tuple[Any, int]:
    """The summed loss of the tokens that count, and how many these are."""
    logits = model(input_ids=batch.ids, attention_mask=batch.mask, use_cache=False).logits[:, :-1]
    labels = batch.labels[:, 1:]
    total = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1).float(), labels.flatten(), ignore_index=-100, reduction="sum"
    )
    return total, int((labels != -100).sum())


@contextmanager
def _watched(model: Any) -> Iterator[Any]:
    """Keeps what goes into `down_proj` and `o_proj` of each layer, with its gradient."""
    held: list[list[Any]] = []
    hooks = []
    for layer in layers_of(model):
        place: list[Any] = [None, None]
        held.append(place)
        for index, part in enumerate((layer.mlp.down_proj, layer.self_attn.o_proj)):
            hooks.append(part.register_forward_pre_hook(_keeper(place, index)))
    try:
        yield lambda: [tuple(place) for place in held]
    finally:
        for hook in hooks:
            hook.remove()


def _keeper(place: list[Any], index: int) -> Any:
    def keep(_module: Any, given: tuple[Any, ...]) -> None:
        given[0].retain_grad()
        place[index] = given[0]

    return keep


def _worth(kept: Any, mask: Any) -> Any:
    worth = (kept.detach() * kept.grad).abs().double() * mask.unsqueeze(-1)
    return worth.sum(dim=(0, 1))


def _by_group(kept: Any, mask: Any, shape: Shape) -> Any:
    """A head gives a sum of its numbers, so that its worth is that of their sum and not of each alone."""
    product = (kept.detach() * kept.grad).double() * mask.unsqueeze(-1)
    return product.unflatten(-1, (shape.groups, -1)).sum(dim=-1).abs().sum(dim=(0, 1))
