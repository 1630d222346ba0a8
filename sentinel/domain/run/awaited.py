"""What a gate waits for before it judges again: so many outcomes of its line, and no longer than so long."""

from typing import NamedTuple

from sentinel.domain.run.state import Run, StepState

OUTCOMES = "outcomes"
"""What such a gate is said to wait for."""


class Come(NamedTuple):
    """How many of the outcomes that a gate waits for have come."""

    came: int
    wanted: int

    def __str__(self) -> str:
        """The two as people read them."""
        return f"{self.came} of {self.wanted} outcomes"


def awaits(run: Run) -> list[StepState]:
    """The gates of a run that wait for outcomes."""
    return [step for step in run.steps.values() if step.waits_for == OUTCOMES]


def come(run: Run, step: StepState, counted: int | None) -> Come | None:
    """How many have come since a gate's wait began, of as many as it waits for; None where time alone ends it.

    `counted` is how many outcomes of the line have counted so far.
    """
    gate = run.planned(step.key).gate
    if gate is None or gate.wait is None or gate.wait.outcomes is None or step.counted is None or counted is None:
        return None
    return Come(counted - step.counted, gate.wait.outcomes)


def is_over(run: Run, step: StepState, at: int, counted: int | None) -> bool:
    """Whether a gate's wait is over: enough has come, or it has waited as long as it may."""
    held = come(run, step, counted)
    return (step.until or 0) <= at or (held is not None and held.came >= held.wanted)
