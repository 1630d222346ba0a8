"""What was looked at before a training: one point for each thing that has to fit, and what the training would take."""

from dataclasses import dataclass, field

from sentinel.domain.digest import Json

OK, WARN, NO = "ok", "warn", "no"
STANDINGS = (OK, WARN, NO)
"""From good to bad."""
DEPENDENCIES, DISK, MEMORY = "dependencies", "disk", "memory"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that fits, hardly fits, or does not: in a sentence, with its figures and what to do next."""

    what: str
    standing: str
    says: str
    figures: dict[str, Json] = field(default_factory=dict)
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """All points of one look, kept as `preflight.json`."""

    points: tuple[Point, ...]
    version: int = 1

    @property
    def standing(self) -> str:
        """The worst of them."""
        return max((each.standing for each in self.points), key=STANDINGS.index, default=NO)

    def of(self, what: str) -> tuple[Point, ...]:
        """The points on one thing."""
        return tuple(each for each in self.points if each.what == what)
