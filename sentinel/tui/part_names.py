"""The names of the parts of a screen of which one is seen; with its key, where each has one."""

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from sentinel.domain.text import plain


class PartNames(Horizontal):
    """One line of names; a click goes there."""

    class Wanted(Message):
        """Somebody wants to see another part."""

        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self, parts: Sequence[str], seen: str, keys: Mapping[str, str] | None = None) -> None:
        """`keys` are those of the parts."""
        super().__init__(classes="part-names")
        self.parts, self.seen, self._keys = list(parts), seen, keys or {}

    def compose(self) -> ComposeResult:
        """One name beside the other."""
        for part in self.parts:
            yield _Name(part, self._keys.get(part, ""), part == self.seen)

    def show(self, seen: str) -> None:
        """Mark another one as seen."""
        self.seen = seen
        for each in self.query(_Name):
            each.set_class(each.part == seen, "-here")

    def call(self, part: str, words: str) -> None:
        """Say something else in the place of a part's name."""
        for each in self.query(_Name):
            if each.part == part:
                each.say(words)

    def next_to(self, by: int) -> str:
        """The part so many further on, round and round."""
        return self.parts[(self.parts.index(self.seen) + by) % len(self.parts)]


class _Name(Static):
    def __init__(self, part: str, key: str, here: bool) -> None:
        super().__init__(markup=False, classes="part-name")
        self.part, self._key = part, key
        self.set_class(here, "-here")
        self.say(part[:1].upper() + part[1:])

    def say(self, words: str) -> None:
        self.update(Text.assemble((self._key, "bold"), " " if self._key else "", plain(words)))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(PartNames.Wanted(self.part))
