"""Answers that begin other answers: how likely each is to be said, and to be all that is said.

An answer is at least as likely as any that goes on from it, so that the shorter one would always win. What is likely
of `cancel` alone is what is likely of it, less what is likely of `cancel_order`: no end has to be known for that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_LEAST = 1e-9
"""The share that is left to an answer which nearly always goes on."""


def longer(answers: Sequence[Sequence[Any]]) -> dict[int, list[int]]:
    """For each answer that begins others, those that go on from it, without those that go on from these in turn."""
    known = {tuple(answer): place for place, answer in enumerate(answers)}
    found: dict[int, list[int]] = {}
    for place, answer in enumerate(answers):
        begun = (known.get(tuple(answer[:length])) for length in range(len(answer) - 1, 0, -1))
        shorter = next((each for each in begun if each is not None), None)
        if shorter is not None:
            found.setdefault(shorter, []).append(place)
    return found


def alone(logs: Any, nested: Mapping[int, Sequence[int]]) -> Any:
    """The log-probabilities of answers, along the last axis, each without what is said to go on to a longer one."""
    logs = np.asarray(logs, dtype=np.float64)
    found = logs.copy()
    for place, more in nested.items():
        share = np.exp(logs[..., list(more)] - logs[..., [place]]).sum(axis=-1)
        found[..., place] += np.log1p(-np.minimum(share, 1 - _LEAST))
    return found
