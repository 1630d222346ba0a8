"""Panes of a screen that share a place: one is seen at a time, or all beside each other where there is room."""

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget

from sentinel.tui.widgets.names import Name, Names

PANE_KEYS: tuple[BindingType, ...] = (
    Binding("right_square_bracket", "part(1)", "part", key_display="[ ]"),
    Binding("left_square_bracket", "part(-1)", "part before", show=False),
)
"""What a screen with parts binds; it has `action_part`."""


class Panes(Vertical):
    """Panes with a row of their names; from a width of `spreads` on all of them are seen."""

    class Turned(Message):
        """Another part is seen."""

        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self, parts: Mapping[str, Widget], *, id: str, spreads: int | None = None) -> None:
        super().__init__(id=id, classes="-one")
        self.parts = dict(parts)
        self.part = next(iter(self.parts))
        """The one that is seen."""
        self._spreads = spreads
        self._spread = False
        for name, part in self.parts.items():
            part.display = name == self.part

    def compose(self) -> ComposeResult:
        """The names, and what they name."""
        yield Names([Name(part, part) for part in self.parts], self.part)
        with Container(classes="held"):
            yield from self.parts.values()

    def sees(self, part: str) -> bool:
        """Whether a part is seen."""
        return self._spread or part == self.part

    def on_resize(self) -> None:
        """Another width may have room for more."""
        spread = self._spreads is not None and self.size.width >= self._spreads
        if spread != self._spread:
            self._spread = spread
            self.set_class(spread, "-spread")
            self.set_class(not spread, "-one")
            self._arrange()
            self.post_message(self.Turned(self.part))

    def turn(self, by: int) -> None:
        """The next part, or the one before."""
        self.turn_to(self.query_one(Names).next_to(by))

    def turn_to(self, part: str, focus: bool = False) -> None:
        """Show a part. The focus goes along where it was in the one before, or where all are seen."""
        was = self.parts[self.part]
        seen = self.screen.focused
        along = focus or self._spread or (seen is not None and was in seen.ancestors_with_self)
        self.part = part
        self._arrange()
        if along:
            now = self.parts[part]
            self.screen.set_focus(now if now.can_focus else next(each for each in now.query("*") if each.focusable))
        self.query_one(Names).mark(part)
        self.post_message(self.Turned(part))

    def on_names_wanted(self, event: Names.Wanted) -> None:
        """Show the part that was clicked at."""
        event.stop()
        self.turn_to(event.which)

    def _arrange(self) -> None:
        for name, part in self.parts.items():
            part.display = self.sees(name)
