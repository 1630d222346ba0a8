"""A figure: what we measured of ours, what beside it in the same run, and the bound that it is held to."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """Held to a bound as a ratio to the other one, or by itself where there is no other."""

    what: str
    unit: str
    ours: float
    against: str = ""
    """What the other one is."""
    other: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    where: str = ""
    """Whether it was measured in one process, or by whatever way a user has."""
    note: str = ""

    @property
    def held(self) -> float:
        """What the bound speaks of."""
        return self.ours if self.other is None else self.ours / self.other

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else ""

    @property
    def holds(self) -> bool | None:
        """Whether the bound is kept; None where there is none."""
        if self.at_most is not None:
            return self.held <= self.at_most
        return self.held >= self.at_least if self.at_least is not None else None


@dataclass(frozen=True)
class Skipped:
    """A figure that could not be taken here, and why."""

    what: str
    why: str


def tell(figures: Iterable[Figure | Skipped]) -> None:
    """Print what was measured as one line of JSON, with the load of the machine."""
    told = [
        asdict(each) if isinstance(each, Skipped) else {**asdict(each), "held": each.held, "holds": each.holds}
        for each in figures
    ]
    print(json.dumps({"figures": told, "load": os.getloadavg()}), flush=True)


def read(line: str) -> list[Figure | Skipped]:
    """What another process told."""
    told = json.loads(line)["figures"]
    for each in told:
        each.pop("held", None), each.pop("holds", None)
    return [Skipped(**each) if "why" in each else Figure(**each) for each in told]


def interleaved(ways: Mapping[str, Callable[[], float]], rounds: int, warm_up: int = 3) -> dict[str, float]:
    """The median of each way's seconds. They take turns, so that a busy moment of the machine falls on all of them."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(warm_up + rounds):
        for name, way in ways.items():
            seconds = way()
            if number >= warm_up:
                taken[name].append(seconds)
    return {name: median(seconds) for name, seconds in taken.items()}
