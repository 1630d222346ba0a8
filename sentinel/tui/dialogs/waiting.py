"""All that waits for a person: what it is about, since when, and what deals with it."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sentinel.api.draw.moments import ago
from sentinel.domain.digest import Json
from sentinel.domain.text import plain
from sentinel.tui.acts import on_item
from sentinel.tui.dialogs.dialog import Dialog
from sentinel.tui.marks import WARN, Cell
from sentinel.tui.widgets.grid import Column, Grid, Row

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard

_KINDS = {
    "approval": "⚑ asks", "person": "⚑ asks", "frozen": "* frozen", "given-up": "✗ not sent", "alert": "! alert",
    "faults": "! faults", "held": "‖ held", "paused": "‖ paused",
}  # fmt: skip


class Waiting(Dialog[None]):
    """The list; it changes as things are dealt with, here or elsewhere."""

    app: "Dashboard"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,enter", "act", "deal with it"),
        Binding("v", "visit", "look at it"),
        Binding("w", "leave", "leave", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The list, and how it is used."""
        columns = (Column("", least=8), Column("about", most=24), Column("since", most=12, rank=2),
                   Column("what it says", most=200, grows=True))  # fmt: skip
        with Vertical(classes="box -large"):
            yield Static("What waits for you", classes="title", markup=False)
            yield Grid(columns)
            yield Static("", markup=False, id="whole")
            yield Static("a or Enter deals with it · v looks at it · Escape leaves", classes="keys", markup=False)

    def on_mount(self) -> None:
        """Fill it, and keep it so."""
        self.tell()
        self.set_interval(0.5, self.tell)
        self.query_one(Grid).focus()

    def tell(self) -> None:
        """Show what waits now."""
        self.query_one(Grid).show([self._row(item) for item in self.app.attention])
        if not self.app.attention:
            self.query_one("#whole", Static).update("Nothing waits any more.")

    def _row(self, item: Json) -> Row:
        about = item["about"] + (f" {item['step']}" if item["step"] else "")
        since = ago(item["since"], self.app.now())
        key = f"{item['kind']} {about} {item['version'] or ''}"
        return Row(key, (Cell(_KINDS.get(item["kind"], item["kind"]), WARN), about, since, item["says"]), item)

    @on(Grid.Moved)
    def moved(self, event: Grid.Moved) -> None:
        """The sentence whole, and the command that would do."""
        if event.row is not None and not isinstance(event, Grid.Picked):
            item = event.row.what
            told = [item["says"], f"→ {item['todo']}"] if item["todo"] else [item["says"]]
            self.query_one("#whole", Static).update("\n".join(plain(each) for each in told))

    @on(Grid.Picked)
    def picked(self, event: Grid.Picked) -> None:
        """Enter deals with it."""
        event.stop()
        self.action_act()

    def action_act(self) -> None:
        """Deal with it."""
        row = self.query_one(Grid).cursor
        if row is not None:
            self.app.offer(on_item(row.what), row.what["todo"])

    def action_visit(self) -> None:
        """Go where it is seen."""
        row = self.query_one(Grid).cursor
        if row is None:
            return
        item = row.what
        self.dismiss(None)
        if item["run"]:
            self.app.visit("run", run=item["run"])
        elif item["line"]:
            self.app.visit("models", line=item["line"])
        elif item["kind"] == "faults":
            self.app.visit("recipes", recipe=item["about"])
        else:
            self.app.visit("events")
