"""Items that must not break: which of them the candidate fails and the champion does not, chance set aside.

Where answers are sampled, one failure proves nothing: each item is asked many times, and what looks broken is asked
afresh, so that it is not judged on the draw that made it look so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

REPEATS = 20
SUSPECT = 4
"""Failures in one block from which on an item looks broken."""
SOUND = 1
"""Failures up to which the champion is taken to hold."""


@dataclass(frozen=True, slots=True)
class Item:
    """How often one item failed: the candidate in both blocks, the champion in its first."""

    doc: str
    candidate: int
    champion: int
    again: int | None = None
    """Failures in the fresh block; None where there was none."""


@dataclass(frozen=True, slots=True)
class Flips:
    """The items that are newly broken, and those that look so and were not asked again."""

    confirmed: tuple[str, ...]
    unasked: tuple[str, ...]


def sampled_flips(items: Sequence[Item]) -> Flips:
    """Where answers are sampled: broken in one block, where the champion holds, and broken again in the next."""
    suspects = [item for item in items if item.candidate >= SUSPECT and item.champion <= SOUND]
    confirmed = tuple(item.doc for item in suspects if item.again is not None and item.again >= SUSPECT)
    return Flips(confirmed, tuple(item.doc for item in suspects if item.again is None))


def single_flips(items: Sequence[Item]) -> Flips:
    """Where answers are always the same: one failure is enough."""
    return Flips(tuple(item.doc for item in items if item.candidate and not item.champion), ())
