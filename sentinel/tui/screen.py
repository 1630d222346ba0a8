"""What every screen of the dashboard is: it says what it wants to know, is told that, and draws it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.screen import Screen

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal
from sentinel.tui.acts import Act
from sentinel.tui.bar import TopBar
from sentinel.tui.board import Board
from sentinel.tui.known.asking import Asker, Told, Unanswered, Wish, is_away
from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.listing import Listing
from sentinel.tui.widgets.names import Keys

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard

BESIDE = 200
"""From so many columns on, a page is better read beside a table than below it."""


class DashboardScreen(Screen[None]):
    """A screen. One file holds one, by the name of the file: `screens/drift.py` has `class Drift`."""

    app: "Dashboard"
    HELP: ClassVar[str] = ""
    """What is seen here, for a reader who is new."""
    AUTO_FOCUS = "Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "act", "act"),
        Binding("e", "export", "export", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Json] = {}
        """What is known, by the names of the wishes."""
        self.refusals: dict[str, Refusal] = {}
        """Why something is not known."""

    # What a screen says of itself.

    def wishes(self) -> Mapping[str, Wish]:
        """What it wants to know, by name; asked anew whenever a wish is another one or stale."""
        return {}

    def body(self) -> ComposeResult:
        """What it is made of."""
        yield Container()

    def draw(self, wish: str) -> None:
        """Draw what is known by now (`self.answers`), or why it is not (`self.refusals`)."""

    def chosen(self) -> list[Act]:
        """What can be done to what is chosen."""
        return []

    def focus_on(self, **what: str) -> None:
        """Show this: a run, a line, whatever the screen is about."""

    def progressed(self, told: Json) -> None:
        """An attempt has come further."""

    def heard(self, event: Json) -> None:
        """An event was put on record."""

    # What all of them have.

    def compose(self) -> ComposeResult:
        """The bar, the screen's own, the board beside it, the keys."""
        yield TopBar()
        with Horizontal(id="main"):
            with Container(id="body"):
                yield from self.body()
            yield Board()
        yield Keys()

    def on_mount(self) -> None:
        """Begin to ask."""
        self.asker = Asker(self.app.client, self.wishes, self.post_message, lambda: self in self.app.screen_stack)
        self.run_worker(self.asker.ask_on(), name="asking")

    def on_screen_resume(self) -> None:
        """Somebody looks again: what became stale meanwhile is asked now."""
        self.query_one(TopBar).tell()
        self.query_one(Board).tell()
        self.look_again()

    def look_again(self) -> None:
        """Have what is wished for anew asked now."""
        if self.is_mounted:
            self.asker.look_again()

    def on_told(self, message: Told) -> None:
        """Keep an answer, and draw it where it says something else than before."""
        if message.wish not in self.asker.asked:
            return
        refused = self.refusals.pop(message.wish, None)
        if refused is not None or message.wish not in self.answers or self.answers[message.wish] != message.answer:
            self.answers[message.wish] = message.answer
            self.draw(message.wish)

    def on_unanswered(self, message: Unanswered) -> None:
        """Say why there is nothing to see; what was known of a daemon that is away stays."""
        if not is_away(message.refusal):
            self.refusals[message.wish] = message.refusal
            self.answers.pop(message.wish, None)
            self.draw(message.wish)

    def action_act(self) -> None:
        """Offer what can be done to what is chosen."""
        self.app.offer(self.chosen())

    def action_export(self) -> None:
        """Write the table that is looked at to a file."""
        grid = self.focused if isinstance(self.focused, Grid) else next(iter(self.query(Grid)), None)
        if grid is None:
            self.app.tell("There is no table here.", "warning")
            return
        listing = next((each for each in grid.ancestors if isinstance(each, Listing)), None)
        self.app.export(f"{type(self).__name__.lower()}-{listing.id if listing else 'table'}", grid)
