"""The e-detector: evidence that a line delivers less than its baseline, gathered over evaluations of any size.

Its promise is on false alarms: in a world that stands still it fires once in A evaluations or less often, however
often one looks. Each evaluation multiplies the evidence of a few possible drops by how much likelier it makes them,
and each moment may be the one when the world moved, which adds one before. Logarithms throughout.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DROPS = (0.02, 0.05, 0.09, 0.16)
"""The drops below what is expected that are looked for, beside each other."""
BETS = (0.1, 0.25, 0.5, 0.9)
"""For measures that are no counts: shares of the highest stake that a measure in [0, 1] allows."""
SURE = 3.0
"""A baseline rises where later evaluations are better by so many standard errors."""
USUAL_SPREAD, USUAL_DAYS = 1.5, 7
"""Days differ more than chance alone has them: how much more is taken for granted, as so many days' worth."""
_NOTHING = -math.inf


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a line is expected to deliver: its rate, how much evaluations spread around it, and how sure that is."""

    rate: float
    spread: float
    """The variance of evaluations in units of what chance alone would give; at least 1."""
    rows: float
    """How many outcomes it rests on."""
    variance: float
    """The variance of one row."""
    counts: bool = True
    """Whether it is a share of rows that are right or wrong; else a mean of measures in [0, 1]."""

    def expected(self, margin: float) -> float:
        """What still counts as delivered: below by the margin, and by what the baseline itself may be off."""
        return self.rate - margin - _error(self)


def baseline_of_counts(evaluations: Sequence[tuple[float, float]]) -> Baseline:
    """The baseline of evaluations that are each k right of n."""
    held = [(k, n) for k, n in evaluations if n > 0]
    right, rows = math.fsum(k for k, _ in held), math.fsum(n for _, n in held)
    rate = (right + 1) / (rows + 2)
    variance = rate * (1 - rate)
    return Baseline(rate, _spread([k / n for k, n in held], rows, variance), rows, variance)


def baseline_of_means(evaluations: Sequence[tuple[float, float, float]]) -> Baseline:
    """The baseline of evaluations that are each a mean, a variance of rows, and n."""
    held = [(mean, variance, n) for mean, variance, n in evaluations if n > 0]
    rows = math.fsum(n for _, _, n in held)
    rate = (math.fsum(mean * n for mean, _, n in held) + 0.5) / (rows + 1)
    variance = (math.fsum(variance * n for _, variance, n in held) + 0.25) / (rows + 1)
    return Baseline(rate, _spread([mean for mean, _, _ in held], rows, variance), rows, variance, counts=False)


def usual_baseline(rate: float, rows: float, evaluations: int) -> Baseline:
    """The baseline that so many evaluations of so many rows give on average, where days differ by chance alone."""
    spread = (max(evaluations - 1, 0) + USUAL_DAYS * USUAL_SPREAD) / (max(evaluations - 1, 0) + USUAL_DAYS)
    return Baseline(rate, spread, rows * evaluations, rate * (1 - rate))


def is_higher(new: Baseline, old: Baseline) -> bool:
    """Whether what came later is better beyond doubt."""
    return new.rate - old.rate > SURE * math.hypot(_error(new), _error(old))


def asked_at(evaluations: int, fewest: int) -> int:
    """The evaluations over which a rise is asked for last: each time of twice as many, so that luck seldom wins."""
    return fewest << ((evaluations // fewest).bit_length() - 1) if evaluations >= fewest else 0


def _error(base: Baseline) -> float:
    return math.sqrt(base.spread * base.variance / base.rows) if base.rows else math.inf


def _spread(rates: list[float], rows: float, variance: float) -> float:
    number = len(rates)
    seen = 0.0
    if number > 1:
        middle = math.fsum(rates) / number
        of_rates = math.fsum((rate - middle) ** 2 for rate in rates) / (number - 1)
        seen = (number - 1) * of_rates / (variance / (rows / number))
    days = max(number - 1, 0) + USUAL_DAYS
    return max(1.0, (seen + USUAL_DAYS * USUAL_SPREAD) / days)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The log of the evidence of each drop that is looked for, and how many evaluations it comes from."""

    logs: tuple[float, ...]
    evaluations: int = 0

    @property
    def log(self) -> float:
        """The log of the evidence as a whole: the mean over the drops."""
        return log_mean(self.logs)


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector that is set: what is expected, which drops from it, and how much evidence is enough."""

    expected: float
    drops: tuple[float, ...]
    """Drops of a rate, or stakes on a mean."""
    spread: float
    enough: float
    """The log of A, the evaluations in the promised time."""
    counts: bool = True

    @property
    def start(self) -> Evidence:
        """No evidence yet."""
        return Evidence((_NOTHING,) * len(self.drops))

    def after(self, evidence: Evidence, value: float, n: float) -> Evidence:
        """The evidence after one more evaluation: k right of n, or a mean over n. Without rows nothing changes."""
        if n <= 0:
            return evidence
        # little more is kept than one drop needs to fire alone: this moves no alarm, and a world that heals is seen to
        most = self.enough + math.log(len(self.drops)) + 1
        weights = self.weigh(value, n)
        logs = tuple(min(_log_add(log, 0.0) + weight, most) for log, weight in zip(evidence.logs, weights, strict=True))
        return Evidence(logs, evidence.evaluations + 1)

    def weigh(self, value: float, n: float) -> list[float]:
        """How much likelier each drop makes one evaluation, as a log; below nought where it makes it less likely."""
        return self._counted(value, n) if self.counts else self._bet(value)

    def over(self, evaluations: Iterable[tuple[float, float]]) -> Evidence:
        """The evidence of evaluations, from the start."""
        evidence = self.start
        for value, n in evaluations:
            evidence = self.after(evidence, value, n)
        return evidence

    def _counted(self, k: float, n: float) -> list[float]:
        q = self.expected
        return [
            ((n - k) * math.log((1 - q + drop) / (1 - q)) + k * math.log((q - drop) / q)) / self.spread
            for drop in self.drops
        ]

    def _bet(self, mean: float) -> list[float]:
        stakes = [share / (1 - self.expected) for share in self.drops]
        return [math.log1p(stake * (self.expected - mean)) for stake in stakes]


def detector(baseline: Baseline, margin: float, often: float) -> Detector | None:
    """The detector for a promise of one false alarm in `often` evaluations; None where nothing is expected at all."""
    expected = baseline.expected(margin)
    drops = tuple(drop for drop in DROPS if drop < expected) if baseline.counts else BETS
    if not 0 < expected < 1 or not drops:
        return None
    return Detector(expected, drops, baseline.spread, math.log(often), baseline.counts)


def log_mean(logs: Sequence[float]) -> float:
    """The log of the mean of numbers, by their logs."""
    highest = max(logs)
    if highest == _NOTHING:
        return _NOTHING
    return highest + math.log(math.fsum(math.exp(log - highest) for log in logs) / len(logs))


def _log_add(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high + math.log1p(math.exp(low - high)) if low > _NOTHING else high
