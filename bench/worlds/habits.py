"""Lines of which right and wrong answers are labelled by unlike chances, and how often drift is seen that is not there.

A day's labels go the way that a daemon's go: each with the chance that it had, measured together, and weighed by the
detector as so many as they are worth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sentinel.domain.measure import Measured
from sentinel.domain.outcome import FEEDBACK, Told, measured
from sentinel.evidence.detector import baseline_of_counts, detector
from sentinel.evidence.drift import FEWEST
from sentinel.evidence.simulator import Played, Promise

USUAL = Promise()
Measures = Callable[[Sequence[Told]], Measured | None]


@dataclass(frozen=True, slots=True)
class Habit:
    """How a line's answers come to be labelled: so many served a day, and by what chance right and wrong ones are."""

    right: float
    wrong: float
    served: float = 100.0

    def labels(self, rate: float) -> float:
        """How many labels a week come in."""
        return 7 * self.served * (rate * self.right + (1 - rate) * self.wrong)


COMPLAINTS = Habit(right=0.2, wrong=0.9)
"""People speak up about what is wrong."""
PRAISE = Habit(right=0.9, wrong=0.2, served=30)
"""They speak up about what is right, and the few labels of wrong answers stand for many."""
ALIKE = Habit(right=0.2, wrong=0.2)
"""They are asked."""


def play(
    habit: Habit, promise: Promise = USUAL, *, rate: float = 0.91, moves_to: float | None = None,
    then: tuple[int, Habit] | None = None, length: int = 365, series: int = 400, seed: int = 0,
    measure: Measures = measured,
) -> Played:  # fmt: skip
    """Let so many lines run: a baseline each, then days in a row, until each has fired or is over.

    `then` is another habit, and the day after which people have it; `measure` says what a day's labels come to.
    """
    fired = [
        _life(np.random.default_rng([seed, number]), habit, promise, rate, moves_to, then, length, measure)
        for number in range(series)
    ]
    return Played(np.array(fired, dtype=np.int64))


def _life(
    chance: np.random.Generator, habit: Habit, promise: Promise, rate: float, moves_to: float | None,
    then: tuple[int, Habit] | None, length: int, measure: Measures,
) -> int:  # fmt: skip
    """The day on which one line fires, counted from 1; 0 where it does not."""
    before = [_day(chance, habit, rate, measure) for _ in range(promise.baseline)]
    found = detector(baseline_of_counts(before), promise.margin, promise.often)
    assert found is not None
    evidence = found.start
    for day in range(1, length + 1):
        now = then[1] if then is not None and day > then[0] else habit
        evidence = found.after(evidence, *_day(chance, now, rate if moves_to is None else moves_to, measure))
        if evidence.log >= found.enough and evidence.evaluations >= FEWEST:
            return day
    return 0


def _day(chance: np.random.Generator, habit: Habit, rate: float, measure: Measures) -> tuple[float, float]:
    """What the labels of a day come to: so much right of so many."""
    right = chance.poisson(habit.served * rate * habit.right)
    wrong = chance.poisson(habit.served * (1 - rate) * habit.wrong)
    held = measure([*[_told(1.0, habit.right)] * right, *[_told(0.0, habit.wrong)] * wrong])
    return (held.value, held.n) if held is not None else (0.0, 0.0)


def _told(value: float, chance: float) -> Told:
    return Told("", 0, value, True, FEEDBACK, chance)


def chance_ignored(told: Sequence[Told]) -> Measured | None:
    """What labels come to where nobody asks how they came about: so much right of so many."""
    return Measured(sum(each.value for each in told), float(len(told)), None) if told else None


def worth_ignored(told: Sequence[Told]) -> Measured | None:
    """What they come to where each stands for as many as its chance says, and counts as a whole one besides."""
    held, n = measured(told), float(len(told))
    return None if held is None else Measured(held.value / held.n * n, n, None)
