"""Models that were never trained: of each is only known which documents of which set it gets right."""

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from sentinel.data.report import write_report
from sentinel.domain.artifact import Artifact
from sentinel.store import Store
from tests.tui.workspace import CLASSES

SETS = {"canary": 600, "holdout": 1200, "adversarial": 60}
RIGHT = {"canary": 0.89, "holdout": 0.88, "adversarial": 1.0}

Values = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """How many documents a candidate wins and loses of each set, and in which class it loses them."""

    holdout: tuple[int, int] = (22, 12)
    canary: tuple[int, int] = (14, 5)
    adversarial: tuple[int, int] = (0, 0)
    within: str | None = None


@dataclass
class Models:
    """Every model of a history, and the reports on them, which lie in the store."""

    store: Store
    values: dict[str, Values] = field(default_factory=dict)

    def first(self, model: str, seed: str) -> None:
        """A model that comes from elsewhere."""
        self.values[model] = {name: _drawn(f"{seed} {name}", many, RIGHT[name]) for name, many in SETS.items()}

    def after(self, model: str, before: str, change: Change) -> None:
        """A model that is another one but for some documents."""
        old = self.values[before]
        self.values[model] = {
            name: _flipped(name, old[name], getattr(change, name), change.within if name == "holdout" else None)
            for name in SETS
        }

    def rate(self, model: str, name: str) -> float:
        """How much of a set a model gets right."""
        held = self.values[model][name]
        return sum(held) / len(held)

    def report(self, model: str, only: tuple[str, ...]) -> tuple[Artifact, int]:
        """A report on a model, in the store, and its size."""
        names = [name for name in SETS if not only or name in only]
        told = {name: {"metric": "accuracy", "n": SETS[name]} for name in names}
        frame = pl.concat([_documents(name).with_columns(value=pl.Series(self.values[model][name]).cast(pl.Float64))
                           for name in names])  # fmt: skip
        with tempfile.TemporaryDirectory() as aside:
            folder = Path(aside) / "report"
            write_report(folder, model, "classification", {}, told, frame)
            kept = self.store.put(folder)
        return Artifact("EvalReport", kept.digest), kept.size


@cache
def _documents(name: str) -> pl.DataFrame:
    docs = [f"{name}-{number:05}" for number in range(SETS[name])]
    return pl.DataFrame({"doc": docs, "slice": [CLASSES[number % 4] for number in range(len(docs))]}).with_columns(
        set=pl.lit(name), prompt=pl.lit("p1"), task=pl.lit("t1"), metric=pl.lit("accuracy")
    )


@cache
def _order(name: str) -> tuple[int, ...]:
    order = list(range(SETS[name]))
    random.Random(name).shuffle(order)
    return tuple(order)


def _drawn(seed: str, many: int, right: float) -> tuple[int, ...]:
    drawn = random.Random(seed)
    return tuple(int(drawn.random() < right) for _ in range(many))


def _flipped(name: str, values: tuple[int, ...], change: tuple[int, int], within: str | None) -> tuple[int, ...]:
    held, (wins, losses) = list(values), change
    for place in _order(name):
        if values[place] == 0 and wins:
            held[place], wins = 1, wins - 1
        elif values[place] == 1 and losses and within in (None, CLASSES[place % 4]):
            held[place], losses = 0, losses - 1
    return tuple(held)
