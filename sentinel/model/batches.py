"""Which rows a step learns from, in an order known in advance; and how they lie in memory.

A step's rows depend on the seed alone. How they are laid out, padded or packed, in how many parts and on how many
processes, changes what it costs and not what is learned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from sentinel.model.tokens import Sample

NOTHING = -100
"""A target that nothing is learned from."""
WINDOW = 32
"""Batches among which rows of like length are brought together."""

Part = tuple[tuple[int, ...], ...]
"""The rows of each process."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the optimiser learns from: its rows, in parts of which each process takes its own."""

    parts: tuple[Part, ...]
    useful: int
    """Tokens that are learned."""
    tokens: int
    """Tokens that are read for it."""

    @property
    def rows(self) -> list[int]:
        """All rows of the step."""
        return [row for part in self.parts for own in part for row in own]


def order(samples: Sequence[Sample], seed: int, batch: int, *, bucketing: bool = True, parts: int = 1,
          processes: int = 1) -> Iterator[Step]:  # fmt: skip
    """The steps of a training, one look at all rows after the other, for as long as somebody takes them."""
    lengths = np.array([len(each.ids) for each in samples])
    useful = np.array([each.useful for each in samples])
    for epoch in count():
        chance = np.random.default_rng([seed, epoch])
        for rows in _epoch(lengths, chance, batch, bucketing):
            yield Step(_parted(rows, lengths, parts, processes), int(useful[rows].sum()), int(lengths[rows].sum()))


def padded(samples: Sequence[Sample], fill: int) -> dict[str, Any]:
    """Rows one below the other. What fills them up comes last, where causal attention never sees it: no mask."""
    width = max((len(each.ids) for each in samples), default=1)
    ids, targets = _empty(max(1, len(samples)), width, fill)
    for place, each in enumerate(samples):
        ids[place, : len(each.ids)] = each.ids
        targets[place, : len(each.ids)] = _targets(each)
    return {"input_ids": ids, "targets": targets}


def packed(samples: Sequence[Sample], fill: int) -> dict[str, Any]:
    """Rows one after the other, in as few as hold them. Positions begin anew with each, which keeps them apart."""
    width = max((len(each.ids) for each in samples), default=1)
    bins = _bins([len(each.ids) for each in samples], width)
    ids, targets = _empty(len(bins), width, fill)
    positions = np.zeros((len(bins), width), dtype=np.int64)
    for number, held in enumerate(bins):
        place = 0
        for each in (samples[index] for index in held):
            end = place + len(each.ids)
            ids[number, place:end] = each.ids
            targets[number, place:end] = _targets(each)
            positions[number, place:end] = np.arange(len(each.ids))
            place = end
        positions[number, place:] = np.arange(width - place)  # what fills up is a row of its own
    return {"input_ids": ids, "targets": targets, "position_ids": positions}


def waste(held: dict[str, Any], samples: Sequence[Sample]) -> float:
    """The share of the places in memory that hold no row."""
    places = held["input_ids"].size
    return float(1 - sum(len(each.ids) for each in samples) / places)


def _epoch(lengths: Any, chance: np.random.Generator, batch: int, bucketing: bool) -> list[Any]:
    """One look at every row, batch by batch. Rows of like length come together, and batches in any order."""
    rows = chance.permutation(len(lengths))
    if bucketing:
        windows = [rows[start : start + batch * WINDOW] for start in range(0, len(rows), batch * WINDOW)]
        rows = np.concatenate([window[np.argsort(lengths[window], kind="stable")] for window in windows])
    batches = [rows[start : start + batch] for start in range(0, len(rows), batch)]
    return [batches[place] for place in chance.permutation(len(batches))] if bucketing else batches


def _parted(rows: Any, lengths: Any, parts: int, processes: int) -> tuple[Part, ...]:
    """A step's rows in parts of about one length, the rows of a part dealt out so that no process has the long ones."""
    inside = rows[np.argsort(lengths[rows], kind="stable")] if parts * processes > 1 else rows
    return tuple(
        tuple(tuple(map(int, part[number::processes])) for number in range(processes))
        for part in np.array_split(inside, parts)
    )


def _bins(lengths: Sequence[int], room: int) -> list[list[int]]:
    """First fit, the longest first."""
    bins: list[list[int]] = []
    left: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda each: (-lengths[each], each)):
        place = next((number for number, free in enumerate(left) if free >= lengths[index]), None)
        if place is None:
            bins.append([])
            left.append(room)
            place = len(bins) - 1
        bins[place].append(index)
        left[place] -= lengths[index]
    return bins or [[]]


def _targets(sample: Sample) -> Any:
    """At each place the token that comes next, where it is learned."""
    told = np.full(len(sample.ids), NOTHING, dtype=np.int64)
    told[:-1] = np.where(sample.counts[1:], sample.ids[1:], NOTHING)
    return told


def _empty(rows: int, width: int, fill: int) -> tuple[Any, Any]:
    return np.full((rows, width), fill, dtype=np.int64), np.full((rows, width), NOTHING, dtype=np.int64)
