"""Candidates whose truth is known, put to the gate's rules: how often each is judged rightly."""

from dataclasses import dataclass

import numpy as np

from sentinel.evidence.adversarial import REPEATS, SOUND, SUSPECT
from sentinel.evidence.bootstrap import Numbers
from sentinel.evidence.paired import Difference, difference, of_counts
from sentinel.evidence.promotion import PASS, Slice, crosses_zero, fixes, no_worse, veto
from sentinel.evidence.tails import binomial_at_most, normal_quantile


@dataclass(frozen=True, slots=True)
class Passed:
    """How often a rule let the candidate pass."""

    hits: int
    times: int

    @property
    def share(self) -> float:
        """The same, as a share."""
        return self.hits / self.times


def compared(
    n: int, disagreement: float, better_by: float, times: int, seed: int, alpha: float = 0.05
) -> list[Difference]:
    """Comparisons on n documents, with a candidate that is better by so much."""
    win, lose = (disagreement + better_by) / 2, (disagreement - better_by) / 2
    drawn = np.random.default_rng(seed).multinomial(n, [win, lose, 1 - win - lose], size=times)
    return [of_counts(int(w), int(x), n, alpha=alpha) for w, x, _ in drawn]


def passes_margin(n: int, disagreement: float, margin: float, better_by: float, times: int, seed: int) -> Passed:
    """No worse than the champion by the margin."""
    held = compared(n, disagreement, better_by, times, seed)
    return Passed(sum(no_worse(each, margin) == PASS for each in held), times)


def passes_crossing(n: int, disagreement: float, better_by: float, times: int, seed: int) -> Passed:
    """The plain rule: its two-sided interval crosses zero, or lies above."""
    held = compared(n, disagreement, better_by, times, seed, alpha=0.025)
    return Passed(sum(crosses_zero(each) == PASS for each in held), times)


def passes_fix(
    n: int, candidate: float, alike: float, times: int, seed: int, champion: float = 0.78, baseline: float = 0.91
) -> Passed:
    """Fixes what fired: errors that are alike in this measure are correlated by so much."""
    chance = np.random.default_rng(seed)
    hits = 0
    for _ in range(times):
        old, new = _right(chance, n, champion, candidate, alike)
        held = difference(new, old)
        hits += fixes(held, baseline - float(old.mean())) == PASS
    return Passed(hits, times)


def vetoed(slices: int, n: int, harmed: int, drop: float, times: int, seed: int, disagreement: float = 0.08) -> Passed:
    """The slices' veto, where so many of them are worse by a drop: how often it falls."""
    chance = np.random.default_rng(seed)
    hits = 0
    for _ in range(times):
        by = [drop if number < harmed else 0.0 for number in range(slices)]
        spread = [max(disagreement, each) for each in by]
        held = [
            Slice(f"{number}", n, *map(int, chance.multinomial(n, [(d - b) / 2, (d + b) / 2, 1 - d])[:2]))
            for number, (d, b) in enumerate(zip(spread, by, strict=True))
        ]
        hits += bool(veto(held).worse)
    return Passed(hits, times)


def item_is_caught(broken: float, champion: float = 0.0) -> float:
    """The chance that an item that fails so often is confirmed as broken."""
    suspect = 1 - binomial_at_most(SUSPECT - 1, REPEATS, broken)
    return suspect * suspect * binomial_at_most(SOUND, REPEATS, champion)


def bank_is_failed(items: int, noise: float) -> float:
    """The chance that any item of a bank is confirmed as broken where all fail as seldom as the champion's."""
    return float(1 - (1 - item_is_caught(noise, noise)) ** items)


def any_flip_fails(items: int, noise: float) -> float:
    """The same for the rule that takes one failure for proof."""
    return float(1 - (1 - noise * (1 - noise)) ** items)


def _right(chance: np.random.Generator, n: int, old: float, new: float, alike: float) -> tuple[Numbers, Numbers]:
    """Who is right on each document: what makes it hard for the one makes it hard for the other, to this degree."""
    shared, own, others = chance.standard_normal((3, n))
    for_old = np.sqrt(alike) * shared + np.sqrt(1 - alike) * own
    for_new = np.sqrt(alike) * shared + np.sqrt(1 - alike) * others
    return (for_old < normal_quantile(old)).astype(float), (for_new < normal_quantile(new)).astype(float)
