"""A table with a title that counts, and a filter that comes with `/`."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from sentinel.domain.text import plain
from sentinel.tui.widgets.grid import Column, Grid, Row


class Filter(Input):
    """Words that rows must have; Escape takes them away, Enter goes back to the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear_words", "no filter", show=False, priority=True)]

    def action_clear_words(self) -> None:
        """Show every row again."""
        self.value = ""
        if isinstance(self.parent, Listing):
            self.parent.close_filter()


class Listing(Vertical):
    """A titled table."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("slash", "filter", "filter", key_display="/")]

    def __init__(
        self, title: str, columns: Sequence[Column], *, id: str, empty: str = "", kind: type[Grid] = Grid
    ) -> None:  # fmt: skip
        super().__init__(id=id, classes="listing")
        self.title, self.empty = title, empty
        self.grid = kind(columns, id=f"{id}-grid")
        self._filter: Filter | None = None
        """There once somebody has asked for it."""
        self._more = ""

    def compose(self) -> ComposeResult:
        """The table."""
        yield self.grid
        self._entitle()

    def show(self, rows: Sequence[Row], more: str = "") -> None:
        """Show rows; `more` says what is not among them."""
        self._more = more
        self.grid.show(rows)
        self._entitle()

    def rename(self, title: str) -> None:
        """Give it another title."""
        self.title = title
        self._entitle()

    async def action_filter(self) -> None:
        """Ask for words."""
        if self._filter is None:
            self._filter = Filter(placeholder="words that a row must have", id=f"{self.id}-filter")
            await self.mount(self._filter)
        self._filter.display = True
        self.screen.set_focus(self._filter)  # at once: what is typed next is meant for it

    def close_filter(self) -> None:
        """Back to the rows; what was typed stays in force."""
        if self._filter is not None:
            self._filter.display = bool(self._filter.value)
        self.grid.focus()

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Each letter counts at once."""
        event.stop()
        self.grid.narrow(event.value)
        self._entitle()

    @on(Input.Submitted)
    def back(self, event: Input.Submitted) -> None:
        """Enter goes back to the rows."""
        event.stop()
        self.close_filter()

    @on(Grid.Sorted)
    def sorted(self) -> None:
        """The title says by what."""
        self._entitle()

    def _entitle(self) -> None:
        grid = self.grid
        seen, all_ = len(grid.seen), len(grid.rows)
        count = f"{seen} of {all_}" if seen != all_ else f"{all_}" if all_ else self.empty
        words = [self.title, count] + ([self._more] if self._more else [])
        if grid.words:
            words.append(f"with “{plain(grid.words)}”")
        # a border's title is markup, and a title holds data
        self.border_title = " · ".join(word for word in words if word).replace("[", "\\[")
