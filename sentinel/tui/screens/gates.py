"""Gates: every verdict with what it rests on, two of them beside each other, and the documents behind one."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from sentinel.api.draw.asked import draw_asked
from sentinel.api.draw.flips import draw_flips
from sentinel.api.draw.pen import Pen
from sentinel.api.draw.verdict import draw_verdict
from sentinel.api.draw.verdict_pair import draw_verdict_pair
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused
from sentinel.tui import acts
from sentinel.tui.acts import Act
from sentinel.tui.known.asking import Wish
from sentinel.tui.known.judged import COLUMNS, Judged
from sentinel.tui.screen import DashboardScreen
from sentinel.tui.widgets.drawing import Drawing
from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.listing import Listing

_PAGE = 100
_FLIPS = 50
"""So many of the documents on which two models disagree are shown at once."""


class Gates(DashboardScreen):
    """Verdicts."""

    HELP: ClassVar[str] = (
        "Every verdict that a gate has given, the newest first, and below it (or beside it) what it rests on. A check "
        "says pass only where the evidence is beyond doubt: the line of letters is the interval in which the truth "
        "lies, ● the estimate, ┃ the bar that the whole interval has to clear. n says how many documents that took, "
        "and how many it takes; a look is one use of a set of documents, which wears it. After → stands what to do "
        "next. Mark two verdicts with c to see what became different; x lists the documents on which the model that "
        "was judged and the champion of then disagree. Enter opens the run."
    )
    CSS_PATH = "gates.tcss"
    AUTO_FOCUS = "#verdicts Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "mark", "A/B"),
        Binding("x", "flips", "flips"),
        Binding("z", "whole", "zoom"),
        Binding("f", "full", "all evidence", show=False),
        Binding("m", "more", "more", show=False),
        Binding("right_square_bracket", "step(1)", "the next verdict", show=False, key_display="]"),
        Binding("left_square_bracket", "step(-1)", "the one before", show=False, key_display="["),
        Binding("escape", "leave", "back to the verdict, then to where you came from", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._judged = Judged()
        self._before: str | None = None
        self._chosen: str | None = None
        self._wanted: str | None = None
        self._marked: list[str] = []
        self._shows = "verdict"
        self._full = False
        self._runs: dict[str, str] = {}
        """By verdict, the run that lays the two models side by side."""
        self._flips = _FLIPS

    # What it wants to know.

    def wishes(self) -> Mapping[str, Wish]:
        """The newest, those before them, and what is shown of them."""
        wanted = {"verdicts": Wish("verdicts", {"limit": _PAGE}, ("run/",))}
        if self._before is not None:
            wanted["older"] = Wish("verdicts", {"limit": _PAGE, "before": self._before})
        for name in {self._wanted, *self._named()} - {None}:
            wanted[f"verdict {name}"] = Wish("verdict", {"id": name})
        run = self._run
        if run is not None:
            wanted[f"run {run}"] = Wish("show", {"run": run}, (f"run/{run}",))
            if self._is_done(run):
                wanted[f"flips {run}"] = Wish("computed", {"run": run})
        return wanted

    def _named(self) -> list[str | None]:
        """The verdicts that are shown."""
        return [*self._marked] if self._shows == "pair" else [self._chosen]

    @property
    def _run(self) -> str | None:
        """The run whose flips are shown."""
        return self._runs.get(self._chosen or "") if self._shows == "flips" else None

    def _is_done(self, run: str) -> bool:
        told = self.answers.get(f"run {run}")
        return bool(told and told["state"] == "done")

    def body(self) -> ComposeResult:
        """A table, and a page."""
        with Container(id="gates"):
            yield Listing("Verdicts", COLUMNS, id="verdicts", empty="no gate has judged yet")
            yield Drawing(id="found")

    def on_mount(self) -> None:
        """Ages go on by themselves."""
        self.set_interval(10, self._older)
        self._tell()

    def focus_on(self, **what: str) -> None:
        """Show this verdict, however old it is."""
        self._wanted, self._shows = what.get("verdict"), "verdict"
        if self.is_mounted:
            self._arrive()

    # What is known by now.

    def draw(self, wish: str) -> None:
        """Draw the rows, or what is shown of one."""
        told = self.answers.get(wish)
        if told is not None and wish == "verdicts":
            self._judged.newest(**told)
        elif told is not None and wish == "older":
            self._judged.older(**told)
        elif told is not None and wish.startswith("verdict "):
            self._judged.one(told)
        elif wish.startswith("run "):
            self.look_again()
        self._list()
        self._arrive()
        self._tell()

    def _arrive(self) -> None:
        """Stand on the verdict that somebody wants to see, as soon as it is known."""
        if self._wanted is None:
            return
        if self._wanted in self._judged.known:
            self.query_one("#verdicts", Listing).grid.go_to(self._wanted)
        elif f"verdict {self._wanted}" not in self.refusals:
            return
        self._choose(self._wanted)
        self._wanted = None

    def _list(self) -> None:
        more = "m shows more" if self._judged.more else ""
        self.query_one("#verdicts", Listing).show(self._judged.rows(self._marked, self.app.now()), more)

    def _older(self) -> None:
        if self.is_current:
            self._list()

    # What is shown of one.

    def _tell(self) -> None:
        page = self.query_one("#found", Drawing)
        refusal = next((self.refusals[name] for name in self._needs() if name in self.refusals), None)
        if refusal is not None:
            page.draw(refusal.code, partial(_draw_refusal, refusal=refusal))
        elif not self._chosen:
            known = "verdicts" in self.answers
            page.draw("Verdict", lambda pen: pen.say(_NONE if known else "asking …"))
        elif all(name in self.answers for name in self._needs()):
            {"verdict": self._tell_verdict, "pair": self._tell_pair, "flips": self._tell_flips}[self._shows](page)

    def _needs(self) -> list[str]:
        run = self._run
        if run is not None:
            return [f"run {run}", *([f"flips {run}"] if self._is_done(run) else [])]
        named = [f"verdict {name}" for name in self._named() if name is not None]
        return named or (["verdicts"] if not self._judged.known else [])

    def _tell_verdict(self, page: Drawing) -> None:
        told = self.answers[f"verdict {self._chosen}"]
        line = f" · {told['line']}" if told["line"] else ""
        title = f"{told['gate']} in {told['run']}{line}" + (" · all evidence" if self._full else "")
        page.draw(title, partial(draw_verdict, told=told, full=self._full))

    def _tell_pair(self, page: Drawing) -> None:
        one, other = (self.answers[f"verdict {name}"] for name in self._marked)
        page.draw(f"A {self._marked[0]} beside B {self._marked[1]}",
                  partial(draw_verdict_pair, one=one, other=other))  # fmt: skip

    def _tell_flips(self, page: Drawing) -> None:
        row = self._judged.known[self._chosen or ""]
        one, other, run = row["version"], row["against"], self._run
        title = f"Flips · A {one} beside B {other}"
        if run is None:
            page.draw(title, lambda pen: pen.say("Asking for a run that lays them side by side …"))
        elif f"flips {run}" in self.answers:
            told = self.answers[f"flips {run}"]
            page.draw(title, partial(draw_flips, told=told, one=one, other=other, limit=self._flips, how="`m`"))
        else:
            told = self.answers[f"run {run}"]
            says = next((each.get("says") or "" for each in self.app.progress.values() if each["run"] == run), "")
            page.draw(title, partial(_draw_going, run=told, says=says, now=self.app.now()))

    def progressed(self, told: Json) -> None:
        """The run that lays two models side by side has come further."""
        if told["run"] == self._run:
            self._tell()

    # Choosing.

    @on(Grid.Moved)
    def moved(self, event: Grid.Moved) -> None:
        """Show another one; two that are compared stay."""
        if event.row is not None and event.row.key != self._chosen:
            self._choose(event.row.key)

    def _choose(self, verdict: str) -> None:
        self._chosen, self._flips = verdict, _FLIPS
        if self._shows == "flips":
            self._shows = "verdict"
        self.refresh_bindings()
        self._tell()
        self.look_again()

    @on(Grid.Picked)
    def opened(self, event: Grid.Picked) -> None:
        """Its run, at the step that judged."""
        self.app.visit("run", run=event.row.what["run"], step=event.row.what["step"])

    def chosen(self) -> list[Act]:
        """Where the run waits for a person because of this verdict: the word on it."""
        row = self._judged.known.get(self._chosen or "")
        if row is None:
            return []
        at = (row["run"], row["step"])
        return acts.on_waiting(self.app.attention, lambda item: (item["run"], item["step"]) == at)

    def action_step(self, by: int) -> None:
        """The next verdict, wherever the keys go."""
        self.query_one("#verdicts", Listing).grid.action_move(by)

    def action_mark(self) -> None:
        """Mark it, or no longer; the second one is compared with the first."""
        if self._chosen is None:
            return
        if self._chosen in self._marked:
            self._marked.remove(self._chosen)
        else:
            self._marked = [*self._marked[:1], self._chosen]
        self._shows = "pair" if len(self._marked) == 2 else "verdict"
        if len(self._marked) == 1:
            self.app.tell("It is A. Mark another one with c to see both beside each other.")
        self._changed()

    def action_leave(self) -> None:
        """Back to the verdict alone; to the table; to where one came from."""
        if self._shows == "verdict" and not self._marked:
            if self.query_one("#gates").has_class("-whole"):
                self.action_whole()
            else:
                self.run_worker(self.app.action_back())
            return
        self._shows, self._marked = "verdict", []
        self._changed()

    def action_whole(self) -> None:
        """The page alone, or the table with it."""
        whole = self.query_one("#gates")
        whole.toggle_class("-whole")
        self.query_one("#found" if whole.has_class("-whole") else "#verdicts Grid").focus()

    def action_full(self) -> None:
        """All that each check put down, or what counts of it."""
        self._full = not self._full
        self._tell()

    def action_more(self) -> None:
        """Older verdicts; or more of the documents, where those are shown."""
        if self._shows == "flips":
            self._flips += _FLIPS
            self._tell()
        elif self._judged.more:
            self._before = self._judged.last
            self.look_again()

    def _changed(self) -> None:
        self._list()
        self._tell()
        self.look_again()

    # The documents behind it.

    def action_flips(self) -> None:
        """Have the model that was judged and the champion of then laid side by side."""
        row = self._judged.known.get(self._chosen or "")
        if row is None:
            return
        if self.app.role != "operate":
            self.app.offer([])
            return
        if row["version"] is None or row["against"] is None:
            what = (
                "is about rows, or about a model of no line"
                if row["version"] is None
                else "was given without a champion"
            )
            self.app.tell(f"This verdict {what}: there are no two models to lay side by side.", "warning")
            return
        self._shows, self._marked = "flips", []
        told = self.answers.get(f"run {self._runs.get(row['verdict_id'])}")
        if told is None or (told["ended_at"] is not None and told["state"] != "done"):
            self._ask_flips(row)
        self._changed()

    @work(group="flips")
    async def _ask_flips(self, row: Json) -> None:
        try:
            told = await self.app.client.ask("flips", one=row["version"], other=row["against"], line=row["line"])
        except Refused as error:
            self.app.tell(error.refusal, "error")
            self._shows = "verdict"
        else:
            self._runs[row["verdict_id"]] = told["run"]
        self._changed()


_NONE = (
    "No gate has judged yet. A run judges where its recipe has a gate: `n` runs one, and `sentinel judge GATE --in "
    "PORT=ARTIFACT` judges by hand."
)


def _draw_refusal(pen: Pen, refusal: Refusal) -> None:
    pen.say(refusal.what)
    if refusal.todo:
        pen.say(f"→ {refusal.todo}")


def _draw_going(pen: Pen, run: Json, says: str, now: int) -> None:
    if run["ended_at"] is not None:
        pen.say("They could not be laid side by side. x tries again.")
        pen.line()
    draw_asked(pen, run, says, now)
