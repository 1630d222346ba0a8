"""Events: everything that is on record, the newest at the bottom, as it happens."""

from collections.abc import Mapping
from time import monotonic
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from sentinel.domain.digest import Json
from sentinel.tui import acts
from sentinel.tui.acts import Act
from sentinel.tui.known.asking import Wish
from sentinel.tui.known.stretch import Stretch
from sentinel.tui.marks import BAD, Cell
from sentinel.tui.screen import BESIDE, DashboardScreen
from sentinel.tui.shown.about_event import EVENTS, about_event, leads
from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.growing import Growing
from sentinel.tui.widgets.listing import Listing
from sentinel.tui.widgets.page import Page, titled

_PAGE = 500
_PACE = 0.1
"""Seconds between two drawings, however much happens."""
_REST = 0.5
"""Seconds for which a page is read at least, where the cursor is carried along."""


class Events(DashboardScreen):
    """The record."""

    HELP: ClassVar[str] = (
        "Everything that has happened is an event, and nothing of it is ever changed or deleted. The newest is at the "
        "bottom, and the table follows it; go up to read, and it stands still, until you go to the end or press f. "
        "At the top older ones are asked for. Below is all that is on record of the event under the cursor; Enter goes "
        "to what it is about. K chooses a kind of stream, s shows the stream under the cursor alone."
    )
    CSS_PATH = "events.tcss"
    AUTO_FOCUS = "#record Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "follow the end, or stand still", show=False),
        Binding("K", "kind", "kind"),
        Binding("s", "stream", "this stream"),
        Binding("m", "more", "older ones", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.stretch = Stretch()
        self._before: int | None = None
        self._drawn = -1
        self._told_at, self._owed = 0.0, False

    def wishes(self) -> Mapping[str, Wish]:
        """The latest, and older ones where they are wanted; what happens from then on comes by itself."""
        scope: dict[str, Json] = {"limit": _PAGE, "stream": self.stretch.scope}
        found = {"events": Wish("events", scope)}
        if self._before is not None:
            found["older"] = Wish("events", {**scope, "before": self._before})
        return found

    def body(self) -> ComposeResult:
        """The table, and a page about one event."""
        with Container(id="events"):
            yield Listing("Events", EVENTS, id="record", empty="none", kind=Growing)
            yield Page(id="event")

    def on_resize(self) -> None:
        """Where there is much room, the page is beside the table."""
        self.set_class(self.size.width >= BESIDE, "-beside")

    def on_mount(self) -> None:
        """Draw at a pace."""
        self.set_interval(_PACE, self._keep_up)

    def focus_on(self, **what: str) -> None:
        """Show the events of a run or of another stream."""
        self._look_at(f"run/{what['run']}" if "run" in what else what.get("stream") or None)

    def _look_at(self, scope: str | None) -> None:
        if scope == self.stretch.scope:
            return
        self.stretch = Stretch(scope)
        self._begin()

    def _begin(self) -> None:
        """Nothing is known of what is wanted now."""
        self._before = None
        for name in ("events", "older"):
            self.answers.pop(name, None)
            self.refusals.pop(name, None)
        if self.is_mounted:
            self.query_one("#record", Listing).show([])
            self._grid.to_end()
            self._draw()
            self.look_again()

    # What comes.

    def heard(self, event: Json) -> None:
        """An event was put on record."""
        self.stretch.happened(event)

    def _keep_up(self) -> None:
        if self.is_current and self._drawn != self.stretch.count:
            self._draw()
        if self._owed:
            self._tell_page()

    def draw(self, wish: str) -> None:
        """Take what was asked for."""
        told = self.answers.get(wish)
        if told is not None and wish == "events":
            self.stretch.latest(told["events"], _PAGE)
        elif told is not None:
            self._before = None
            self.stretch.older(told["events"], _PAGE)
            del self.answers[wish]
        self._draw(older=wish == "older")

    @property
    def _grid(self) -> Growing:
        return self.query_one(Growing)

    def _draw(self, older: bool = False) -> None:
        grid, stretch = self._grid, self.stretch
        listing = self.query_one("#record", Listing)
        refusal = self.refusals.get("events") or self.refusals.get("older")
        if refusal is not None:
            self.query_one("#event", Page).show([Cell(refusal.what, BAD), refusal.todo])
        anew = grid.follows or older or not grid.rows
        if anew:
            self._drawn = stretch.count
        listing.title = f"Events of {stretch.scope.rstrip('/')}" if stretch.scope else "Events"
        listing.show(list(stretch.rows) if anew else grid.rows, self._standing())
        if refusal is None and not stretch.rows and stretch.known:
            self.query_one("#event", Page).show(["Nothing is on record here. K shows other events."])

    def _standing(self) -> str:
        stretch = self.stretch
        words = ["asking …"] if not stretch.known else []
        words += [] if stretch.begins or not stretch.known else ["m asks for older ones"]
        if self._grid.follows:
            words.append("it follows")
        else:
            since = stretch.count - self._drawn
            words.append(f"{since} came since: f follows" if since else "f follows")
        return " · ".join(words)

    # Keys.

    @on(Growing.Turned)
    def turned(self) -> None:
        """Who goes to the end sees what came meanwhile; what was let go there is asked for again."""
        if self._grid.follows and self.stretch.cut:
            self.stretch = Stretch(self.stretch.scope)
            self._begin()
            self.asker.all_stale()
        self._draw()

    def action_follow(self) -> None:
        """Keep to the end, or stand still."""
        if self._grid.follows:
            self._grid.stand_still()
        else:
            self._grid.to_end()

    def action_more(self) -> None:
        """Older ones."""
        if self.stretch.begins or self.stretch.first is None:
            self.app.tell("There are no older ones.")
            return
        self._grid.stand_still()
        self._before = self.stretch.first
        self.look_again()

    def action_kind(self) -> None:
        """Choose a kind."""
        from sentinel.tui.dialogs.streams import Streams

        self.app.push_screen(Streams(self.stretch.scope), self._choose)

    def _choose(self, scope: str | None) -> None:
        if scope is not None:
            self._look_at(scope or None)

    def action_stream(self) -> None:
        """The stream under the cursor alone, or all again."""
        row = self._grid.cursor
        if self.stretch.scope is not None and not self.stretch.scope.endswith("/"):
            self._look_at(None)
        elif row is not None:
            self._look_at(row.what["stream"])

    @on(Grid.Moved)
    def moved(self, event: Grid.Moved) -> None:
        """The page is about the event under the cursor; at the top older ones are asked for."""
        grid = self._grid
        row = grid.cursor
        if isinstance(event, Grid.Picked) or row is None:
            return
        self._tell_page()
        at_top = row is grid.seen[0] and not grid.follows and not grid.words
        if at_top and self._before is None and not self.stretch.begins and self.stretch.known:
            self.action_more()

    def _tell_page(self) -> None:
        """Show the event under the cursor; a flood that carries it along shows one now and then."""
        row = self._grid.cursor
        self._owed = self._grid.follows and monotonic() - self._told_at < _REST
        if self._owed or row is None:
            return
        self._told_at = monotonic()
        page = self.query_one("#event", Page)
        page.border_title = titled(f"{row.what['kind']} {row.key}")
        page.show(about_event(row.what, self.app.now()))
        page.scroll_home(animate=False)

    @on(Grid.Picked)
    def opened(self, event: Grid.Picked) -> None:
        """Go to what it is about."""
        place = leads(event.row.what)
        if place is None:
            self.app.tell("This is seen nowhere else.")
        else:
            self.app.visit(place[0], **place[1])

    def chosen(self) -> list[Act]:
        """What can be done to the line that an event is about, or to what was not sent."""
        row = self._grid.cursor
        if row is None:
            return []
        stream = row.what["stream"]
        return acts.on_waiting(
            self.app.attention,
            lambda item: stream in (f"run/{item['run']}", f"delivery/{item['delivery']}", f"line/{item['line']}"),
        )
