"""An eye on a training as it goes: what it has learned, what it takes, and when it has had enough."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sentinel.contract.training import Train
from sentinel.model.batches import padded
from sentinel.model.tokens import Sample
from sentinel.model.train import state
from sentinel.model.train.counted import summed
from sentinel.model.train.diary import Diary
from sentinel.model.train.holds import tensors
from sentinel.model.train.plan import Plan

AT_ONCE = 16
EACH_S, SAVE_S = 1.0, 60.0
"""Seconds between two lines of progress, and between two checkpoints."""
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Word:
    """What is to be done after a step."""

    stop: bool = False
    save: bool = False


@dataclass(slots=True)
class Watch:
    """The eye. What it decides by time, the first process decides for all of them."""

    plan: Plan
    settings: Train
    held_out: Sequence[Sample]
    fill: int
    diary: Diary
    tell: Callable[..., None]
    alarm: Callable[[str], None]
    agree: Callable[[Any], Any] = lambda value: value
    """Give every process the first one's value."""
    add: Callable[[float], float] = lambda value: value
    """The sum over all processes."""
    gpus: int = 0
    clock: Callable[[], float] = time.monotonic
    kept: dict[str, Any] | None = None
    """The best weights so far, where the training may end early."""
    loss: float = 0.0
    places: int = 0
    filled: int = 0
    _begun: float = field(init=False)
    _before: float = field(init=False)
    _tokens: int = field(init=False)
    _told: float = -math.inf
    _saved: float = field(init=False)

    def __post_init__(self) -> None:
        """Time counts from here, and from before the last checkpoint."""
        self._begun = self._saved = self.clock()
        self._before, self._tokens = self.diary.seconds, self.diary.tokens

    def laid(self, places: int, filled: int) -> None:
        """A batch was laid out: so many places, so many of them filled."""
        self.places += places
        self.filled += filled

    def part(self, loss: float) -> None:
        """A part of a step was learned from."""
        self.loss += loss

    def begin(self, model: Any) -> None:
        """Look at the held-out rows before the first step."""
        if self.held_out and not self.diary.looks:
            self._look(0, model)

    def step(self, number: int, model: Any) -> Word:
        """A step has been taken."""
        diary = self.diary
        diary.losses.append(self.add(self.loss))
        diary.tokens += self.plan.steps[number - 1].tokens
        diary.learned += self.plan.steps[number - 1].useful
        self.loss = 0.0
        total, now = len(self.plan.steps), self.clock()
        diary.seconds = self._before + now - self._begun
        if self.held_out and (number % self.plan.look_every == 0 or number == total):
            self._look(number, model)
            self._warn()
        diary.ended_by, saves = self.agree((self._over(number), self._saves(number, now)))
        if saves:
            self._saved = now
        if now - self._told >= EACH_S or diary.ended_by:
            self._progress(number, now)
        return Word(stop=diary.ended_by is not None, save=saves)

    def _over(self, number: int) -> str | None:
        budget, rule, diary = self.settings.budget, self.settings.early_stop, self.diary
        if number == len(self.plan.steps):
            return self.plan.ended_by
        if rule is not None and diary.worse >= rule.patience:
            return "early_stop"
        if budget.time is not None and 1000 * diary.seconds >= budget.time:
            return "budget.time"
        if budget.gpu_minutes is not None and self.gpus * diary.seconds >= 60 * budget.gpu_minutes:
            return "budget.gpu_minutes"
        return None

    def _saves(self, number: int, now: float) -> bool:
        every = self.settings.checkpoint_every
        return number % every == 0 if every is not None else now - self._saved >= SAVE_S

    def _look(self, number: int, model: Any) -> None:
        loss = held_out_loss(model, self.held_out, self.fill, looked_at(self.settings))
        is_best = self.diary.look(number, loss, self.settings.early_stop)
        if is_best and self.settings.early_stop is not None:
            self.kept = state.copied(model)

    def _warn(self) -> None:
        warning = self.diary.regression()
        if warning is not None:
            self.alarm(f"the training gets worse: {warning}")

    def _progress(self, number: int, now: float) -> None:
        self._told = now
        taken = max(1e-9, now - self._begun)
        quick = (self.diary.tokens - self._tokens) / taken
        left = sum(step.tokens for step in self.plan.steps[number:])
        figures: dict[str, float | str] = {
            "loss": round(self.diary.losses[-1], 4), "useful_tokens_s": round(quick, 1),
            "padding": round(1 - self.filled / max(1, self.places), 4), "memory_mib": _memory() // _MIB,
            "ends_in_s": round(left / quick) if quick and not self.diary.ended_by else 0,
        }  # fmt: skip
        if self.diary.looks:
            figures["held_out"] = round(self.diary.looks[-1][1], 4)
        self.tell(number, len(self.plan.steps), **figures)


def looked_at(settings: Train) -> int:
    """How many held-out rows are looked at at once: no more than one process learns from at once."""
    return max(1, min(AT_ONCE, settings.batch // (settings.accumulate * settings.processes)))


def held_out_loss(model: Any, samples: Sequence[Sample], fill: int, at_once: int = AT_ONCE) -> float:
    """The mean loss of what is learned, over rows that nothing is learned from."""
    import torch

    rows = sorted(samples, key=lambda each: len(each.ids))
    was_training = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(rows), at_once):
            held = padded(rows[start : start + at_once], fill)
            total += summed(model, tensors(held, model.device)).item()
    model.train(was_training)
    return total / max(1, sum(each.useful for each in rows))


def _memory() -> int:
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096
