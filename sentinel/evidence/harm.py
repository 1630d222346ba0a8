"""Is the new version worse, asked after every outcome without paying for the asking: e-processes.

Each holds evidence against "the canary is no worse", as a number that a world where it is no worse brings above 1/α
with a chance of at most α, over all time. It may be looked at whenever one likes.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sentinel.evidence.detector import log_mean

STAKES = (0.1, 0.25, 0.5, 0.8)
"""Bets on a document that the two disagree on."""
DROPS = (0.02, 0.05, 0.1, 0.2)
"""How much less often the canary may be right than the champion."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Where every outcome scores both: a bet that the canary loses the next document on which they disagree."""

    logs: tuple[float, ...] = (0.0,) * len(STAKES)
    wins: int = 0
    losses: int = 0

    @property
    def log(self) -> float:
        """The log of the evidence."""
        return log_mean(self.logs)

    def after(self, gap: float) -> "Paired":
        """After one more document: 1 where only the canary is right, -1 where only the champion is, else between."""
        if gap == 0:
            return self
        logs = tuple(log + math.log1p(-gap * stake) for log, stake in zip(self.logs, STAKES, strict=True))
        return Paired(logs, self.wins + (gap > 0), self.losses + (gap < 0))


@dataclass(frozen=True, slots=True)
class Block:
    """Some outcomes of both arms; how many is settled before anybody knows how they came out."""

    champion_right: int
    champion: int
    canary_right: int
    canary: int


@dataclass(frozen=True, slots=True)
class Arms:
    """Where an outcome scores the arm that served it: blocks of both, each weighed by what the blocks before it say."""

    logs: tuple[float, ...] = (0.0,) * len(DROPS)
    right: int = 0
    seen: int = 0
    """What is known of the champion, from before the canary too: it makes the weights apt, and never unfair."""

    @property
    def log(self) -> float:
        """The log of the evidence."""
        return log_mean(self.logs)

    def after(self, block: Block) -> "Arms":
        """After one more block of both arms."""
        rate = (self.right + 1) / (self.seen + 2)
        logs = tuple(log + _weight(block, rate, drop) for log, drop in zip(self.logs, DROPS, strict=True))
        return Arms(logs, self.right + block.champion_right, self.seen + block.champion)


def _weight(block: Block, rate: float, drop: float) -> float:
    """How much likelier the block is where the canary is worse by `drop` than where both are alike, as a log."""
    lower = max(rate - drop, rate / 10)
    alike = (block.champion * rate + block.canary * lower) / (block.champion + block.canary)
    return _log_chance(block.champion_right, block.champion, rate, alike) + _log_chance(
        block.canary_right, block.canary, lower, alike
    )


def _log_chance(right: int, n: int, rate: float, alike: float) -> float:
    return right * math.log(rate / alike) + (n - right) * math.log((1 - rate) / (1 - alike))


def blocks(outcomes: Iterable[tuple[bool, bool]]) -> Iterable[Block]:
    """Outcomes in the order in which they settled, each (of the canary, right), as blocks that hold some of both."""
    held = [0, 0, 0, 0]
    for canary, right in outcomes:
        held[2 * canary] += right
        held[2 * canary + 1] += 1
        if held[1] and held[3]:
            yield Block(*held)
            held = [0, 0, 0, 0]
