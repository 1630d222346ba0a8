"""A run of a recipe: which one, for which line, with what; the plan is shown before anything starts."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Select, Static

from sentinel.api.draw.inputs import as_written, input_words
from sentinel.api.draw.pen import inked
from sentinel.api.draw.plan import draw_plan
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused
from sentinel.domain.text import plain
from sentinel.tui.dialogs.dialog import Dialog
from sentinel.tui.marks import BOLD, DIM, Cell
from sentinel.tui.widgets.grid import Column, Grid, Row
from sentinel.tui.widgets.page import Line, drawn
from sentinel.tui.widgets.part import Part

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard

_SETTLES = 0.3
"""Seconds after the last letter until the plan is asked for."""
_FLAG = ("true", "false")
_NO_LINE = "none"
_OWN = {"line": "f-line", "priority": "f-priority", "reason": "f-reason"}


class NewRun(Dialog[str]):
    """Answers with the run that was put into the queue."""

    app: "Dashboard"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "start", "start it", priority=True)]

    def __init__(self, recipe: str | None = None) -> None:
        super().__init__()
        self.recipe = recipe
        self._recipes: Mapping[str, Json] = {}
        self._lines: list[str] = []
        self._plan: Json = None
        self._refused: Refusal | None = None
        """Why it was not started, until something is changed."""
        self._inputs: Mapping[str, Json] = {}

    def compose(self) -> ComposeResult:
        """First the recipes; then what one takes, beside its plan."""
        columns = (
            Column("recipe", most=24),
            Column("lines", most=30, rank=2),
            Column("what it is for", grows=True, most=90),
        )
        with Vertical(classes="box -large"):
            yield Static("Run a recipe", classes="title", markup=False, id="what")
            yield Grid(columns, id="which")
            with Horizontal(id="form"):
                yield VerticalScroll(id="fields")
                yield Part(self._draw, id="plan")
            yield Static("", markup=False, id="wrong")
            with Horizontal(classes="buttons", id="ends"):
                yield Button("Leave it (esc)", id="leave", compact=True)
                yield Button("Start it (ctrl+s)", id="start", variant="primary", compact=True)

    async def on_mount(self) -> None:
        """Ask what there is."""
        self._form(False)
        try:
            told = await self.app.client.ask("recipes")
            self._lines = [each["line"] for each in (await self.app.client.ask("lines"))["lines"]]
        except Refused as error:
            self._wrong(error.refusal)
            return
        self._recipes = {each["recipe"]: each for each in told["recipes"] if each["in_force"]}
        self.query_one("#which", Grid).show(
            [Row(name, (Cell(name, BOLD), Cell(", ".join(each["lines"]), DIM), each["about"]), each)
             for name, each in sorted(self._recipes.items())]
        )  # fmt: skip
        self.query_one("#which", Grid).focus()
        if self.recipe in self._recipes:
            await self._fill(self.recipe)

    @on(Grid.Picked)
    async def picked(self, event: Grid.Picked) -> None:
        """This one."""
        event.stop()
        await self._fill(event.row.key)

    async def _fill(self, recipe: str) -> None:
        """The fields of a recipe, each by its type, and its plan."""
        self.recipe = recipe
        lines = self._recipes[recipe]["lines"]
        try:
            told = await self.app.client.ask("plan", recipe=recipe, line=lines[0] if lines else None)
        except Refused as error:
            # it may lack an input, which the form can say
            told = await self._bare(recipe, error.refusal)
            if told is None:
                return
        self._inputs = told["inputs"]
        fields: list[Widget] = []
        if lines:
            fields += [Label("line", markup=False), _choice(lines, lines[0], "f-line")]
        elif self._lines:
            # it is for no line of its own: for any that is named, or for none
            fields += [Label("line", markup=False), _choice(self._lines, None, "f-line", _NO_LINE)]
        for name, declared in self._inputs.items():
            fields += [Label(plain(input_words(name, declared)), markup=False), _field(name, declared)]
        fields += [Label("priority, 0 to 100; the recipe's own unless given", markup=False),
                   Input(id="f-priority", type="integer", compact=True),
                   Label("why, for the record", markup=False), Input(id="f-reason", compact=True)]  # fmt: skip
        holder = self.query_one("#fields", VerticalScroll)
        await holder.remove_children()
        await holder.mount_all(fields)
        self._form(True)
        self.query_one("#what", Static).update(plain(f"Run {recipe}: {self._recipes[recipe]['about']}"))
        next(each for each in fields if each.focusable).focus()
        self._look()

    async def _bare(self, recipe: str, why: Refusal) -> Json | None:
        try:
            return await self.app.client.ask("recipe", recipe=recipe)
        except Refused:
            self._wrong(why)
            return None

    def _form(self, there: bool) -> None:
        self.query_one("#which").display = not there
        self.query_one("#form").display = there
        self.query_one("#ends").display = there

    @on(Input.Changed)
    @on(Select.Changed)
    def changed(self) -> None:
        """Another input is another plan, and what was wrong before may be right now."""
        self._refused = None
        self._look()

    @work(exclusive=True, group="plan")
    async def _look(self) -> None:
        await asyncio.sleep(_SETTLES)
        try:
            plan, why = (
                await self.app.client.ask("plan", recipe=self.recipe, line=self._said("line"), set=self._settings()),
                None,
            )
        except Refused as error:
            plan, why = None, error.refusal
        self._plan = plan
        # why it was not started goes on being told; where it was left meanwhile, nothing is told any more
        self._wrong(self._refused or why)
        for part in self.query(Part):
            part.tell()

    def _draw(self, room: int) -> Text | Iterable[Line]:
        if self._plan is None:
            return [Cell("the plan stands here, once all that it needs is given", DIM)]
        return drawn(inked(partial(draw_plan, plan=self._plan), room))

    def _said(self, name: str) -> str | None:
        held = next(iter(self.query(f"#{_OWN.get(name, f'i-{name}')}")), None)
        if isinstance(held, Select):
            return None if held.is_blank() else str(held.value)
        return (held.value.strip() or None) if isinstance(held, Input) else None

    def _settings(self) -> dict[str, Json]:
        return {name: said for name in self._inputs if (said := self._said(name)) is not None}

    @on(Button.Pressed, "#leave")
    def left(self) -> None:
        """Start nothing."""
        self.dismiss(None)

    @on(Button.Pressed, "#start")
    async def pressed(self) -> None:
        """Start it."""
        await self.action_start()

    @on(Input.Submitted)
    def onward(self) -> None:
        """Enter goes to the next field."""
        self.focus_next()

    async def action_start(self) -> None:
        """Put it into the queue."""
        if not self.query_one("#form").display:
            return
        priority = self._said("priority")
        if priority is not None and not priority.isdecimal():
            self._refuse(Refusal("E-priority", f"`{priority}` is no priority.", todo="Give one from 0 to 100."))
            return
        try:
            answer = await self.app.client.ask(
                "run", recipe=self.recipe, line=self._said("line"), set=self._settings(), reason=self._said("reason"),
                priority=int(priority) if priority is not None else None,
            )  # fmt: skip
        except Refused as error:
            self._refuse(error.refusal)
        else:
            self.dismiss(answer["run"])

    def _refuse(self, why: Refusal) -> None:
        self._refused = why
        self._wrong(why)

    def _wrong(self, refusal: Refusal | None) -> None:
        words = " ".join(part for part in (refusal.what, refusal.todo) if part) if refusal is not None else ""
        for held in self.query("#wrong").results(Static):
            held.update(plain(words))


def _field(name: str, declared: Json) -> Widget:
    choices = declared["choices"] or (_FLAG if declared["type"] == "flag" else ())
    default = declared["default"]
    if choices:
        shown = str(default).lower() if isinstance(default, bool) else default
        return _choice(choices, shown, f"i-{name}")
    kind = {"int": "integer", "number": "number"}.get(declared["type"], "text")
    return Input(id=f"i-{name}", type="integer" if kind == "integer" else "number" if kind == "number" else "text",
                 placeholder=plain("" if default is None else as_written(declared)), compact=True)  # fmt: skip


def _choice(options: tuple[str, ...] | list[str], value: str | None, id: str, blank: str = "") -> Select[str]:
    known = [str(each) for each in options]
    # a choice is drawn from data, and data hold no markup
    shown = [(plain(each).replace("[", "\\["), each) for each in known]
    if value in known:
        return Select(shown, value=value, allow_blank=False, id=id, compact=True)
    return Select(shown, prompt=blank or "choose", id=id, compact=True)
