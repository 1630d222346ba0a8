"""What to cut next: of a layer, a slice of the MLPs and a group of heads, the one whose loss costs least a weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sentinel.contract.training import Prune
from sentinel.model.prune.cut import best, without_groups, without_layers, without_units
from sentinel.model.prune.measure import Batch, importance, influence, loss_of, without_layer
from sentinel.model.prune.shape import DEPTH, WIDTH, Shape, parameters, shape_of

LIKELY = 4
"""Layers that change the least of what passes through them, of which each is tried."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut: what went, and what the loss on the calibration rows was before and after."""

    what: str
    gone: str
    before: float
    after: float
    parameters: int

    @property
    def told(self) -> str:
        """The cut in one line."""
        return f"{self.what}: {self.gone}; loss {self.before:.3f} → {self.after:.3f}, {self.parameters:,} weights left"


def next_cut(model: Any, batches: Sequence[Batch], first: Shape, settings: Prune) -> tuple[Any, Cut] | None:
    """The smaller model after the cheapest cut that the floors allow, with its cut; None where they allow none."""
    before, whole = loss_of(model, batches), parameters(model)
    found: list[tuple[float, Any, Cut]] = []
    for what in settings.what:
        smaller, gone = _tried(model, batches, first, settings, what)
        if smaller is not None:
            left, after = parameters(smaller), loss_of(smaller, batches)
            found.append(((after - before) / (whole - left), smaller, Cut(what, gone, before, after, left)))
    if not found:
        return None
    _, smaller, cut = min(found, key=lambda each: each[0])
    return smaller, cut


def _tried(model: Any, batches: Sequence[Batch], first: Shape, settings: Prune, what: str) -> tuple[Any, str]:
    shape, floors = shape_of(model), settings.floors
    if what == DEPTH:
        if shape.layers - 1 < floors.layers * first.layers or shape.layers < 3:
            return None, ""
        # the first and the last layer speak with the embeddings, and are never worth cutting
        changed = influence(model, batches)
        likely = sorted(range(1, shape.layers - 1), key=lambda number: changed[number])[:LIKELY]
        losses = {number: _loss_without(model, batches, number) for number in likely}
        gone = min(losses, key=lambda number: losses[number])
        return without_layers(model, [gone]), f"layer {gone} of {shape.layers}"
    count = max(1, round(settings.slice * first.width)) if what == WIDTH else 1
    held, floor, whole = (
        (shape.width, floors.width, first.width) if what == WIDTH else (shape.groups, floors.groups, first.groups)
    )
    if held - count < max(1.0, floor * whole):
        return None, ""
    worth = importance(model, batches)
    if what == WIDTH:
        return without_units(model, best(worth.units, held - count)), f"{count} of {held} units in each MLP"
    return without_groups(model, best(worth.groups, held - count)), f"{count} of {held} groups of heads in each layer"


def _loss_without(model: Any, batches: Sequence[Batch], number: int) -> float:
    with without_layer(model, number):
        return loss_of(model, batches)
