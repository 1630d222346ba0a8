"""A line of names to choose from, each with its key: screens, parts of one, keys themselves. One widget, one line."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, on
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sentinel.domain.text import plain


class Name(NamedTuple):
    """Something that is wanted by a name, what it is called, and the key that it has."""

    name: str
    words: str
    key: str = ""


class Names(Widget):
    """Names beside each other, of which one may be marked as seen. A click wants one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"names--name", "names--key", "names--here", "names--over"}

    class Wanted(Message):
        """Somebody wants this one."""

        def __init__(self, which: str) -> None:
            super().__init__()
            self.which = which

    def __init__(self, names: Iterable[Name] = (), here: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names, self.here = tuple(names), here
        self._over = ""

    def show(self, names: Sequence[Name], here: str = "") -> None:
        """Show these."""
        if (self.names, self.here) != (fresh := tuple(names), here):
            self.names, self.here = fresh, here
            self.refresh()

    def mark(self, here: str) -> None:
        """Mark another one as seen."""
        self.show(self.names, here)

    def call(self, name: str, words: str) -> None:
        """Call one of them something else."""
        self.show([each._replace(words=words) if each.name == name else each for each in self.names], self.here)

    def next_to(self, by: int) -> str:
        """The one so many further on, round and round."""
        names = [each.name for each in self.names]
        return names[(names.index(self.here) + by) % len(names)]

    # How it is drawn, and where what is.

    def render_line(self, y: int) -> Strip:
        """The only line."""
        pieces: list[Segment] = []
        for each, key, words in self._spaced():
            mark = "here" if each.name == self.here else "over" if each.name == self._over else "name"
            style = self.get_component_rich_style(f"names--{mark}")
            bold = style + self.get_component_rich_style("names--key", partial=True)
            pieces += [Segment(key, bold), Segment(words, style)]
        return Strip(pieces).crop_extend(0, self.size.width, self.rich_style)

    def place_of(self, name: str) -> int:
        """The column in which a name begins."""
        before = takewhile(lambda held: held[0].name != name, self._spaced())
        return sum(cell_len(key + words) for _, key, words in before)

    def _spaced(self) -> Iterator[tuple[Name, str, str]]:
        """Close to each other where there is little room."""
        told = [(each, f" {each.key} " if each.key else " ", plain(each.words)) for each in self.names]
        after = " " if sum(cell_len(key + words) + 1 for _, key, words in told) <= self.size.width else ""
        for each, key, words in told:
            yield each, key, words + after

    def _at(self, x: int) -> str:
        for each, key, words in self._spaced():
            if 0 <= x < (width := cell_len(key + words)):
                return each.name
            x -= width
        return ""

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """What a click would choose stands out."""
        self._point_at(self._at(event.x))

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self._point_at("")

    def _point_at(self, name: str) -> None:
        if name != self._over:
            self._over = name
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Somebody wants one."""
        event.stop()
        if name := self._at(event.x):
            self.post_message(self.Wanted(name))


class Keys(Names):
    """The keys that count where one is; a click presses one."""

    def on_mount(self) -> None:
        """Whatever changes what counts changes these."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.tell())
        self.tell()

    def tell(self) -> None:
        """Those that are to be shown, each act once."""
        held: dict[str, Name] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and enabled:
                key = self.app.get_key_display(binding)
                held.setdefault(binding.action, Name(binding.key, binding.description, key))
        self.show(list(held.values()))

    @on(Names.Wanted)
    def pressed(self, event: Names.Wanted) -> None:
        """As if it had been pressed."""
        event.stop()
        self.app.simulate_key(event.which)
