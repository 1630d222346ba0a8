"""The names of the parts of a screen of which one is seen, each with its key."""

from collections.abc import Mapping

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static


class PartNames(Horizontal):
    """One line of names; a click goes there."""

    class Wanted(Message):
        """Somebody wants to see another part."""

        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self, names: Mapping[str, str], seen: str) -> None:
        """`names` are the parts by their keys."""
        super().__init__()
        self.names, self.seen = names, seen

    def compose(self) -> ComposeResult:
        """One name beside the other."""
        for key, name in self.names.items():
            yield _Name(key, name, name == self.seen)

    def show(self, seen: str) -> None:
        """Mark another one as seen."""
        self.seen = seen
        for each in self.query(_Name):
            each.set_class(each.part == seen, "-here")

    def next_to(self, by: int) -> str:
        """The part so many further on, round and round."""
        held = list(self.names.values())
        return held[(held.index(self.seen) + by) % len(held)]


class _Name(Static):
    def __init__(self, key: str, part: str, here: bool) -> None:
        super().__init__(Text.assemble((key, "bold"), " ", part.capitalize()), markup=False, classes="tab")
        self.part = part
        self.set_class(here, "-here")

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(PartNames.Wanted(self.part))
