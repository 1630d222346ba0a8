"""A table that keeps still: rows by key, drawn line by line as they come into sight, and only what changed anew.

Thousands of rows cost no more than those on the screen; markup means nothing here, whatever a row says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sentinel.domain.text import plain
from sentinel.tui.marks import TONES, Cell

_GAP = 2
_MEASURED = 400
"""So many rows say how wide a column has to be."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. What has the highest `rank` is left out first where there is no room; rank 0 never is."""

    title: str
    rank: int = 0
    most: int = 40
    least: int = 4
    right: bool = False
    grows: bool = False


class Row(NamedTuple):
    """A row: its key, its cells, and what it stands for."""

    key: str
    cells: tuple[Cell | str, ...]
    what: Any = None


class Grid(ScrollView, can_focus=True):
    """Rows under a head that stays, with a cursor that keeps to its row whatever comes above it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--head", "grid--cursor", "grid--cursor-away", *(f"grid--{tone}" for tone in TONES),
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("ctrl+d,pagedown", "page(1)", "page down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "page up", show=False),
        Binding("g,home", "edge(0)", "first", show=False),
        Binding("G,end", "edge(1)", "last", show=False),
        Binding("enter,l", "pick", "open", show=False),
        Binding("o", "sort_next", "sort", show=False),
        Binding("O", "turn_round", "reverse", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row, or on a row that says something else now."""

        def __init__(self, grid: "Grid", row: Row | None) -> None:
            super().__init__()
            self.grid, self.row = grid, row

        @property
        def control(self) -> "Grid":
            """The table."""
            return self.grid

    class Picked(Moved):
        """Somebody wants a row opened."""

        row: Row

    class Sorted(Message):
        """The order is another one."""

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.rows: tuple[Row, ...] = ()
        self.seen: list[Row] = []
        """The rows that the filter lets through, in their order."""
        self.words = ""
        self._read: dict[str, tuple[Row, str]] = {}
        """What is looked for words in, while there are some."""
        self.sorted_by: int | None = None
        self.backwards = False
        self._at = 0
        self._widths: tuple[int, ...] = tuple(0 for _ in self.columns)

    # What it shows.

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows; what has not changed is not drawn again."""
        if self.rows != (fresh := tuple(rows)):
            self.rows = fresh
            self._arrange()

    def narrow(self, words: str) -> None:
        """Show only rows in which each of these words occurs."""
        if words != self.words:
            self.words = words
            self._arrange()

    def sort_by(self, column: int | None, backwards: bool = False) -> None:
        """Sort by a column; None: in the order in which the rows were given."""
        self.sorted_by, self.backwards = column, backwards
        self._arrange(whole=True)
        self.post_message(self.Sorted())

    @property
    def cursor(self) -> Row | None:
        """The row that the cursor stands on."""
        return self.seen[self._at] if self.seen else None

    def go_to(self, key: str) -> bool:
        """Put the cursor on a row, and say whether there is one."""
        for place, row in enumerate(self.seen):
            if row.key == key:
                self._go(place)
                return True
        return False

    def _arrange(self, whole: bool = False) -> None:
        before, old, widths = self.cursor, self.seen, self._widths
        self.seen = self._let_through()
        if self.sorted_by is not None:
            self.seen.sort(key=_order(self.sorted_by), reverse=self.backwards)
        if before is not None and not self._is_at(before.key):
            places = {row.key: place for place, row in enumerate(self.seen)}
            self._at = places.get(before.key, self._at)
        self._at = max(0, min(self._at, len(self.seen) - 1))
        self._fit()
        if whole or widths != self._widths or len(old) != len(self.seen):
            self.refresh()
        else:
            self._draw_again([place for place, (was, now) in enumerate(zip(old, self.seen, strict=True)) if was != now])
        if self.cursor != before:
            self.post_message(self.Moved(self, self.cursor))

    def _let_through(self) -> list[Row]:
        """The rows that have the words; of thousands that stay while others come, each is read once."""
        words = self.words.lower().split()
        known, self._read = self._read, {}
        if not words:
            return list(self.rows)
        seen = []
        for row in self.rows:
            read = known.get(row.key)
            if read is None or read[0] is not row:
                read = (row, " ".join(_text(cell) for cell in row.cells).lower())
            self._read[row.key] = read
            if all(word in read[1] for word in words):
                seen.append(row)
        return seen

    def _is_at(self, key: str) -> bool:
        return self._at < len(self.seen) and self.seen[self._at].key == key

    def _draw_again(self, places: Sequence[int]) -> None:
        top, height = self.scroll_offset.y, self.size.height
        for place in places:
            if 0 < (line := place - top + 1) < height:
                self.refresh(Region(0, line, self.size.width, 1))

    # How wide each column is.

    def _fit(self) -> None:
        room = self.scrollable_content_region.width or self.size.width
        self._widths = _widths(self.columns, self.seen[:_MEASURED], room)
        self.virtual_size = Size(room, len(self.seen) + 1)

    def on_resize(self) -> None:
        """Another size."""
        self.resized()

    def resized(self) -> None:
        """Another width is another share for each column."""
        self._fit()
        self._keep_in_sight()
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """All of it, where there is room."""
        return len(self.seen) + 1

    def watch_show_vertical_scrollbar(self) -> None:
        """A bar that comes takes a column, and one that goes leaves one."""
        self.call_after_refresh(self.resized)

    # How it is drawn.

    def render_line(self, y: int) -> Strip:
        """One line of what is in sight; the first is the head."""
        width = self.size.width
        if y == 0:
            return Strip(self._head()).crop_extend(0, width, self._ink("grid--head"))
        place = y - 1 + self.scroll_offset.y
        if place >= len(self.seen):
            return Strip.blank(width, self.rich_style)
        on = place == self._at
        under = self._ink("grid--cursor" if self.has_focus else "grid--cursor-away") if on else self.rich_style
        pieces = []
        for column, width_of, cell in zip(self.columns, self._widths, self.seen[place].cells, strict=True):
            if width_of:
                text, tone = (cell.text, cell.tone) if isinstance(cell, Cell) else (cell, "")
                style = (
                    under + self._ink(f"grid--{tone}", partial=True) if tone and not (on and self.has_focus) else under
                )
                pieces += [Segment(_cut(text, width_of, column.right), style), Segment(" " * _GAP, under)]
        return Strip(pieces).crop_extend(0, width, under)

    def _head(self) -> list[Segment]:
        style, pieces = self._ink("grid--head"), []
        for number, (column, width) in enumerate(zip(self.columns, self._widths, strict=True)):
            if width:
                arrow = "" if number != self.sorted_by else "▾" if self.backwards else "▴"
                pieces.append(Segment(_cut(column.title + arrow, width, column.right) + " " * _GAP, style))
        return pieces

    def _ink(self, name: str, partial: bool = False) -> Style:
        return self.get_component_rich_style(name, partial=partial)

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor looks another way."""
        super().watch_has_focus(has_focus)
        self._draw_again([self._at])

    # Keys and the mouse.

    def action_move(self, by: int) -> None:
        """So many rows on."""
        self._go(self._at + by)

    def action_page(self, by: int) -> None:
        """A screenful on."""
        self._go(self._at + by * max(1, self.size.height - 2))

    def action_edge(self, last: int) -> None:
        """To the first row or the last."""
        self._go(len(self.seen) - 1 if last else 0)

    def action_pick(self) -> None:
        """Open the row."""
        if self.cursor is not None:
            self.post_message(self.Picked(self, self.cursor))

    def action_sort_next(self) -> None:
        """By the next column; after the last, as the rows were given."""
        following = 0 if self.sorted_by is None else self.sorted_by + 1
        while following < len(self.columns) and not self._widths[following]:
            following += 1
        self.sort_by(following if following < len(self.columns) else None)

    def action_turn_round(self) -> None:
        """The other way round."""
        if self.sorted_by is not None:
            self.sort_by(self.sorted_by, not self.backwards)

    def on_click(self, event: events.Click) -> None:
        """A click goes to a row, a second one opens it; on the head it sorts."""
        if event.y == 0:
            column = self._column_at(event.x)
            self.sort_by(column, column == self.sorted_by and not self.backwards)
            return
        place = event.y - 1 + self.scroll_offset.y
        if place >= len(self.seen):
            return
        again = place == self._at and event.chain > 1
        self._go(place)
        if again:
            self.action_pick()

    def _column_at(self, x: int) -> int | None:
        for number, width in enumerate(self._widths):
            if width:
                if x < width + _GAP:
                    return number
                x -= width + _GAP
        return None

    def _go(self, place: int) -> None:
        place = max(0, min(place, len(self.seen) - 1))
        if place == self._at or not self.seen:
            return
        was, self._at = self._at, place
        self._draw_again([was, place])
        self._keep_in_sight()
        self.post_message(self.Moved(self, self.cursor))

    def _keep_in_sight(self) -> None:
        top, room = self.scroll_offset.y, max(1, self.size.height - 1)
        if self._at < top:
            self.scroll_to(y=self._at, animate=False)
        elif self._at >= top + room:
            self.scroll_to(y=self._at - room + 1, animate=False)

    # What it gives away.

    def exported(self) -> tuple[list[str], list[list[str]]]:
        """The heads, and all the rows that are seen, whole."""
        return [column.title for column in self.columns], [[_text(cell) for cell in row.cells] for row in self.seen]


def _order(column: int) -> Callable[[Row], tuple[int, float, str]]:
    def key(row: Row) -> tuple[int, float, str]:
        cell = row.cells[column]
        order = cell.order if isinstance(cell, Cell) and cell.order is not None else _text(cell)
        return (0, float(order), "") if isinstance(order, int | float) else (1, 0.0, order.lower())

    return key


def _text(cell: Cell | str) -> str:
    return cell.text if isinstance(cell, Cell) else cell


@lru_cache(maxsize=4096)
def _cut(text: str, width: int, right: bool) -> str:
    """A text in so many places: harmless, cut where it is too long."""
    shown = plain(text)
    long = cell_len(shown)
    if long > width:
        return set_cell_size(shown, width - 1) + "…" if width > 1 else "…"
    return " " * (width - long) + shown if right else shown + " " * (width - long)


def _widths(columns: Sequence[Column], rows: Sequence[Row], room: int) -> tuple[int, ...]:
    """As wide as each column needs to be. Where that is too much, what grows gives way first, then the last in rank
    is left out, and then the widest gives way.
    """
    wanted = [
        max([cell_len(column.title) + 1, *(cell_len(_text(row.cells[number])) for row in rows)])
        for number, column in enumerate(columns)
    ]
    widths = [min(width, column.most) for width, column in zip(wanted, columns, strict=True)]
    least = [min(width, column.least) for width, column in zip(widths, columns, strict=True)]
    needed = [low if column.grows else width for low, width, column in zip(least, widths, columns, strict=True)]
    kept = [True] * len(columns)

    def taken(held: Sequence[int]) -> int:
        return sum(width + _GAP for width, keep in zip(held, kept, strict=True) if keep) - _GAP

    ranked = sorted(((column.rank, number) for number, column in enumerate(columns) if column.rank), reverse=True)
    for _, number in ranked:
        if taken(needed) > room:
            kept[number] = False
    for floor in (needed, least):
        while taken(widths) > room:
            able = [number for number in range(len(columns)) if kept[number] and widths[number] > floor[number]]
            if not able:
                break
            widths[max(able, key=lambda number: widths[number] - floor[number])] -= 1
    for number, column in enumerate(columns):
        if column.grows and kept[number]:
            widths[number] += max(0, room - taken(widths))
            break
    return tuple(width if keep else 0 for width, keep in zip(widths, kept, strict=True))
