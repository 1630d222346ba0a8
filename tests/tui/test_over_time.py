"""A curve: its axes, in any room and theme, and never drawn twice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from textual.app import App, ComposeResult

from sentinel.domain.quantity import DAY, HOUR
from sentinel.tui.marks import BAD, GOOD
from sentinel.tui.widgets.over_time import Level, OverTime, Plotted, dates, scaled

CURVE = Plotted("Rates", ((0.0, 0.9), (4.0 * DAY, 0.85), (9.0 * DAY, 0.91)), (Level("held to", 0.9, GOOD),))
FIGURES = st.floats(-1e6, 1e6, allow_nan=False)


class Counting(OverTime):
    """Counts how often it is drawn."""

    drawn = 0

    def render(self) -> Text:
        self.drawn += 1
        self.last = super().render()
        return self.last


class Wall(App[None]):
    """Where a curve hangs."""

    def compose(self) -> ComposeResult:
        yield Counting(id="curve")


async def test_a_curve_that_says_the_same_is_not_drawn_again() -> None:
    app = Wall()
    async with app.run_test(size=(60, 20)) as pilot:
        curve = app.query_one(Counting)
        curve.show(CURVE)
        await pilot.pause()
        before = curve.drawn
        curve.show(Plotted(CURVE.title, CURVE.points, CURVE.levels))
        await pilot.pause()
        assert curve.drawn == before
        curve.show(Plotted("Rates", CURVE.points[:2]))
        await pilot.pause()
        assert curve.drawn == before + 1


async def test_it_is_drawn_in_every_theme_and_in_any_room() -> None:
    app = Wall()
    async with app.run_test(size=(60, 20)) as pilot:
        curve = app.query_one(Counting)
        curve.show(CURVE)
        colours = set()
        for name in app.available_themes:
            app.theme = name
            await pilot.pause()
            colours |= {str(span.style) for span in curve.last.spans}
            assert "┤" in curve.last.plain
        assert len(colours) > 10
        for size in ((10, 3), (22, 6), (80, 8), (300, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            lines = curve.last.plain.rstrip("\n").splitlines()
            assert len(lines) <= size[1] and max(map(len, lines)) <= max(size[0], 30)
        curve.show(Plotted("Rates", empty="nothing yet"))
        await pilot.pause()
        assert curve.last.plain == "nothing yet"


@given(st.lists(st.tuples(FIGURES, FIGURES), min_size=1, max_size=30), st.lists(FIGURES, max_size=3),
       st.integers(20, 200), st.integers(4, 60), st.sampled_from(["", "outcome"]))  # fmt: skip
def test_any_points_fit_their_room(
    points: list[tuple[float, float]], levels: list[float], width: int, height: int, counts: str
) -> None:
    from sentinel.tui.widgets.over_time import _drawn

    theme = {"primary": "#0178D4", "foreground": "#e0e0e0", "error": "#ba3c5b"}
    curve = Plotted("x", tuple(sorted(points)), tuple(Level("l", each, BAD) for each in levels), counts=counts)
    lines = _drawn(curve, width, height, theme).plain.rstrip("\n").splitlines()
    assert len(lines) <= height and max(map(len, lines)) <= width


@given(FIGURES, st.floats(1e-6, 1e6), st.integers(2, 20))
def test_a_scale_has_round_figures_within_its_ends(low: float, span: float, many: int) -> None:
    held = scaled(low, low + span, many)
    assert len(held) <= many + 2
    assert held == sorted(set(held))
    assert all(low - span * 1e-3 <= each <= low + span * 1.001 for each in held)


@given(st.integers(0, 10**13), st.integers(2 * HOUR, 4000 * DAY), st.integers(20, 300))
def test_dates_tell_each_moment_from_the_next(first: int, span: int, width: int) -> None:
    held = dates(first, first + span, width)
    assert (held[0][0], held[-1][0]) == (first, first + span)
    words = [word for _, word in held]
    assert all(one != other for one, other in pairwise(words))


def test_one_moment_has_one_date() -> None:
    assert len(dates(0, 0, 80)) == 1
