"""A page of text: scrolled by keys, drawn from lines that have a tone, or from a drawing of the command line."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content, Span
from textual.widgets import Static

from sentinel.domain.text import plain
from sentinel.tui.marks import BAD, BOLD, DIM, GOOD, LIVE, WARN, Cell

_STYLES = {GOOD: "green", WARN: "yellow", BAD: "red", LIVE: "blue", DIM: "dim", BOLD: "bold"}

_THEMED = {
    "green": "$text-success", "yellow": "$text-warning", "red": "$text-error", "blue": "$text-primary",
    # as a terminal numbers them
    "color(2)": "$text-success", "color(3)": "$text-warning", "color(1)": "$text-error", "color(4)": "$text-primary",
}  # fmt: skip

Line = Cell | str | tuple[Cell | str, ...]


class Page(VerticalScroll):
    """Text that is read, and scrolled where it is longer than the room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", "down", show=False),
        Binding("k,up", "scroll_up", "up", show=False),
        Binding("ctrl+d,pagedown", "page_down", "page down", show=False),
        Binding("ctrl+u,pageup", "page_up", "page up", show=False),
        Binding("g,home", "scroll_home", "top", show=False),
        Binding("G,end", "scroll_end", "end", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.text = Text()
        self._body = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._body

    def show(self, what: "Text | Iterable[Line]") -> None:
        """Show a text, or lines; nothing is drawn where it is the same as before."""
        text = what if isinstance(what, Text) else lines(what)
        if text != self.text or text.spans != self.text.spans:
            self.text = text
            self._body.update(themed(text))

    @property
    def room(self) -> int:
        """How many letters fit on a line."""
        return max(20, self.scrollable_content_region.width or self.size.width or 80)


def lines(told: Iterable[Line]) -> Text:
    """Lines as one text, each piece made plain and in its tone."""
    text = Text()
    for number, line in enumerate(told):
        if number:
            text.append("\n")
        for piece in (line,) if isinstance(line, Cell | str) else line:
            shown, tone = (piece.text, piece.tone) if isinstance(piece, Cell) else (piece, "")
            text.append(plain(shown), _STYLES.get(tone, ""))
    return text


def themed(text: Text) -> Content:
    """A text whose plain colours are those of the theme."""
    inked = [(0, len(text), text.style), *((each.start, each.end, each.style) for each in text.spans)]
    return Content(text.plain, [Span(start, end, _themed(str(style))) for start, end, style in inked if str(style)])


def _themed(style: str) -> str:
    return " ".join(_THEMED.get(word, word) for word in style.split())


def drawn(ansi: str) -> Text:
    """A drawing of the command line, whose data were made plain before it was inked."""
    return Text.from_ansi(ansi.rstrip("\n"))


def titled(text: str) -> str:
    """A border's title, which is markup, of a text that holds data."""
    return plain(text).replace("[", "\\[")
