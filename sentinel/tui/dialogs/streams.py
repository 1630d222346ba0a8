"""Which part of the record is to be seen: all of it, or the streams of one kind."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sentinel.tui.dialogs.dialog import Dialog
from sentinel.tui.marks import BOLD, Cell
from sentinel.tui.shown.about_event import STREAMS
from sentinel.tui.widgets.grid import Column, Grid, Row

ALL = ""
"""What is answered for all of it."""


class Streams(Dialog[str]):
    """Answers with the beginning of the streams' names."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("K", "leave", "leave", show=False)]

    def __init__(self, scope: str | None) -> None:
        super().__init__()
        self.scope = scope

    def compose(self) -> ComposeResult:
        """One line a kind."""
        with Vertical(classes="box"):
            yield Static("Which events?", classes="title", markup=False)
            grid = Grid((Column("kind", least=8), Column("what is on record there", most=90, grows=True)))
            grid.styles.height = len(STREAMS) + 2
            yield grid

    def on_mount(self) -> None:
        """Fill it; the cursor stands on what is seen now."""
        grid = self.query_one(Grid)
        rows = [Row(ALL, (Cell("all", BOLD), "everything"), ALL)]
        rows += [Row(name, (Cell(name.rstrip("/"), BOLD), told), name) for name, told in STREAMS.items()]
        grid.show(rows)
        grid.go_to(self.scope or ALL)
        grid.focus()

    @on(Grid.Picked)
    def picked(self, event: Grid.Picked) -> None:
        """Enter chooses."""
        event.stop()
        self.dismiss(event.row.key)
