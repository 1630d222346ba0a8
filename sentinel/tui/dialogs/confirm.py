"""Is it meant? An act says what it will do, asks for what it needs, and is done or left."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Static

from sentinel.domain.digest import Json
from sentinel.domain.text import plain
from sentinel.tui.acts import Act
from sentinel.tui.dialogs.dialog import Dialog


class Confirm(Dialog[Mapping[str, Json]]):
    """Answers with what is given to the act, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "do", "do it"),
        Binding("n", "leave", "leave it"),
    ]

    def __init__(self, act: Act) -> None:
        super().__init__(classes="-danger" if act.danger else "")
        self.act = act

    def compose(self) -> ComposeResult:
        """The sentence, what is asked, and two buttons."""
        with Vertical(classes="box"):
            yield Static(plain(self.act.title), classes="title", markup=False)
            with VerticalScroll(id="says", can_focus=False):
                yield Static(plain(self.act.says), markup=False)
            for ask in self.act.asks:
                yield Input(ask.value, placeholder=plain(ask.label), id=f"ask-{ask.name}",
                            type="integer" if ask.kind == "whole" else "text")  # fmt: skip
            yield Static("", markup=False, id="wrong")
            with Horizontal(classes="buttons"):
                yield Button("Leave it (esc)", id="leave", compact=True)
                yield Button("Do it (enter)" if self._speaks else "Do it (y)", id="do",
                             variant="error" if self.act.danger else "primary", compact=True)  # fmt: skip

    @property
    def _speaks(self) -> bool:
        """Whether one begins with saying something: what has to be said, or can be another number than it is."""
        return any(ask.must or ask.value or not self.act.danger for ask in self.act.asks)

    def on_mount(self) -> None:
        """Where something has to be said, say it; else what is dangerous is left by a careless Enter."""
        self.query("Input" if self._speaks else "#leave").first().focus()

    @on(Input.Submitted)
    def submitted(self) -> None:
        """Enter does it."""
        self.action_do()

    @on(Button.Pressed, "#do")
    def pressed(self) -> None:
        """So does the button."""
        self.action_do()

    @on(Button.Pressed, "#leave")
    def left(self) -> None:
        """Or it is left."""
        self.dismiss(None)

    def action_do(self) -> None:
        """Do it, once all is said that has to be."""
        given: dict[str, Json] = {}
        for ask in self.act.asks:
            text = self.query_one(f"#ask-{ask.name}", Input).value.strip()
            if ask.must and not text:
                self._wrong(f"Say {ask.label}.", ask.name)
                return
            if text and ask.kind == "whole":
                try:
                    given[ask.name] = int(text)
                except ValueError:
                    self._wrong(f"`{text}` is no whole number: {ask.label}.", ask.name)
                    return
            elif text:
                given[ask.name] = text
        self.dismiss(given)

    def _wrong(self, sentence: str, name: str) -> None:
        self.query_one("#wrong", Static).update(plain(sentence))
        self.query_one(f"#ask-{name}", Input).focus()
