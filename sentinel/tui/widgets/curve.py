"""The figures that an attempt tells as it goes: a table of them, and the curve of the one that is chosen."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from sentinel.api.draw.sparks import gathered, sparks
from sentinel.domain.digest import Json
from sentinel.domain.quantity import is_number
from sentinel.tui.marks import BOLD, DIM, Cell
from sentinel.tui.widgets.grid import Column, Grid, Row
from sentinel.tui.widgets.over_time import OverTime, Plotted
from sentinel.tui.widgets.page import titled

_SPARKS = 16
_MOST = 1_000
"""So many points are kept; where there are more, every other one of the older half goes."""
_FIRST = "loss"


class Curve:
    """The points of one attempt, in the order of time; what has no time is no point."""

    def __init__(self, points: Sequence[Json] = ()) -> None:
        self.points = [point for point in points if is_number(point["at"])]

    def take(self, told: Json) -> bool:
        """One more point, where it is newer and has figures; whether it was one."""
        figures, at = told.get("figures"), told.get("at")
        newest = self.points[-1]["at"] if self.points else None
        if not isinstance(figures, dict) or not is_number(at) or (newest is not None and at <= newest):
            return False
        numbers = {name: value for name, value in figures.items() if is_number(value)}
        if not numbers:
            return False
        self.points.append({"at": at, "done": told.get("done"), "total": told.get("total"), "figures": numbers})
        if len(self.points) > _MOST:
            half = _MOST // 2
            self.points = self.points[:half:2] + self.points[half:]
        return True

    def names(self) -> list[str]:
        """The figures that have at least one point: the loss first, then by name."""
        held = {name for point in self.points for name, value in point["figures"].items() if is_number(value)}
        return sorted(held, key=lambda name: (name != _FIRST, name))

    def line(self, name: str) -> tuple[list[float], list[float]]:
        """One figure: how far it was, or after how many minutes, and its value."""
        told = [point for point in self.points if is_number(point["figures"].get(name))]
        values = [float(point["figures"][name]) for point in told]
        if self.by_steps:
            return [float(point["done"]) for point in told], values
        first = self.points[0]["at"] if self.points else 0
        return [(point["at"] - first) / 60_000 for point in told], values

    @property
    def by_steps(self) -> bool:
        """Whether each point says how far it was, and none less than the one before; else they lie by time."""
        done = [point["done"] for point in self.points]
        return all(is_number(each) for each in done) and all(a <= b for a, b in pairwise(done))


class Choice(Grid):
    """The figures; left and right choose too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "the figure before", show=False),
        Binding("right", "move(1)", "the next figure", show=False),
    ]


class Figures(Container):
    """The table and the plot: below each other, beside each other where there is room."""

    def __init__(self) -> None:
        super().__init__(id="run-figures")
        self.curve, self.attempt = Curve(), ""

    def compose(self) -> ComposeResult:
        """The table, and the curve of the figure under its cursor."""
        with Vertical(id="figure-choice", classes="listing"):
            yield Choice(_COLUMNS, id="figure-grid")
        yield OverTime(id="figure-plot")

    def know(self, attempt: str, points: Sequence[Json]) -> None:
        """These are the figures of an attempt so far."""
        self.attempt, self.curve = attempt, Curve(points)

    def take(self, told: Json) -> None:
        """An attempt has told more."""
        if told["attempt"] == self.attempt and self.curve.take(told):
            self.show(self.attempt, "")

    def show(self, attempt: str | None, why_empty: str) -> None:
        """Show the figures of an attempt, as far as they are known, or why there are none."""
        curve = self.curve if attempt == self.attempt else Curve()
        names = curve.names()
        self.query_one("#figure-choice").border_title = titled(f"Figures of {attempt}")
        came = bool(names) and not self.query_one("#figure-choice").display
        self.query_one("#figure-choice").display = bool(names)
        self.query_one(Choice).show([_row(name, curve.line(name)[1]) for name in names])
        if came and self.display and self.screen.focused is None:
            self.query_one(Choice).focus()
        self._draw(why_empty)

    @on(Grid.Moved)
    def moved(self, event: Grid.Moved) -> None:
        """Another figure."""
        event.stop()
        self._draw()

    def _draw(self, why_empty: str = "") -> None:
        row = self.query_one(Choice).cursor
        if row is None:
            self.query_one(OverTime).show(Plotted("", empty=why_empty))
            return
        points = tuple(zip(*self.curve.line(row.key), strict=True))
        along = "step" if self.curve.by_steps else "minute"
        self.query_one(OverTime).show(Plotted(row.key, points, counts=along, marked=False))


_COLUMNS = (
    Column("figure", most=24, least=8), Column("now", most=12, right=True),
    Column("least", most=12, right=True, rank=2), Column("most", most=12, right=True, rank=3),
    Column("course", most=_SPARKS, rank=1, grows=True),
)  # fmt: skip


def _row(name: str, values: Sequence[float]) -> Row:
    low, high = min(values), max(values)
    return Row(name, (Cell(name, BOLD), Cell(f"{values[-1]:.5g}", "", values[-1]), Cell(f"{low:.5g}", DIM, low),
                      Cell(f"{high:.5g}", DIM, high), sparks(gathered(values, _SPARKS), low, high)))  # fmt: skip
