"""The bar on top of every screen: where one is, how fresh what is seen is, and what waits for a person."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_duration
from sentinel.domain.text import plain
from sentinel.tui.widgets.names import Name, Names
from sentinel.tui.widgets.page import themed

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard

_LINES = 3


class House(Widget):
    """One line: whose dashboard it is at its left, how fresh what is seen is at its right."""

    def __init__(self) -> None:
        super().__init__(id="house")
        self._said = Content()

    def say(self, left: Text, right: Text) -> None:
        """Say this; what says the same as before is not drawn again."""
        room = max(0, self.size.width - right.cell_len - 1)
        left = left.copy()
        left.truncate(room, overflow="ellipsis", pad=True)
        said = themed(Text.assemble(left, " ", right))
        if not said.is_same(self._said):
            self._said = said
            self.refresh()

    def render(self) -> Content:
        """What was said last."""
        return self._said


class Waits(Static):
    """What waits for a person, until it is dealt with; a click shows all of it."""

    def say(self, text: Text | None) -> None:
        """Say this, or that there is nothing; what says the same as before is not drawn again."""
        self.set_class(text is None, "-nothing")
        content = themed(text or Text(" nothing waits for you"))
        if not (isinstance(self.content, Content) and self.content.is_same(content)):
            self.update(content, layout=False)

    async def on_click(self) -> None:
        """Show all of it."""
        await self.app.run_action("waiting")


class TopBar(Vertical):
    """Three lines; the third goes where there is little room and nothing that waits for a person.

    Where there is room it stays, for nothing to move under the eye, or the mouse, whenever something comes to wait.
    """

    app: "Dashboard"

    def compose(self) -> ComposeResult:
        """The lines."""
        yield House()
        places = [Name(name, name.capitalize(), key) for key, name in self.app.places.items()]
        yield Names(places, type(self.screen).__name__.lower(), id="tabs")
        yield Waits(markup=False, id="waits", classes="-nothing")

    def on_mount(self) -> None:
        """Say how it is each second."""
        self.set_interval(1.0, self.tell)

    def on_resize(self) -> None:
        """Another width has other room."""
        self.tell()

    @on(Names.Wanted)
    def wanted(self, event: Names.Wanted) -> None:
        """Go there."""
        event.stop()
        self.app.go(event.which)

    def tell(self) -> None:
        """Say how things are."""
        if len(self.children) < _LINES:
            return  # it is being put up, or taken down
        self.query_one(House).say(self._house(), freshness(self.app))
        self.query_one(Waits).say(self._waiting())

    def _house(self) -> Text:
        status = self.app.status or {}
        text = Text.assemble(("Sentinel ", "bold"), plain(self.app.workspace.name))
        if status:
            text.append(f" on {plain(status['node'])}", "dim")
        if self.app.role == "view":
            text.append("  you may look", "yellow")
        if status.get("draining"):
            text.append("  it is being drained", "yellow")
        return text

    def _waiting(self) -> Text | None:
        items = self.app.attention
        if not items:
            return None
        first = plain(asked(items[0]))
        more = f" and {len(items) - 1} more" if len(items) > 1 else ""
        return Text.assemble((f" ⚑ {len(items)} ", "bold reverse"), f" {first}", (f"{more}  w shows", "dim"))


def asked(item: Json) -> str:
    """What waits for a person, in a sentence that says what it is about."""
    says = str(item["says"])
    if item["kind"] in ("approval", "person"):
        return f"{item['run']} `{item['step']}` asks: {says}"
    return says if item["about"] in says else f"{item['about']}: {says}"


def freshness(app: "Dashboard") -> Text:
    """How old what is seen is, in words."""
    if app.lost is not None:
        since = f"; seen is what was {rough_duration(app.heard_ago)} ago" if app.heard_at is not None else ""
        return Text(f"✗ {plain(app.lost.what).rstrip('.')}{since}", "red")
    if app.heard_at is None:
        return Text("… asking", "yellow")
    if app.heard_ago > 3 * 5_000:
        return Text(f"! silent for {rough_duration(app.heard_ago)}", "yellow")
    return Text("● live", "green")
