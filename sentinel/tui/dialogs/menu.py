"""What can be done: the acts on what is chosen, one key each."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sentinel.tui.acts import Act
from sentinel.tui.dialogs.dialog import Dialog
from sentinel.tui.marks import BAD, BOLD, Cell
from sentinel.tui.widgets.grid import Column, Grid, Row


class Menu(Dialog[Act]):
    """Answers with the act that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "leave", "leave", show=False)]

    def __init__(self, acts: Sequence[Act]) -> None:
        super().__init__()
        self.acts = {act.key: act for act in acts}

    def compose(self) -> ComposeResult:
        """One line an act."""
        with Vertical(classes="box"):
            yield Static("What is to be done?", classes="title", markup=False)
            grid = Grid((Column("key", least=3), Column("act", most=30), Column("what it does", most=90, grows=True)))
            grid.styles.height = len(self.acts) + 1
            yield grid

    def on_mount(self) -> None:
        """Fill it."""
        rows = [
            Row(key, (Cell(key, BOLD), Cell(act.title, BAD if act.danger else ""), act.says), act)
            for key, act in self.acts.items()
        ]
        self.query_one(Grid).show(rows)
        self.query_one(Grid).focus()

    def on_key(self, event: events.Key) -> None:
        """A key chooses."""
        act = self.acts.get(event.character or "")
        if act is not None:
            event.stop()
            self.dismiss(act)

    @on(Grid.Picked)
    def picked(self, event: Grid.Picked) -> None:
        """So does Enter."""
        event.stop()
        self.dismiss(event.row.what)
