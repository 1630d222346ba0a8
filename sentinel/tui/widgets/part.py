"""A page that is drawn when it is looked at, to the width that it has."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.text import Text
from textual.actions import SkipAction
from textual.binding import Binding, BindingType

from sentinel.tui.widgets.page import Line, Page

_SIDEWAYS = 8
Draw = Callable[[int], "Text | Iterable[Line]"]


class Part(Page):
    """A page that is drawn anew for another width. What the arrows to the left and right do, the screen says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "sideways(-1)", "to the left", show=False),
        Binding("l", "sideways(1)", "to the right", show=False),
    ]

    def __init__(self, draw: Draw, *, id: str, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw

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
