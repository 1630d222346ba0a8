"""Labelling: served answers one by one, and one key for what each should have been."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Select, Static
from textual.widgets import Label as Name

from sentinel.api.answers import (
    Allowance,
    Answers,
    allowance,
    choose,
    known_labels,
    known_requests,
    label_faults,
    label_request,
    label_word,
    read_answers,
)
from sentinel.api.draw.answer import draw_labelled, draw_picked
from sentinel.api.draw.pen import inked
from sentinel.domain.digest import Json
from sentinel.domain.policy.labelling import Picked
from sentinel.domain.refusal import Refusal, Refused
from sentinel.domain.text import plain
from sentinel.tui.dialogs.dialog import Dialog
from sentinel.tui.marks import BOLD, DIM, LIVE, Cell
from sentinel.tui.page import Line, Page, drawn

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard

KEYS = "123456789abcdefghijkl"
"""The key of each class, in its order."""
_SKIP, _RIGHT, _WRONG = "s", "y", "n"


class Label(Dialog[None]):
    """First which line and which file of answers, then the answers; what was said is on record at once."""

    app: "Dashboard"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "stop")]

    def __init__(self) -> None:
        super().__init__()
        self._answers: Answers | None = None
        self._picked: Picked | None = None
        self._line = ""
        self._at = 0
        self._row: Json = None
        self._counts: Counter[str] = Counter()
        self._sending = False

    def compose(self) -> ComposeResult:
        """A small form, and the answer below it."""
        with Vertical(classes="box -large"):
            yield Static("Label answers", classes="title", markup=False, id="what")
            with Vertical(id="from"):
                yield Name("line", markup=False)
                yield Select[str]([], id="line", compact=True)
                yield Name("the file of served answers, one JSON object a line", markup=False)
                yield Input(id="file", compact=True)
                with Horizontal(classes="buttons"):
                    yield Button("Leave it (esc)", id="leave")
                    yield Button("Begin (enter)", id="begin", variant="primary")
            yield Page(id="answer")
            yield Static("", markup=False, id="wrong")

    async def on_mount(self) -> None:
        """Ask which lines there are, and where their answers lie."""
        self.query_one("#answer").display = False
        try:
            told = await self.app.client.ask("lines")
        except Refused as error:
            self._wrong(error.refusal)
            return
        names = [each["line"] for each in told["lines"]]
        choice = self.query_one("#line", Select)
        choice.set_options([(plain(name), name) for name in names])
        if names:
            choice.value = names[0]
        self.query_one("#file", Input).focus()

    @on(Select.Changed, "#line")
    async def line_chosen(self, event: Select.Changed) -> None:
        """The file that the daemon follows for this line is the likeliest."""
        if event.select.is_blank():
            return
        try:
            told = await self.app.client.ask("outcomes", line=str(event.value))
        except Refused as error:
            self._wrong(error.refusal)
            return
        follows = told["follows"] if isinstance(told["follows"], str) else ""
        self.query_one("#file", Input).value = follows or str(self.app.workspace / "answers.jsonl")

    @on(Input.Submitted, "#file")
    @on(Button.Pressed, "#begin")
    async def begin(self) -> None:
        """Read the file, and choose what is asked about."""
        choice = self.query_one("#line", Select)
        if choice.is_blank():
            return
        self._line = str(choice.value)
        try:
            allowed = allowance(await self.app.client.ask("outcomes", line=self._line), self._line)
            self._answers = await asyncio.to_thread(read_answers, self._file())
            known = [await self.app.client.ask(route, **given)
                     for route, given in known_requests(self._line, self._answers)]  # fmt: skip
        except Refused as error:
            self._wrong(error.refusal)
            return
        self._picked = choose(self._answers, known_labels(known), allowed)
        self.query_one("#from").display = False
        self.query_one("#answer").display = True
        self.query_one("#answer").focus()
        self._next(allowed)

    def _file(self) -> Path:
        return (self.app.workspace / Path(self.query_one("#file", Input).value.strip()).expanduser()).absolute()

    @on(Button.Pressed, "#leave")
    def left(self) -> None:
        """Label nothing."""
        self.action_leave()

    def action_leave(self) -> None:
        """Stop; what was said is on record."""
        if self._answers is not None:
            self._answers.close()
        if self._counts:
            self.app.tell("Labelled: " + ", ".join(f"{count} {word}" for word, count in self._counts.items()) + ".")
        self.dismiss(None)

    def _next(self, allowed: Allowance | None = None) -> None:
        """Show the next answer, or what came of it all."""
        if self._picked is None or self._answers is None:
            return
        page = self.query_one("#answer", Page)
        picks = self._picked.picks
        if self._at >= len(picks):
            self._row = None
            draw = partial(draw_labelled, told=self._counts)
            if allowed is not None:
                draw = partial(draw_picked, picked=self._picked, allowed=allowed)
            page.show(drawn(inked(draw, page.room)))
            self._entitle("all is labelled · Escape leaves")
            return
        self._row = self._answers.row(picks[self._at])
        self._entitle(f"{self._at + 1} of {len(picks)} · {picks[self._at].why}")
        page.show(list(self._drawn()))
        page.scroll_home(animate=False)

    def _entitle(self, words: str) -> None:
        self.query_one("#what", Static).update(plain(f"Label answers of {self._line} · {words}"))

    def _drawn(self) -> Iterator[Line]:
        yield from plain(self._row["text"], lines=True).splitlines() or [""]
        yield ""
        classes = self._answers.classes if self._answers is not None else ()
        if classes:
            # the model's own answer is not shown: it would be agreed with
            for key, name in zip(KEYS, classes, strict=False):
                yield (Cell(f"  {key}  ", BOLD), Cell(name, LIVE))
        else:
            yield (Cell("answered  ", DIM), str(self._row["answer"]))
            yield (Cell("  y  ", BOLD), "right", Cell("    n  ", BOLD), "wrong")
        yield (Cell("  s  ", BOLD), Cell("skip it", DIM), Cell("    esc  ", BOLD), Cell("stop", DIM))

    async def on_key(self, event: events.Key) -> None:
        """One key is one label."""
        if self._row is None or self._answers is None or self._sending:
            return
        key = event.character or ""
        classes = self._answers.classes
        if key == _SKIP:
            event.stop()
            self._counts["skipped"] += 1
            self._at += 1
            self._next()
        elif classes and key in KEYS and KEYS.index(key) < len(classes):
            event.stop()
            await self._say(classes[KEYS.index(key)])
        elif not classes and key in (_RIGHT, _WRONG):
            event.stop()
            await self._say(key)

    async def _say(self, said: str) -> None:
        if self._picked is None or self._answers is None:
            return
        pick = self._picked.picks[self._at]
        route, given = label_request(self._line, pick, self._row, said, self._answers.free)
        self._sending = True
        try:
            answer = await self.app.client.ask(route, **given)
        except Refused as error:
            self._wrong(error.refusal)
            return
        finally:
            self._sending = False
        self.query_one("#wrong", Static).update(plain(" ".join(label_faults(answer))))
        self._counts[label_word(pick, answer)] += 1
        self._at += 1
        self._next()

    def _wrong(self, refusal: Refusal) -> None:
        words = " ".join(part for part in (refusal.what, refusal.where, refusal.todo) if part)
        self.query_one("#wrong", Static).update(plain(words))
