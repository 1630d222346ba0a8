"""A training before it begins: its steps and their rows, its learning rate, and what is looked at on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from sentinel.contract.training import FULL, Train
from sentinel.model.batches import Step, order
from sentinel.model.tokens import Sample

LOOKS = 10
FEWEST = 8
"""Rows of which a held-out loss says something."""
_FULL_LR, _LORA_LR = (0.2, 3e-3), (1.0, 1e-3)
"""A learning rate is the first over the model's width, and the second at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done, known in full beforehand: who goes on from a checkpoint goes on with the very next step."""

    steps: tuple[Step, ...]
    ended_by: str
    """What ends it where nothing else does before: epochs, steps or tokens."""
    rate: float
    look_every: int

    @property
    def tokens(self) -> int:
        """The tokens that all its steps read, without padding."""
        return sum(step.tokens for step in self.steps)


def plan(samples: Sequence[Sample], settings: Train, width: int, seed: int) -> Plan:
    """The steps of a training, as far as its settings and its budget in steps and tokens go."""
    whole = max(1, round(-(-len(samples) // settings.batch) * settings.epochs))
    wanted, ended_by = (whole, "epochs") if settings.steps is None else (settings.steps, "steps")
    if settings.budget.steps is not None and settings.budget.steps < wanted:
        wanted, ended_by = settings.budget.steps, "budget.steps"
    coming = order(
        samples, seed, settings.batch, bucketing=settings.bucketing, parts=settings.accumulate,
        processes=settings.processes,
    )  # fmt: skip
    steps: list[Step] = []
    left = settings.budget.tokens
    for step in islice(coming, wanted):
        if left is not None and step.tokens > left and steps:
            ended_by = "budget.tokens"
            break
        steps.append(step)
        left = left - step.tokens if left is not None else None
    return Plan(tuple(steps), ended_by, rate(settings, width), settings.look_every or max(1, len(steps) // LOOKS))


def rate(settings: Train, width: int) -> float:
    """The learning rate that is asked for, or one that suits a model of this width."""
    if settings.lr is not None:
        return settings.lr
    over, most = _FULL_LR if settings.method == FULL else _LORA_LR
    return min(most, over / width)


def is_held_out(row: str, share: float) -> bool:
    """Whether the row of this digest is kept aside. It is for ever, whatever other rows there are."""
    return int.from_bytes(sha256(f"held out\0{row}".encode()).digest()[:8], "big") < share * 2**64
