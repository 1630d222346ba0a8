"""Successive halving: many candidates on little, the better half of them on more; and how certain the order is.

Arms are scored on the same rows, and neighbours in the order are compared row by row. Where their paired limits hold
nothing apart, the order between them is chance as far as anybody can tell, and it is said so.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sentinel.evidence import interval
from sentinel.evidence.bootstrap import Numbers
from sentinel.evidence.paired import Difference, difference
from sentinel.evidence.tails import normal_quantile


@dataclass(frozen=True, slots=True)
class Place:
    """An arm's place: how good it is, where that lies but for α of the time, and how it stands to the next one."""

    arm: str
    value: float
    low: float
    high: float
    ahead: Difference | None
    """This one minus the next; None for the last."""

    @property
    def certain(self) -> bool:
        """Whether it is better than the next beyond doubt."""
        return self.ahead is None or self.ahead.lower > 0


def ranked(scores: Mapping[str, Numbers], alpha: float = 0.05, seed: int = 0) -> tuple[Place, ...]:
    """The arms by what they score on the same rows, the best first. Equals go by name, and are told as uncertain.

    All neighbours together are wrong by chance at most `alpha` of the time.
    """
    means = {arm: float(np.mean(values)) for arm, values in scores.items()}
    order = sorted(scores, key=lambda arm: (-means[arm], arm))
    # which of two is said to be ahead is read off the rows that judge it: either might have been
    each = alpha / (2 * max(1, len(order) - 1))
    held = []
    for arm, below in zip(order, [*order[1:], None], strict=True):
        ahead = difference(scores[arm], scores[below], alpha=each, seed=seed) if below is not None else None
        held.append(Place(arm, means[arm], *_limits(scores[arm], alpha), ahead))
    return tuple(held)


def survivors(places: tuple[Place, ...], keep: int) -> tuple[tuple[str, ...], bool]:
    """The better half, `keep` at least; and whether the last of them is better than the first left out, for sure."""
    count = min(len(places), max(keep, -(-len(places) // 2)))
    is_certain = count == len(places) or places[count - 1].certain
    return tuple(place.arm for place in places[:count]), is_certain


def sizes(most: int, rungs: int, least: int = 1) -> tuple[int, ...]:
    """So much for each rung: all of it at the last one, and half as much at each before."""
    return tuple(max(least, most // 2 ** (rungs - 1 - rung)) for rung in range(rungs))


def doubts(places: tuple[Place, ...]) -> tuple[tuple[str, str], ...]:
    """The neighbours whose order is not certain, the better-looking one first."""
    return tuple((above.arm, below.arm) for above, below in pairwise(places) if not above.certain)


def _limits(values: Numbers, alpha: float) -> tuple[float, float]:
    n = len(values)
    if bool(np.isin(values, (0.0, 1.0)).all()):
        return interval.of_counts(float(values.sum()), n, alpha)
    room = normal_quantile(1 - alpha / 2) * float(np.std(values)) / math.sqrt(n)
    return float(np.mean(values)) - room, float(np.mean(values)) + room
