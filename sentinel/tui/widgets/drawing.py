"""A drawing of the command line as a page, drawn anew where there is another width."""

from collections.abc import Callable

from sentinel.api.draw.pen import Pen, inked
from sentinel.domain.text import plain
from sentinel.tui.widgets.page import Page, drawn


class Drawing(Page):
    """One drawing at a time, under its title."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._draw: Callable[[Pen], None] | None = None
        self._title = ""

    def draw(self, title: str, draw: Callable[[Pen], None]) -> None:
        """Show a drawing; one that has the title of the last one stays where it was scrolled to."""
        self._draw = draw
        if title != self._title:
            self._title = title
            # a border's title is markup, and a title holds data
            self.border_title = plain(title).replace("[", "\\[")
            self.scroll_home(animate=False)
        self._again()

    def on_resize(self) -> None:
        """Another width is another drawing."""
        self._again()

    def _again(self) -> None:
        if self._draw is not None and self.size.width:
            self.show(drawn(inked(self._draw, self.room)))
