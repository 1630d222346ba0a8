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
from textual.widgets import Button, Input, Label, Select, Static

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
from sentinel.domain.outcome import AUDIT, INFORMATIVE
from sentinel.domain.policy.labelling import AGAIN, Picked
from sentinel.domain.refusal import Refusal, Refused
from sentinel.domain.text import plain
from sentinel.tui.dialogs.dialog import Dialog
from sentinel.tui.marks import BOLD, DIM, LIVE, Cell
from sentinel.tui.widgets.page import Line, Page, drawn

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard

KEYS = "123456789abcdefghijkl"
"""The key of each class, in its order."""
_WHY = {AUDIT: "of the random sample", INFORMATIVE: "the model was unsure", AGAIN: "labelled before, once more"}
_SKIP, _RIGHT, _WRONG = "s", "y", "n"


class Labelling(Dialog[None]):
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
                yield Label("line", markup=False)
                yield Vertical(id="lines-of")
                yield Label("the file of served answers, one JSON object a line, from the workspace", markup=False)
                yield Input(id="file", compact=True)
                yield Label("how many", markup=False, id="left")
                yield Input(id="many", type="integer", compact=True)
                with Horizontal(classes="buttons"):
                    yield Button("Leave it (esc)", id="leave", compact=True)
                    yield Button("Begin (enter)", id="begin", variant="primary", compact=True)
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
        names = [str(each["line"]) for each in told["lines"]]
        if names:
            shown = [(plain(name), name) for name in names]
            choice = Select(shown, value=names[0], allow_blank=False, id="line", compact=True)
            await self.query_one("#lines-of").mount(choice)
        else:
            self._wrong(Refusal("E-no-line", "sentinel.yaml has no lines yet.", todo="Name one under `lines:`."))
        self.query_one("#file", Input).focus()

    @on(Select.Changed, "#line")
    async def line_chosen(self, event: Select.Changed) -> None:
        """The file that the daemon follows for this line is the likeliest."""
        try:
            told = await self.app.client.ask("outcomes", line=str(event.value))
            allowed = allowance(told, str(event.value))
        except Refused as error:
            self._wrong(error.refusal)
            return
        self.query_one("#many", Input).value = str(allowed.budget)
        self.query_one("#left", Label).update(
            f"how many: {allowed.weekly} labels a week are wanted, and {allowed.done} came in the last seven days"
        )
        self.query_one("#wrong", Static).update("")
        follows = told["follows"] if isinstance(told["follows"], str) else ""
        file = Path(follows or "answers.jsonl")
        home = self.app.workspace
        self.query_one("#file", Input).value = plain(file.relative_to(home) if file.is_relative_to(home) else file)

    @on(Input.Submitted)
    @on(Button.Pressed, "#begin")
    async def begin(self) -> None:
        """Read the file, and choose what is asked about."""
        choice, many = self.query("#line"), self.query_one("#many", Input).value
        if not choice or not self.query_one("#from").display:
            return
        self._line = str(choice.only_one(Select).value)
        self._close()
        try:
            told = await self.app.client.ask("outcomes", line=self._line)
            allowed = allowance(told, self._line, int(many) if many.isdecimal() else None)
            self._answers = await asyncio.to_thread(read_answers, self._file())
            known = [await self.app.client.ask(route, **given)
                     for route, given in known_requests(self._line, self._answers)]  # fmt: skip
        except Refused as error:
            self._wrong(error.refusal)
            return
        self._picked = choose(self._answers, known_labels(known), allowed)
        self.query_one("#wrong", Static).update("")
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
        if self._counts:
            self.app.tell("Labelled: " + ", ".join(f"{count} {word}" for word, count in self._counts.items()) + ".")
        self.dismiss(None)

    def on_unmount(self) -> None:
        """However it ends, the file is let go of."""
        self._close()

    def _close(self) -> None:
        if self._answers is not None:
            self._answers.close()

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
        self._entitle(f"{self._at + 1} of {len(picks)} · {_WHY[picks[self._at].why]}")
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
        key, classes = event.character, self._answers.classes
        if key is None:
            return
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
        faults = " ".join(label_faults(answer))
        self.query_one("#wrong", Static).update(plain(f"{pick.served.id} was refused: {faults}" if faults else ""))
        self._counts[label_word(pick, answer)] += 1
        self._at += 1
        self._next()

    def _wrong(self, refusal: Refusal) -> None:
        words = " ".join(part for part in (refusal.what, refusal.where, refusal.todo) if part)
        self.query_one("#wrong", Static).update(plain(words))
