"""A table: how its columns share the room, what its cursor keeps to, and what it draws anew."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from sentinel.tui.marks import Cell
from sentinel.tui.widgets.grid import Column, Grid, Row, _cut, _widths
from sentinel.tui.widgets.listing import Listing

COLUMNS = (Column("name", most=12), Column("figure", right=True, rank=1), Column("why", most=60, grows=True))
ESCAPE = "\x1b[31mred\x1b[0m"


class Shown(App[None]):
    """A screen with one table, which counts the lines that it draws."""

    CSS_PATH = "../../sentinel/tui/dashboard.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing("Things", COLUMNS, id="things", empty="nothing")
        self.drawn: list[int] = []
        self.heard: list[Grid.Moved] = []

    def compose(self) -> ComposeResult:
        render = self.listing.grid.render_line

        def counted(y: int) -> Strip:
            self.drawn.append(y)
            return render(y)

        self.listing.grid.render_line = counted  # type: ignore[method-assign]
        yield self.listing

    def on_grid_moved(self, event: Grid.Moved) -> None:
        self.heard.append(event)

    def on_grid_picked(self, event: Grid.Picked) -> None:
        self.heard.append(event)


@asynccontextmanager
async def shown(rows: Sequence[Row], size: tuple[int, int] = (60, 14)) -> AsyncIterator[tuple[Shown, Pilot[None]]]:
    """A table that is looked at."""
    app = Shown()
    async with app.run_test(size=size) as pilot:
        app.listing.show(rows)
        app.listing.grid.focus()
        await pilot.pause()
        yield app, pilot


def row(number: int, why: str = "as it is") -> Row:
    """One row."""
    return Row(f"r{number}", (f"name {number}", Cell(str(number), "good", number), why), number)


async def test_a_row_that_changes_is_the_only_line_that_is_drawn_anew() -> None:
    rows = [row(number) for number in range(8)]
    async with shown(rows) as (app, pilot):
        app.drawn.clear()
        app.listing.show([*rows[:3], row(3, "not as it was"), *rows[4:]])
        await pilot.pause()
        assert set(app.drawn) == {4}


async def test_rows_that_are_the_same_are_not_drawn_at_all() -> None:
    rows = [row(number) for number in range(8)]
    async with shown(rows) as (app, pilot):
        app.drawn.clear()
        app.listing.show([row(number) for number in range(8)])
        await pilot.pause()
        assert app.drawn == []


async def test_of_ten_thousand_rows_those_in_sight_are_drawn() -> None:
    async with shown([row(number) for number in range(10_000)]) as (app, pilot):
        app.drawn.clear()
        await pilot.press("G")
        await pilot.pause()
        grid = app.listing.grid
        assert grid.cursor is not None
        assert grid.cursor.key == "r9999"
        assert len(app.drawn) < 100


async def test_the_cursor_keeps_to_its_row_as_others_come_and_go() -> None:
    async with shown([row(number) for number in range(8)]) as (app, pilot):
        await pilot.press("j", "j", "j")
        app.listing.show([row(number) for number in (20, 21, 22, 3, 1)])
        await pilot.pause()
        assert app.listing.grid.cursor == row(3)
        app.listing.show([row(20), row(21)])
        assert app.listing.grid.cursor == row(21)
        app.listing.show([])
        assert app.listing.grid.cursor is None


async def test_vim_keys_and_arrows_move_alike() -> None:
    async with shown([row(number) for number in range(40)]) as (app, pilot):
        for keys, at in (("j", 1), ("down", 2), ("k", 1), ("G", 39), ("up", 38), ("g", 0), ("end", 39), ("home", 0)):
            await pilot.press(keys)
            assert app.listing.grid.cursor == row(at), keys


async def test_it_sorts_by_figures_as_figures_and_turns_round() -> None:
    async with shown([row(number) for number in (10, 9, 100)]) as (app, pilot):
        await pilot.press("o", "o")
        assert [each.what for each in app.listing.grid.seen] == [9, 10, 100]
        await pilot.press("O")
        assert [each.what for each in app.listing.grid.seen] == [100, 10, 9]
        await pilot.press("o", "o")
        assert [each.what for each in app.listing.grid.seen] == [10, 9, 100]


async def test_the_mouse_goes_to_a_row_opens_it_and_sorts() -> None:
    async with shown([row(number) for number in (3, 1, 2)]) as (app, pilot):
        await pilot.click(Grid, offset=(4, 2))
        assert app.listing.grid.cursor == row(1)
        await pilot.click(Grid, offset=(4, 2), times=2)
        assert isinstance(app.heard[-1], Grid.Picked)
        await pilot.click(Grid, offset=(2, 0))
        assert [each.what for each in app.listing.grid.seen] == [1, 2, 3]


async def test_a_filter_takes_effect_with_each_letter_and_escape_takes_it_away() -> None:
    async with shown([row(1, "a fault"), row(2, "fine"), row(3, "another fault")]) as (app, pilot):
        await pilot.press("slash", *"fau")
        assert [each.what for each in app.listing.grid.seen] == [1, 3]
        assert "2 of 3" in str(app.listing.border_title)
        await pilot.press("enter", "j")
        assert app.listing.grid.cursor == row(3, "another fault")
        await pilot.press("slash", "escape")
        assert len(app.listing.grid.seen) == 3


async def test_what_a_row_says_is_neither_markup_nor_drives_the_terminal() -> None:
    hostile = f"[@click=app.quit]x[/] [red] {ESCAPE} \u202eback \x07 \x9b2J"
    async with shown([Row("r", (hostile, hostile, hostile))], (160, 5)) as (app, pilot):
        app.listing.rename(hostile)
        await pilot.pause()
        text = "".join(segment.text for y in range(3) for segment in app.listing.grid.render_line(y))
        assert "[@click=app.quit]x[/]"[:10] in text
        assert not set(text) & set("\x1b\x07\x9b\u202e")
        assert app.is_running


def test_a_cell_is_as_wide_as_its_column_whatever_letters_it_has() -> None:
    for text in ("漢字漢字漢字", "a" * 50, "", "🙂🙂🙂🙂", ESCAPE):
        from rich.cells import cell_len

        assert cell_len(_cut(text, 7, False)) == 7
        assert cell_len(_cut(text, 7, True)) == 7


columns = st.lists(
    st.builds(
        Column, st.text("abc", min_size=1, max_size=8), st.integers(0, 5), st.integers(4, 60), st.integers(2, 12),
        st.booleans(), st.booleans(),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@given(columns, st.data())
def test_columns_fit_into_the_room_as_long_as_their_least_does(held: list[Column], data: st.DataObject) -> None:
    texts = [data.draw(st.text("xyz", max_size=80)) for _ in held]
    room = data.draw(st.integers(1, 200))
    widths = _widths(held, [Row("r", tuple(texts))], room)
    taken = sum(width + 2 for width in widths if width) - 2
    kept = [column for column, width in zip(held, widths, strict=True) if width]
    assert taken <= room or all(not column.rank for column in kept)
    assert all(width or column.rank for column, width in zip(held, widths, strict=True))
    # what was left out was worth no more than what was kept
    left = [column.rank for column, width in zip(held, widths, strict=True) if not width]
    assert not left or min(left) >= max((column.rank for column in kept), default=0)


@given(columns, st.integers(1, 200))
def test_with_more_room_no_column_is_lost(held: list[Column], room: int) -> None:
    rows = [Row("r", tuple("x" * 30 for _ in held))]
    few, more = (_widths(held, rows, each) for each in (room, room + 20))
    assert all(wide or not narrow for narrow, wide in zip(few, more, strict=True))
