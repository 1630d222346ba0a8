"""Centuries of retrain and gate: where the served model ends up after a hundred candidates, each let in or not.

A candidate is the champion, a little worse or better by chance. Now and then the world moves, and the candidate of that
cycle, which learns the new, forgets some of the old. All are measured on the anchor's set, which does not move.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sentinel.evidence.paired import Difference, of_counts
from sentinel.evidence.promotion import PASS, crosses_zero, no_worse

Rule = Callable[[Difference, Difference], bool]
CYCLES, N, DISAGREEMENT, MARGIN, NOISE = 100, 1500, 0.08, 0.02, 0.01
MOVES, FORGETS, UNSURE = 0.05, 0.01, 0.02
"""How often the world moves, what a candidate forgets then on average, and by how much that differs."""


def crossing(champion: Difference, _anchor: Difference) -> bool:
    """The plain rule."""
    return crosses_zero(champion) == PASS


def against_champion(champion: Difference, _anchor: Difference) -> bool:
    """No worse than the champion by the margin."""
    return no_worse(champion, MARGIN) == PASS


def against_both(champion: Difference, anchor: Difference) -> bool:
    """No worse than the champion, and no worse than the anchor."""
    return no_worse(champion, MARGIN) == PASS and no_worse(anchor, MARGIN) == PASS


@dataclass(frozen=True, slots=True)
class Century:
    """The served model's true rate less its anchor's, after each cycle."""

    path: NDArray[np.float64]

    @property
    def lowest(self) -> float:
        """The lowest that it ever was."""
        return float(self.path.min())


def century(rule: Rule, seed: int, cycles: int = CYCLES, anchor: float = 0.91) -> Century:
    """One hundred cycles."""
    chance = np.random.default_rng(seed)
    served, path = anchor, []
    for _ in range(cycles):
        moved = chance.random() < MOVES
        gap = UNSURE * chance.standard_normal() - FORGETS if moved else NOISE * chance.standard_normal()
        candidate = min(0.995, served + gap)
        if rule(_compared(chance, candidate - served), _compared(chance, candidate - anchor)):
            served = candidate
        path.append(served - anchor)
    return Century(np.array(path))


def _compared(chance: np.random.Generator, gap: float) -> Difference:
    spread = max(DISAGREEMENT, abs(gap))
    win, lose, _ = chance.multinomial(N, [(spread + gap) / 2, (spread - gap) / 2, 1 - spread])
    return _limits(int(win), int(lose))


@cache
def _limits(wins: int, losses: int) -> Difference:
    return of_counts(wins, losses, N)
