"""Pages of which one is seen, under a line of their names: each is drawn when it is looked at, to the width it has."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from sentinel.domain.text import plain
from sentinel.tui.page import Line, Page

_SIDEWAYS = 8
Draw = Callable[[int], "Text | Iterable[Line]"]


class Part(Page):
    """A page that is drawn anew for another width. What the arrows to the left and right do, the screen says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "sideways(-1)", "to the left", show=False),
        Binding("l", "sideways(1)", "to the right", show=False),
    ]

    def __init__(self, name: str, draw: Draw, *, id: str, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.title, self._draw = name, draw

    def on_resize(self) -> None:
        """Another width is another drawing."""
        self.tell()

    def action_sideways(self, by: int) -> None:
        """A few letters on."""
        self.scroll_relative(x=by * _SIDEWAYS, animate=False)

    def action_scroll_left(self) -> None:
        """Not here."""
        raise SkipAction

    def action_scroll_right(self) -> None:
        """Not here."""
        raise SkipAction

    def tell(self) -> None:
        """Draw it, where it is seen."""
        if self.size.width:
            self.show(self._draw(self.room))


class Name(Static):
    """The name of a part; a click turns to it."""

    class Clicked(Message):
        """Somebody wants to see this part."""

        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self, part: Part) -> None:
        super().__init__(part.title, markup=False, classes="part-name")
        self.part = str(part.id)

    def on_click(self, event: events.Click) -> None:
        """Turn to it."""
        event.stop()
        self.post_message(self.Clicked(self.part))


class Parts(Vertical):
    """The names, and the page that is seen."""

    class Turned(Message):
        """Another part is seen."""

    def __init__(self, *parts: Part, id: str) -> None:
        super().__init__(id=id)
        self.parts = parts
        self.current = parts[0]

    def compose(self) -> ComposeResult:
        """Names above, pages below."""
        with Horizontal(classes="part-names"):
            for part in self.parts:
                yield Name(part)
        for part in self.parts:
            part.display = part is self.current
            yield part

    def on_mount(self) -> None:
        """Say which one is seen."""
        self._mark()

    def on_name_clicked(self, event: Name.Clicked) -> None:
        """The one that was clicked."""
        event.stop()
        self.turn_to(event.part)

    def turn(self, by: int) -> None:
        """So many parts on, and from the last to the first."""
        at = (self.parts.index(self.current) + by) % len(self.parts)
        self.turn_to(str(self.parts[at].id))

    def turn_to(self, id: str) -> None:
        """See this part; who read the one before goes on with this one."""
        part = next(each for each in self.parts if each.id == id)
        if part is self.current:
            return
        was, self.current = self.current, part
        reads = was.has_focus
        part.display, was.display = True, False
        if reads:
            part.focus()
        self._mark()
        self.post_message(self.Turned())

    def tell(self) -> None:
        """Draw what is seen."""
        self.current.tell()

    def rename(self, id: str, title: str) -> None:
        """Give a part another name."""
        for name in self.query(Name):
            if name.part == id and name.content != (shown := plain(title)):
                name.update(shown)

    def _mark(self) -> None:
        for name in self.query(Name):
            name.set_class(name.part == self.current.id, "-here")
