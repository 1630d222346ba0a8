"""Batches of sequences that are about as long: what is padded is computed, and counts for nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

_TOKENS = 512
"""A batch holds no more tokens, with padding, than so many times its rows."""


def in_batches(lengths: Sequence[int], rows: int, tokens: int | None = None) -> Iterator[list[int]]:
    """The places of sequences in batches, longest first, so that what does not fit into memory fails at once.

    No batch has more than so many `tokens`, padding included, but for one that is a single sequence.
    """
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    start = 0
    while start < len(order):
        fits = max(1, min(rows * _TOKENS, tokens or rows * _TOKENS) // max(1, lengths[order[start]]))
        yield order[start : start + min(rows, fits)]
        start += min(rows, fits)


def padded_left(sequences: Sequence[Sequence[int]], device: str) -> dict[str, Any]:
    """Token ids that end together, with what a model needs to look past the padding: its mask and the positions."""
    import torch

    longest = max(map(len, sequences))
    ids = torch.zeros((len(sequences), longest), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, held in enumerate(sequences):
        ids[row, longest - len(held) :] = torch.tensor(held, dtype=torch.long)
        mask[row, longest - len(held) :] = 1
    # counted from the first real token: a model with absolute positions would else read a padded row otherwise
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    return {
        "input_ids": ids.to(device),
        "attention_mask": mask.to(device),
        "position_ids": positions.to(device),
    }
