"""The bar on top of every screen: where one is, how fresh what is seen is, and what waits for a person."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_duration
from sentinel.domain.text import plain
from sentinel.tui.page import themed

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard

_SLOW = 2_000
"""ms after which an answer that has not come is spoken of."""


class Tab(Static):
    """The name of a screen, with its key; a click goes there."""

    def __init__(self, key: str, name: str, here: bool) -> None:
        super().__init__(Text.assemble((key, "bold"), " ", name.capitalize()), markup=False, classes="tab")
        self.place = name
        self.set_class(here, "-here")

    async def on_click(self, event: events.Click) -> None:
        """Go there."""
        event.stop()
        await self.app.run_action(f"go('{self.place}')")


class Waits(Static):
    """What waits for a person, until it is dealt with; a click shows all of it."""

    async def on_click(self) -> None:
        """Show all of it."""
        await self.app.run_action("waiting")


class TopBar(Vertical):
    """Two lines, and a third as long as something waits for a person."""

    app: "Dashboard"

    def compose(self) -> ComposeResult:
        """The lines."""
        with Horizontal(id="house"):
            yield Static(markup=False, id="name")
            yield Static(markup=False, id="fresh")
        with Horizontal(id="tabs"):
            here = type(self.screen).__name__.lower()
            for key, name in self.app.places.items():
                yield Tab(key, name, name == here)
        yield Waits(markup=False, id="waits")

    def on_mount(self) -> None:
        """Say how it is at once, and then each second."""
        self.call_after_refresh(self.tell)
        self.set_interval(1.0, self.tell)

    def tell(self) -> None:
        """Say how things are; what says the same as before is not drawn again."""
        if len(self.query("#name, #fresh, #waits")) < 3:
            return  # it is being put up, or taken down
        self._put("#name", self._house())
        self._put("#fresh", freshness(self.app))
        waits = self._waiting()
        self.query_one("#waits", Waits).display = waits is not None
        if waits is not None:
            self._put("#waits", waits)

    def _put(self, where: str, text: Text) -> None:
        held, content = self.query_one(where, Static), themed(text)
        if not (isinstance(held.content, Content) and held.content.is_same(content)):
            held.update(content)

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
