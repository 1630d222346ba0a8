"""Canaries that are as good as the champion, and canaries that are not, watched outcome by outcome."""

import math
from dataclasses import dataclass

import numpy as np

from sentinel.evidence.harm import Arms, Paired, blocks
from sentinel.evidence.paired import mcnemar
from sentinel.evidence.power import arm_guard, paired_guard
from sentinel.evidence.tails import normal_above

ENOUGH = math.log(20)
"""The evidence that α = 5 % asks for."""


@dataclass(frozen=True, slots=True)
class Watched:
    """At which document each canary was rolled back; 0 where it was not."""

    at: tuple[int, ...]

    @property
    def hits(self) -> int:
        """How many were rolled back."""
        return sum(moment > 0 for moment in self.at)

    @property
    def median(self) -> float | None:
        """The document by which half of all were rolled back."""
        held = sorted(moment or math.inf for moment in self.at)
        middle = held[(len(held) - 1) // 2]
        return None if middle == math.inf else middle


def paired(wins: float, losses: float, documents: int, times: int, seed: int) -> Watched:
    """Every document scores both: bets on those that they disagree on."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(times):
        gaps = chance.choice([1, -1, 0], p=[wins, losses, 1 - wins - losses], size=documents)
        held, at = Paired(), 0
        for number in np.flatnonzero(gaps):
            held = held.after(int(gaps[number]))
            if held.log >= ENOUGH:
                at = int(number) + 1
                break
        found.append(at)
    return Watched(tuple(found))


def paired_at_guard(disagreement: float, drop: float, fell: float, times: int, seed: int) -> int:
    """How many canaries that fell by so much are seen before `paired` would let them pass for a drop of that size."""
    held = paired((disagreement - fell) / 2, (disagreement + fell) / 2, paired_guard(disagreement, drop), times, seed)
    return held.hits


def arms_at_guard(champion: float, drop: float, fell: float, share: float, times: int, seed: int) -> int:
    """The same for `arms`, where the canary gets this share of the traffic."""
    outcomes = round(arm_guard(champion, drop, share) / share)
    return arms(champion, champion - fell, share, outcomes, times, seed).hits


def peeked_mcnemar(wins: float, losses: float, documents: int, times: int, seed: int) -> Watched:
    """The same, by the usual test, one-sided, looked at after every document."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(times):
        gaps = chance.choice([1, -1, 0], p=[wins, losses, 1 - wins - losses], size=documents)
        won = lost = at = 0
        for number in np.flatnonzero(gaps):
            won, lost = won + (gaps[number] > 0), lost + (gaps[number] < 0)
            if lost > won and mcnemar(int(won), int(lost)) / 2 < 0.05:
                at = int(number) + 1
                break
        found.append(at)
    return Watched(tuple(found))


def arms(
    champion: float, canary: float, share: float, outcomes: int, times: int, seed: int, known: int = 400
) -> Watched:  # fmt: skip
    """An outcome scores the arm that served it; so many outcomes of the champion are known from before.

    Counted in outcomes of the canary's arm.
    """
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(times):
        which, right = _served(chance, champion, canary, share, outcomes)
        held, at, seen = Arms(right=int(chance.binomial(known, champion)), seen=known), 0, 0
        for block in blocks(zip(which.tolist(), right.tolist(), strict=True)):
            held, seen = held.after(block), seen + block.canary
            if held.log >= ENOUGH:
                at = seen
                break
        found.append(at)
    return Watched(tuple(found))


def peeked_z(champion: float, canary: float, share: float, outcomes: int, times: int, seed: int) -> Watched:
    """The same, by a test of two shares looked at after every outcome, from the twentieth of the canary on."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(times):
        which, right = _served(chance, champion, canary, share, outcomes)
        n = np.cumsum(which)
        k = np.cumsum(which & right)
        m = np.arange(1, outcomes + 1) - n
        j = np.cumsum(~which & right)
        held = (n >= 20) & (m >= 20)
        with np.errstate(invalid="ignore", divide="ignore"):
            pool = (k + j) / (n + m)
            z = (j / m - k / n) / np.sqrt(pool * (1 - pool) * (1 / n + 1 / m))
        worse = held & (z > _CRITICAL)
        found.append(int(n[np.argmax(worse)]) if worse.any() else 0)
    return Watched(tuple(found))


def _served(
    chance: np.random.Generator, champion: float, canary: float, share: float, outcomes: int
) -> tuple["np.ndarray[tuple[int], np.dtype[np.bool_]]", "np.ndarray[tuple[int], np.dtype[np.bool_]]"]:
    which = chance.random(outcomes) < share
    return which, chance.random(outcomes) < np.where(which, canary, champion)


_CRITICAL = 1.6448536269514722
assert abs(normal_above(_CRITICAL) - 0.05) < 1e-12
