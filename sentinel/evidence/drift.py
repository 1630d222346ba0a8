"""Drift as a trigger sees it: what the evaluations since the last reset come to, in words that a state has.

ok becomes pending where the evidence reaches √A, firing where it reaches A, and either is ok again only below A^¼, so
that nobody is told and untold of the same slide each day. The same evaluations always come to the same state.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sentinel.evidence.detector import Detector, Evidence, log_mean

OK, PENDING, FIRING = "ok", "pending", "firing"
FEWEST = 2
"""Evaluations since the last reset before anything fires."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """So much right of n; or a mean over n rows, with their variance."""

    at: int
    value: float
    n: float
    variance: float | None = None

    @property
    def rate(self) -> float:
        """The share that was right, or the mean."""
        return self.value if self.variance is not None else self.value / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a stream stands: its state, since which evaluation, and the evidence."""

    state: str
    evidence: Evidence
    since: int = 0


def standings(detector: Detector, evaluations: Iterable[Evaluation]) -> Iterable[Standing]:
    """The standing after each evaluation in turn."""
    standing = Standing(OK, detector.start)
    for number, each in enumerate(evaluations):
        standing = after(detector, standing, each, number)
        yield standing


def after(detector: Detector, standing: Standing, evaluation: Evaluation, number: int) -> Standing:
    """The standing after one more evaluation."""
    evidence = detector.after(standing.evidence, evaluation.value, evaluation.n)
    state = standing.state
    if evidence.log >= detector.enough and evidence.evaluations >= FEWEST:
        state = FIRING
    elif evidence.log < detector.enough / 4:
        state = OK
    elif state == OK and evidence.log >= detector.enough / 2:
        state = PENDING
    return Standing(state, evidence, standing.since if state == standing.state else number)


def began(detector: Detector, evaluations: Sequence[Evaluation]) -> int:
    """The evaluation with which a fall that goes on to the last one most likely began."""
    totals, best, start = [0.0] * len(detector.drops), -math.inf, len(evaluations)
    for number in range(len(evaluations) - 1, -1, -1):
        each = evaluations[number]
        if each.n > 0:
            totals = [total + weight for total, weight in zip(totals, detector.weigh(each.value, each.n), strict=True)]
        if max(totals) > best:
            best, start = max(totals), number
    return start


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain rule, for who asks for it by name: below a rate for so many evaluations in a row."""

    below: float
    evaluations: int


def plainly(rule: Plain, evaluations: Sequence[Evaluation]) -> int | None:
    """The first evaluation at which the plain rule fires; None where it does not."""
    row = 0
    for number, each in enumerate(evaluations):
        if each.n > 0:
            row = row + 1 if each.rate < rule.below else 0
        if row >= rule.evaluations:
            return number
    return None


def is_plainly(rule: Plain, evaluations: Sequence[Evaluation]) -> bool:
    """Whether the plain rule holds now: of the evaluations that say anything, the last so many are below."""
    told = [each for each in evaluations if each.n > 0][-rule.evaluations :]
    return len(told) == rule.evaluations and all(each.rate < rule.below for each in told)


def evaluations_in(times: int, per_ms: int, every_ms: float, streams: int = 1) -> float:
    """A: the evaluations in the time that one false alarm is promised for, over all streams that are watched."""
    return max(math.e, per_ms / times / every_ms * streams)


def delay(
    detector: Detector, rate: float, rows: float, standing: Standing | None = None, most: int = 400
) -> int | None:  # fmt: skip
    """The evaluations until a line fires that is at a rate from now on, had chance no say in it; None where never."""
    held, value = standing or Standing(OK, detector.start), rate * rows if detector.counts else rate
    if held.state != FIRING and max(detector.weigh(value, rows)) <= 0:
        return None  # each evaluation would make every drop less likely
    for number in range(most):
        held = after(detector, held, Evaluation(0, value, rows), number)
        if held.state == FIRING:
            return number + 1
    return None


def delay_from_start(detector: Detector, rate: float, rows: float) -> int | None:
    """The same, from no evidence at all and without an end: by a formula, since it may take very many."""
    weights = detector.weigh(rate * rows if detector.counts else rate, rows)
    steepest = max(weights)
    if steepest <= 0:
        return None
    low, high = FEWEST, max(FEWEST, math.ceil((detector.enough + math.log(len(weights))) / steepest))
    while low < high:
        middle = (low + high) // 2
        if log_mean([_log_of(weight, middle) for weight in weights]) >= detector.enough:
            high = middle
        else:
            low = middle + 1
    return low


def _log_of(weight: float, number: int) -> float:
    """The log of one drop's evidence after so many evaluations of one weight: a geometric series."""
    return math.log(number) if not weight else weight + _log_grown(weight * number) - _log_grown(weight)


def _log_grown(weight: float) -> float:
    """The log of |exp(weight) - 1|, however large the weight."""
    return max(weight, 0.0) + math.log(-math.expm1(-abs(weight)))
