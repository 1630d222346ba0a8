"""From a comparison to a word: when a candidate passes, when it fails, and when nobody can say yet.

Each rule is one-sided at 95 %: a true drop of the whole margin passes one time in twenty or less.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.evidence.level import Level
from sentinel.evidence.multiplicity import holm
from sentinel.evidence.paired import Difference
from sentinel.evidence.tails import binomial_at_most, normal_above, normal_quantile

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"
FEWEST_IN_SLICE = 30
"""Slices with fewer rows are looked at together."""


def reaches(held: Level, least: float) -> str:
    """Whether a measure is at least so high."""
    return PASS if held.lower >= least else FAIL if held.upper < least else INCONCLUSIVE


def stays_below(held: Level, most: float) -> str:
    """Whether a measure is at most so high."""
    return PASS if held.upper <= most else FAIL if held.lower > most else INCONCLUSIVE


def no_worse(held: Difference, margin: float) -> str:
    """Whether the candidate is no worse than the champion by the margin."""
    return PASS if held.lower > -margin else FAIL if held.upper < 0 else INCONCLUSIVE


def is_worse_within(held: Difference, margin: float) -> bool:
    """Whether it passes although it is worse beyond doubt."""
    return held.lower > -margin and held.upper < 0


def fixes(held: Difference, lost: float) -> str:
    """Whether the candidate wins back at least half of what was lost, beyond doubt that it wins anything."""
    if held.upper <= 0:
        return FAIL
    return PASS if held.lower > 0 and held.estimate >= lost / 2 else INCONCLUSIVE


def gains(held: Difference, by: float) -> str:
    """Whether the candidate is better than the champion by more than this."""
    return PASS if held.lower > by else FAIL if held.upper <= by else INCONCLUSIVE


def crosses_zero(held: Difference) -> str:
    """The plain rule, for who asks for it by name: anything passes that is not worse beyond doubt."""
    return PASS if held.upper >= 0 else FAIL


def crossing_lets_through(n: int, disagreement: float, drop: float, alpha: float = 0.025) -> float:
    """How often the plain rule passes a candidate that is worse by `drop`."""
    spread = math.sqrt(max(disagreement - drop * drop, 0.0) / n) if n else math.inf
    return normal_above(normal_quantile(1 - alpha) * -1 + drop / spread) if spread else float(drop <= 0)


@dataclass(frozen=True, slots=True)
class Slice:
    """The documents of one slice: how many, and on how many only one of the two is right."""

    name: str
    n: int
    wins: int
    losses: int


@dataclass(frozen=True, slots=True)
class Veto:
    """What the slices say: which are worse beyond doubt, and how many were too small to be asked."""

    worse: tuple[Slice, ...]
    asked: int
    small: int


def veto(slices: Sequence[Slice], alpha: float = 0.05) -> Veto:
    """Look for slices that lost, each paid for; the small ones count together as the rest."""
    large = [each for each in slices if each.n >= FEWEST_IN_SLICE]
    small = [each for each in slices if each.n < FEWEST_IN_SLICE]
    if small:
        rest = Slice("the rest", *(sum(getattr(each, name) for each in small) for name in ("n", "wins", "losses")))
        large += [rest] if rest.n >= FEWEST_IN_SLICE else []
    chances = [binomial_at_most(each.wins, each.wins + each.losses, 0.5) for each in large]
    worse = [each for each, p in zip(large, holm(chances), strict=True) if p < alpha]
    return Veto(tuple(worse), len(large), len(small))
