"""A figure over time: a curve with its axes, and the levels that it is held against."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rich.text import Text
from textual.color import Color
from textual.widget import Widget

from sentinel.domain.quantity import DAY, MINUTE
from sentinel.domain.text import plain
from sentinel.tui.marks import BAD, DIM, GOOD, LIVE, WARN

_COLOURS = {GOOD: "success", WARN: "warning", BAD: "error", LIVE: "primary", DIM: "foreground-darken-3"}
_BETWEEN_DATES, _BETWEEN_FIGURES = 14, 3
"""Letters from one date to the next at least, and lines from one figure to the next."""
_ROOM = 3
"""Letters that each point has where it is marked."""
_LEAST = (20, 4)
"""Letters and lines below which nothing is drawn."""


@dataclass(frozen=True, slots=True)
class Level:
    """A figure that a curve is held against, and what it is called."""

    name: str
    at: float
    tone: str = DIM


@dataclass(frozen=True, slots=True)
class Plotted:
    """Points in the order of time; `counts` names what goes on instead of time, where it is not that (`outcome`)."""

    title: str
    points: tuple[tuple[float, float], ...] = ()
    levels: tuple[Level, ...] = ()
    tone: str = LIVE
    percent: bool = False
    counts: str = ""
    least: float | None = None
    """The lowest figure of the scale, where it is not the lowest there is."""
    empty: str = "nothing has come in"
    marked: bool = True
    """Whether each point has a dot, where there is room."""


class OverTime(Widget):
    """Draws a curve, and again only where it, its room or the theme is another one."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="listing over-time")
        self.curve = Plotted("")

    def on_mount(self) -> None:
        """Another theme has other colours."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._entitle())

    def show(self, curve: Plotted) -> None:
        """Show another curve, or the same one, which costs nothing."""
        if curve != self.curve:
            self.curve = curve
            self._entitle()

    def _entitle(self) -> None:
        words = [plain(self.curve.title).replace("[", "\\[")]
        if self.curve.points:
            words += [f"[{_hex(self.app.theme_variables, each.tone)}]─[/] {plain(each.name)}"
                      for each in self.curve.levels]  # fmt: skip
        self.border_title = " · ".join(words)
        self.refresh()

    def render(self) -> Text:
        """The curve, or why there is none."""
        width, height = self.size
        if not self.curve.points:
            return Text(plain(self.curve.empty), "dim")
        if width < _LEAST[0] or height < _LEAST[1]:
            return Text("There is no room for a curve.", "dim")
        return _drawn(self.curve, width, height, self.app.theme_variables)


def dates(first: float, last: float, width: int) -> list[tuple[float, str]]:
    """So many moments as there is room for, each with a word for it that tells it from the next."""
    span = last - first
    form, unit = ("%H:%M", MINUTE) if span < 2 * DAY else ("%d %b", DAY) if span < 300 * DAY else ("%b %Y", 31 * DAY)
    many = max(2, min(8, width // _BETWEEN_DATES, int(span / unit))) if span > 0 else 1
    moments = [first + span * number / max(1, many - 1) for number in range(many)]
    return [(each, time.strftime(form, time.localtime(each / 1000))) for each in moments]


def scaled(low: float, high: float, many: int) -> list[float]:
    """About so many round figures from one to another; the two themselves where no round one lies between."""
    span = max(high - low, 1e-6)
    step = next(each for each in _steps(span) if span / each <= max(2, many))
    first, last = -(-low // step), (high + step * 1e-6) // step
    return [round(number * step, 9) for number in range(int(first), int(last) + 1)] or [low, low + span]


def _steps(span: float) -> Iterator[float]:
    unit: float = 1e-9
    while unit < span * 100:
        yield from (unit, 2 * unit, 5 * unit)
        unit *= 10
    yield span


def _drawn(curve: Plotted, width: int, height: int, theme: dict[str, str]) -> Text:
    """The letters of it. What draws it takes a moment to be brought in, and is not before it is wanted."""
    from textual_plotext import Plot

    plot: Any = Plot()
    plot.plotsize(width, height)
    plot._set_size(width, height)  # the size is not taken else
    plot.theme("textual-clear")
    xs, ys = [x for x, _ in curve.points], [y for _, y in curve.points]
    low, high = _ends(ys, curve)
    first, last = xs[0], xs[-1] if xs[-1] > xs[0] else xs[0] + 1
    for level in curve.levels:
        plot.plot([first, last], [level.at, level.at], marker="─", color=_rgb(theme, level.tone))
    plot.plot(xs, ys, marker="braille", color=_rgb(theme, curve.tone))
    if curve.marked and width > _ROOM * len(xs):
        plot.scatter(xs, ys, marker="•", color=_rgb(theme, curve.tone))
    plot.xlim(first, last)
    plot.ylim(low, high)
    marks = scaled(low, high, max(2, height // _BETWEEN_FIGURES))
    plot.yticks(marks, [_figure(each, curve.percent, marks) for each in marks])
    at = _numbers(first, last, width, curve.counts) if curve.counts else dates(first, last, width)
    plot.xticks([place for place, _ in at], [word for _, word in at])
    plot.xaxes(True, False)
    plot.yaxes(True, False)
    return Text.from_ansi(plot.build())


def _ends(ys: Sequence[float], curve: Plotted) -> tuple[float, float]:
    held = [*ys, *(each.at for each in curve.levels)]
    low, high = min(held) if curve.least is None else curve.least, max(held)
    room = (high - low) * 0.08 or 0.01
    return (low - room if curve.least is None else low), high + room


def _numbers(first: float, last: float, width: int, what: str) -> list[tuple[float, str]]:
    many = max(2, min(8, width // _BETWEEN_DATES))
    places = sorted({round(first + (last - first) * number / (many - 1)) for number in range(many)})
    return [(place, f"{what} {place}" if place == places[0] else str(place)) for place in places]


def _figure(value: float, percent: bool, among: Sequence[float]) -> str:
    if percent:
        return f"{value:.0%}"
    step = min((abs(b - a) for a, b in pairwise(among)), default=0.1)
    return f"{value:.{2 if step >= 0.01 else 3 if step >= 0.001 else 4}f}"


def _rgb(theme: dict[str, str], tone: str) -> tuple[int, int, int]:
    """A tone's colour in this theme."""
    return Color.parse(theme.get(_COLOURS[tone]) or theme["foreground"]).rgb


def _hex(theme: dict[str, str], tone: str) -> str:
    return "#{:02x}{:02x}{:02x}".format(*_rgb(theme, tone))
