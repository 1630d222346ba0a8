"""What a screen shows, and every key that does something on it."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from sentinel.domain.text import plain
from sentinel.tui.dialogs.dialog import Dialog
from sentinel.tui.widgets.page import Page

EVERYWHERE = (
    ("1 … 8", "go to a screen"), ("escape", "back to where you came from"), ("j k ↑ ↓", "move"),
    ("g G", "first and last"), ("ctrl+d ctrl+u", "a page on, a page back"), ("enter", "open"),
    ("tab shift+tab", "next part of the screen"), ("/", "filter a table"),
    ("o O", "sort by the next column; the other way round"), ("a", "act on what is chosen"),
    ("w", "what waits for a person"), ("n", "run a recipe"), ("L", "label answers"), ("b", "the board beside it"),
    ("e", "export the table as CSV"), ("S", "a picture of the screen"), ("T", "another theme"),
    ("ctrl+p", "all commands, by name"), ("?", "this"), ("q", "leave"),
)  # fmt: skip


class Help(Dialog[None]):
    """A page to read."""

    def __init__(self, title: str, about: str, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.title_, self.about, self.keys = title, about, keys

    def compose(self) -> ComposeResult:
        """What is seen, its own keys, and those that work everywhere."""
        with Vertical(classes="box -large"):
            yield Static(plain(self.title_), classes="title", markup=False)
            yield Page()

    def on_mount(self) -> None:
        """Write the page."""
        text = Text(self.about.strip() + "\n\n")
        own = [(key, told) for key, told in self.keys if told]
        for title, keys in (("Here", own), ("Everywhere", EVERYWHERE)):
            if keys:
                text.append(f"{title}\n", "bold")
                for key, told in keys:
                    text.append(f"  {key:<16}", "green").append(f"{told}\n")
        self.query_one(Page).show(text)
        self.query_one(Page).focus()
