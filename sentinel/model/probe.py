"""A few steps of a training, taken for their time: the very steps that it would take, by the loop that takes them."""

import resource
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import floor, log10
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sentinel.contract.training import FULL, Budget, Train
from sentinel.model.tokens import Sample
from sentinel.model.train import lora
from sentinel.model.train.diary import Diary
from sentinel.model.train.holds import packing, precision
from sentinel.model.train.loop import Loop
from sentinel.model.train.plan import Plan
from sentinel.model.train.watch import Watch, Word

STEPS = 4
UNSURE = 1.25
"""What a machine that is shared may take longer, and a quiet one be quicker."""
_LOOK = 1 / 3
"""A look at a row goes one way, where a step goes there and back: about a third of its time."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was seen of a few steps: the seconds that a token took in each, and the peak of the process's memory."""

    pace: tuple[float, ...]
    precision: str
    packed: bool
    peak: int
    losses: tuple[float, ...]

    def seconds(self, tokens: int, looked_at: int = 0) -> tuple[float, float]:
        """How long a training takes that reads so many tokens and looks at so many: at least and at most."""
        count = tokens + _LOOK * looked_at
        return rounded(count * min(self.pace) / UNSURE), rounded(count * max(self.pace) * UNSURE)


@dataclass(slots=True)
class _Stopwatch(Watch):
    """A watch that also keeps when each step ended."""

    marks: list[float] = field(default_factory=list)

    def step(self, number: int, model: Any) -> Word:
        """A step has been taken."""
        self.marks.append(self.clock())
        return Watch.step(self, number, model)


def probe(model: Any, samples: Sequence[Sample], coming: Plan, settings: Train, *, seed: int, fill: int,
          steps: int = STEPS, say: Callable[[str], None] = lambda _: None) -> Probe:  # fmt: skip
    """Take some steps of a plan on a model, which is thrown away afterwards: the heaviest, and some across the plan."""
    kind, why = precision(settings, model, samples)
    unpacked = packing(model, samples) if settings.packing and len(samples) > 1 else "one row"
    if why is not None:
        say(why)
    if settings.method != FULL:
        model = lora.adapted(model, settings, seed)
    places = chosen([step.tokens for step in coming.steps], steps)
    # the first one pays for what is made once, and is not timed
    taken = [coming.steps[place] for place in (places[0], *places)]
    short = Plan(tuple(taken), "probe", coming.rate, len(taken) + 1)
    settings = settings.model_copy(update={"checkpoint_every": len(taken) + 1, "early_stop": None, "budget": Budget()})
    watch = _Stopwatch(short, settings, (), fill, Diary(), lambda *_, **__: None, say)
    with TemporaryDirectory() as place:
        Loop(
            model, samples, short, settings, watch, seed=seed, precision=kind, packs=unpacked is None, fill=fill,
            place=Path(place), saving=_nowhere,
        ).train()  # fmt: skip
    spans = [late - early for early, late in zip(watch.marks, watch.marks[1:], strict=False)]
    pace = tuple(span / max(1, step.tokens) for span, step in zip(spans, taken[1:], strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Probe(pace, kind, unpacked is None, peak, tuple(watch.diary.losses))


def chosen(weights: Sequence[int], count: int) -> list[int]:
    """The place of the heaviest, and others from light to heavy."""
    order = sorted(range(len(weights)), key=lambda place: (-weights[place], place))
    count = min(count, len(order))
    return [order[number * (len(order) - 1) // max(1, count - 1)] for number in range(count)]


def rounded(value: float, digits: int = 2) -> float:
    """A figure to so many digits: what was measured is no surer than that."""
    return round(value, digits - 1 - floor(log10(abs(value)))) if value else 0.0


def _nowhere() -> AbstractContextManager[Path]:
    raise RuntimeError("a probe keeps nothing to go on from")
