"""Rotation: which specs of the zoo train next and when, how far their versions have matured, and what is in the way."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from sentinel.api.draw.pen import inked
from sentinel.api.draw.rotation import draw_rotation
from sentinel.api.draw.zoo import draw_spec
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal
from sentinel.domain.text import plain
from sentinel.tui import acts
from sentinel.tui.acts import Act
from sentinel.tui.known.asking import Wish
from sentinel.tui.marks import BOLD, DIM, WARN, Cell
from sentinel.tui.screen import DashboardScreen
from sentinel.tui.shown.zoo import SPECS, VERSIONS, calendar, name_of, room, sentences, spec_row, version_row
from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.listing import Listing
from sentinel.tui.widgets.page import Line, Page, drawn, lines
from sentinel.tui.widgets.panes import PANE_KEYS, Panes

_MOST = 4
"""So many rotations are spoken of above the table."""
_RUNS = ("RunQueued", "RunStarted", "RunEnded")


class Rotation(DashboardScreen):
    """The zoo, as its rotations look at it."""

    HELP: ClassVar[str] = (
        "The specs of the zoo in the order of their turns. The sentence on top says which of them train next, and "
        "when. Each spec's row speaks of that version of it which is furthest on its way to a challenge: it has to be "
        "scored in the shadow for so many days and on so many outcomes before a gate may hold it against the champion. "
        "Below: the versions of the chosen spec (Enter opens one), all about the spec, and what a rotation would do "
        "now; + and - try another budget there."
    )
    CSS_PATH = "rotation.tcss"
    AUTO_FOCUS = "#specs Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        *PANE_KEYS,
        Binding("plus", "budget(1)", "a larger budget", show=False),
        Binding("minus", "budget(-1)", "a smaller budget", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._wanted: str | None = None
        """The spec that somebody asked to see."""
        self._budget: int | None = None
        """The budget that is tried out."""

    def wishes(self) -> Mapping[str, Wish]:
        """The zoo, and what its rotation would do."""
        wishes = {"zoo": Wish("zoo", {}, ("line/", "rotation/", "house"), every=60)}
        told = self._rotation
        if told is not None and told["recipe"]:
            given = {"recipe": told["recipe"], "line": told["line"], "budget": self._budget}
            wishes["rotation"] = Wish("rotation", given, ("line/", "rotation/", "house"), every=60)
        return wishes

    def body(self) -> ComposeResult:
        """The sentence, the specs, and the parts about the one that is chosen."""
        yield Static("asking …", markup=False, id="next")
        yield Listing("Specs", SPECS, id="specs", empty="none")
        held = {"Versions": Listing("Versions", VERSIONS, id="versions", empty="none yet"),
                "Spec": Page(id="spec"), "Turns": Page(id="turns")}  # fmt: skip
        yield Panes(held, id="about", spreads=150)

    def on_mount(self) -> None:
        """Ages go on by themselves."""
        self.query_one("#spec", Page).border_title = "Spec"
        self.query_one("#turns", Page).border_title = "Turns"
        self.set_interval(10, self._older)

    def focus_on(self, **what: str) -> None:
        """Show a spec."""
        self._wanted = what.get("spec")
        if self.is_mounted:
            self._go()

    def heard(self, event: Json) -> None:
        """A run may be a rotation: one that waits comes before the next that is scheduled."""
        if event["kind"] in _RUNS:
            self.asker.heed({"rotation/"})

    def _older(self) -> None:
        if self.is_current:
            self._show()

    # What is chosen.

    @property
    def _chosen(self) -> tuple[Json, Json] | None:
        """The rotation and the spec of the row under the cursor."""
        row = self.query_one("#specs-grid", Grid).cursor if self.is_mounted else None
        return row.what if row is not None else None

    @property
    def _rotation(self) -> Json | None:
        told = self.answers.get("zoo")
        if self._chosen is not None:
            return self._chosen[0]
        return told["rotations"][0] if told is not None else None

    def _go(self) -> None:
        grid = self.query_one("#specs-grid", Grid)
        for row in grid.seen:
            if row.what[1]["spec"] == self._wanted:
                self._wanted = None
                grid.go_to(row.key)
                return

    # Drawing.

    def draw(self, wish: str) -> None:
        """Draw what is known."""
        self._show()
        if wish == "zoo":
            self._go()
            self.look_again()

    def _show(self) -> None:
        self._head()
        told = self.answers.get("zoo")
        now = self.app.now()
        held = [(each, spec) for each in (told["rotations"] if told else ()) for spec in each["specs"]]
        self.query_one("#specs", Listing).show([spec_row(spec, each, now) for each, spec in held])
        self._spec()
        self._turns()

    def _head(self) -> None:
        head = self.query_one("#next", Static)
        if "zoo" in self.refusals:
            text = lines(_refused(self.refusals["zoo"]))
        elif "zoo" in self.answers:
            text = lines(self._said(self.answers["zoo"]["rotations"]))
        else:
            return
        if head.content != text:
            head.update(text)

    def _said(self, rotations: list[Json]) -> list[Line]:
        several = len(rotations) > 1
        said: list[Line] = []
        for each in rotations[:_MOST]:
            of = f"{name_of(each)}  " if several else ""
            first, *more = sentences(each, self.app.now())
            said.append((Cell(of, DIM), Cell(first, BOLD), *(Cell(f"  {text}") for text in more)))
        if len(rotations) > _MOST:
            said.append(Cell(f"and {len(rotations) - _MOST} more rotations", DIM))
        now = self.answers.get("rotation")
        if now is not None:
            lags = any(each["waiting"] or each["arrivals"] > each["slots"] for each in now["shadows"])
            said.append(Cell(f"{name_of(now)} · {room(now)}", WARN if lags else DIM))
        return said

    def _spec(self) -> None:
        page, listing = self.query_one("#spec", Page), self.query_one("#versions", Listing)
        if self._chosen is None:
            listing.show([])
            page.show(Text())
            return
        spec, now = self._chosen[1], self.app.now()
        left = spec["made"] - len(spec["versions"])
        more = f"and {left} older ones" if left > 0 else ""
        listing.rename(f"Versions of {plain(spec['spec'])}")
        listing.show([version_row(each, now) for each in spec["versions"]], more)
        # its versions have a table of their own
        told = {**spec, "versions": []}
        page.show(drawn(inked(partial(draw_spec, told=told, now=now), page.room)))

    def _turns(self) -> None:
        page, told = self.query_one("#turns", Page), self._rotation
        said: list[Line] = []
        if told is not None:
            rows = list(calendar(told, self.app.now()))
            wide = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
            said = [(f"{when:<{wide[0]}}  ", Cell(f"{ahead:<{wide[1]}}  ", DIM), Cell(names, BOLD))
                    for when, ahead, names in rows]  # fmt: skip
        text = lines(said)
        if "rotation" in self.refusals:
            text.append("\n\n").append_text(lines(_refused(self.refusals["rotation"])))
        elif "rotation" in self.answers:
            now = self.answers["rotation"]
            text.append(f"\n\nNow, with a budget of {now['budget']} (+ and - try another):\n", "dim")
            text.append_text(drawn(inked(partial(draw_rotation, told=now), page.room)))
        page.show(text)

    # Keys.

    @on(Grid.Moved, "#specs-grid")
    def moved(self, event: Grid.Moved) -> None:
        """Another spec is chosen, maybe of another rotation."""
        if isinstance(event, Grid.Picked):
            self.query_one(Panes).turn_to("Versions", focus=True)
            return
        self._spec()
        self._turns()
        self.look_again()

    @on(Grid.Picked, "#versions-grid")
    def opened(self, event: Grid.Picked) -> None:
        """See a version among those of its line."""
        if self._chosen is not None and (line := self._chosen[1]["line"]):
            self.app.visit("models", line=line, version=event.row.key)

    @on(Panes.Turned)
    def turned(self) -> None:
        """Another part has another room."""
        self.call_after_refresh(self._show)

    def action_part(self, by: int) -> None:
        """The next part, or the one before."""
        self.query_one(Panes).turn(by)

    def action_budget(self, by: int) -> None:
        """Try what a rotation with another budget would do."""
        told = self._rotation
        if told is not None and told["recipe"]:
            self._budget = max(0, (told["budget"] if self._budget is None else self._budget) + by)
            self.query_one(Panes).turn_to("Turns")
            self.look_again()

    def chosen(self) -> list[Act]:
        """What can be done to the rotation."""
        told = self._rotation
        return acts.on_rotation(told, self._budget) if told is not None else []


def _refused(refusal: Refusal) -> list[Line]:
    return [Cell(refusal.what, WARN), refusal.todo] if refusal.todo else [Cell(refusal.what, WARN)]
