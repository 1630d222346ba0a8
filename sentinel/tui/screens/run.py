"""Run: one run at a time, step by step, with what its workers write, tell, take, make, and what was judged and sent."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import ContentSwitcher, Static

from sentinel.api.draw.verdict import draw_verdict
from sentinel.domain.digest import Json
from sentinel.domain.run.state import step_of
from sentinel.tui import acts
from sentinel.tui.acts import Act
from sentinel.tui.known.asking import Wish
from sentinel.tui.known.run_list import RunList, neighbour, number_of
from sentinel.tui.known.tail import Which
from sentinel.tui.marks import BOLD, DIM, Cell
from sentinel.tui.screen import BESIDE, DashboardScreen
from sentinel.tui.shown import run_tables, timeline
from sentinel.tui.shown.about_run import about_run, leads, refused
from sentinel.tui.shown.about_step import about_step
from sentinel.tui.widgets.curve import Figures
from sentinel.tui.widgets.drawing import Drawing
from sentinel.tui.widgets.grid import Grid, Row
from sentinel.tui.widgets.listing import Listing
from sentinel.tui.widgets.log import Log
from sentinel.tui.widgets.names import Name, Names
from sentinel.tui.widgets.page import Line, Page, lines, themed, titled

PARTS = {"s": "steps", "t": "log", "c": "figures", "x": "artifacts", "v": "verdicts", "d": "sent", "R": "runs"}


class Run(DashboardScreen):
    """One run."""

    HELP: ClassVar[str] = (
        "One run of a recipe: what each step came to, when, and why. The lines on top say how it stands and when it is "
        "expected to end: half of all such cases end by the first moment, nine in ten by the second. Enter on a gate "
        "shows its verdict with the evidence, on a step with a run of its own that run, on a reused one where its "
        "result comes from, and else what its worker wrote. Log and Figures are about the step under the cursor in "
        "Steps. Until you choose one, the latest run that runs is shown, else the latest."
    )
    CSS_PATH = "run.tcss"
    AUTO_FOCUS = "#timeline Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"part('{part}')", part, show=False) for key, part in PARTS.items()),
        Binding("left_square_bracket", "turn(-1)", "the part before", show=False, key_display="["),
        Binding("right_square_bracket", "turn(1)", "the next part", show=False, key_display="]"),
        Binding("less_than_sign,comma", "neighbour(-1)", "the run before", show=False, key_display="<"),
        Binding("greater_than_sign,full_stop", "neighbour(1)", "the run after", show=False, key_display=">"),
        Binding("E", "events", "its events", show=False),
        Binding("A", "all", "all"),
        Binding("m", "more", "older"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.run_: str | None = None
        """The run that is seen; until one is chosen, the latest that runs, else the latest."""
        self.part = "steps"
        self.place: timeline.Place | None = None
        """What the cursor stands on in the timeline."""
        self.verdict: str | None = None
        self.all_steps = False
        """Whether the log is that of all steps."""
        self.list = RunList()
        self._wanted: str | None = None
        self._placed: str | None = None

    # What it wants to know.

    def wishes(self) -> Mapping[str, Wish]:
        """The latest runs, the one that is seen, and what its part shows."""
        found = self.list.wishes(older=self.part == "runs")
        if self.run_ is None:
            return found
        of_it = (f"run/{self.run_}",)
        found["show"] = Wish("show", {"run": self.run_}, (*of_it, "delivery/"), every=15)
        if self.shown is not None and self.shown["state"] == "queued":
            found["queue"] = Wish("queue", {"limit": 200}, ("run/",), every=30)
        attempt = self._attempt()
        if self.part == "figures" and attempt is not None:
            found["figures"] = Wish("figures", {"attempt": attempt})
        if self.part == "artifacts":
            found["artifacts"] = Wish("artifacts", {"run": self.run_, "limit": 500}, of_it)
        if self.part == "verdicts":
            found["verdicts"] = Wish("verdicts", {"run": self.run_, "limit": 200}, of_it)
            if self.verdict is not None:
                found["verdict"] = Wish("verdict", {"id": self.verdict})
        return found

    @property
    def shown(self) -> Json:
        """The run that is seen, as far as it is known."""
        told = self.answers.get("show")
        return told if told is not None and told["run"] == self.run_ else None

    def _attempt(self) -> str | None:
        """The attempt under the cursor: the latest of its step, where it does not stand on one."""
        if self.place is None:
            return None
        held = [self.place.attempt] if self.place.attempt is not None else self.place.step["attempts"][-1:]
        return str(held[0]["attempt"]) if held else None

    # What it is made of.

    def body(self) -> ComposeResult:
        """The run, the names of the parts, and the parts."""
        yield Static(markup=False, id="run-about")
        yield Names([Name(part, part.capitalize(), key) for key, part in PARTS.items()], self.part, id="run-parts")
        with ContentSwitcher(initial=f"run-{self.part}", id="run-switch"):
            with Vertical(id="run-steps"):
                yield Listing("Steps", timeline.STEPS, id="timeline")
                yield Page(id="run-step")
            yield Log()
            yield Figures()
            with Vertical(id="run-artifacts"):
                yield Listing("Artifacts", run_tables.ARTIFACTS, id="held", empty="none yet")
            with Vertical(id="run-verdicts"):
                yield Listing("Verdicts", run_tables.VERDICTS, id="judged", empty="none yet")
                yield Drawing(id="run-verdict")
            with Vertical(id="run-sent"):
                yield Listing("Sent", run_tables.SENT, id="deliveries", empty="nothing yet")
                yield Page(id="run-delivery")
            with Vertical(id="run-runs"):
                yield Listing("Runs", run_tables.RUNS, id="all-runs", empty="none yet: n runs a recipe")

    def on_resize(self) -> None:
        """Where there is much room, the page about a step is beside the steps; bars are as long as there is room."""
        self.set_class(self.size.width >= BESIDE, "-beside")
        if self.shown is not None:
            self._tell()
            self._draw_part()

    def on_mount(self) -> None:
        """Durations go on by themselves."""
        self.set_interval(1.0, self._older)

    def _older(self) -> None:
        if self.is_current and (run := self.shown) is not None and run["ended_at"] is None:
            self._tell()
            if self.part == "steps":
                self._steps()

    def on_screen_resume(self) -> None:
        """What was written meanwhile is read."""
        self._read_log()

    def on_screen_suspend(self) -> None:
        """Nobody reads."""
        self.query_one(Log).leave()

    # Choosing.

    def focus_on(self, **what: str) -> None:
        """Show a run, and a step of it."""
        if "run" in what:
            self.open(what["run"], what.get("step"))

    def open(self, run: str, step: str | None = None, part: str = "steps") -> None:
        """Show another run."""
        self.run_, self._wanted, self._placed = run, step, None
        self.place, self.verdict = None, None
        self.refusals.pop("show", None)
        if self.is_mounted:
            self.query_one(Log).leave()
            self.query_one("#timeline", Listing).show([])
            self.query_one("#run-step", Page).show([])
            self._tell()
        self.action_part(part)

    def action_part(self, part: str) -> None:
        """Show another part."""
        left, self.part = self.part, part
        if not self.is_mounted:
            return
        if left != part:
            self.query_one("#run-parts", Names).mark(part)
            self.query_one("#run-switch", ContentSwitcher).current = f"run-{part}"
            self.query_one(f"#run-{part} Grid", Grid).focus()
            self.query_one(Log).leave()
        self._draw_part()
        self._read_log()
        self.look_again()

    @on(Names.Wanted)
    def wanted(self, event: Names.Wanted) -> None:
        """A click on its name does the same."""
        self.action_part(event.which)

    def action_turn(self, by: int) -> None:
        """The part before or behind."""
        self.action_part(self.query_one("#run-parts", Names).next_to(by))

    def action_neighbour(self, by: int) -> None:
        """The run before or after."""
        known = [number_of(run["run"]) for run in self.list.known(self.answers)]
        if self.run_ is None or not known:
            return
        number = neighbour(known, number_of(self.run_), by)
        if number is None:
            self.app.tell(f"{self.run_} is the {'latest' if by > 0 else 'first'} run.")
        else:
            self.open(f"r{number}", part="steps" if self.part == "runs" else self.part)

    def action_events(self) -> None:
        """What is on record of the run."""
        if self.run_ is not None:
            self.app.visit("events", run=self.run_)

    def action_more(self) -> None:
        """Older runs."""
        if not self.list.more(self.answers):
            self.app.tell("There are no older runs, or they are being asked for.")
        self.list.leaf(self.answers)
        self.look_again()

    def action_all(self) -> None:
        """All steps' logs or one's; in the list, the runs that verbs have asked for too."""
        if self.part == "runs":
            self.list.turn()
            self.look_again()
        else:
            self.all_steps = not self.all_steps
            self._read_log()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Some keys belong to a part."""
        parts = {"more": ("runs",), "all": ("log", "runs")}.get(action)
        return self.part in parts if parts is not None else super().check_action(action, parameters)

    # Drawing.

    def draw(self, wish: str) -> None:
        """Draw what has become known."""
        if self.run_ is None and (found := self.list.known(self.answers)):
            self.run_ = next((run["run"] for run in found if run["state"] == "running"), found[0]["run"])
            self.look_again()
        if wish == "figures" and wish in self.answers:
            told = self.answers[wish]
            self.query_one(Figures).know(told["attempt"], told["points"])
        if wish in ("runs", "show", "queue"):
            self._tell()
        if wish == "show":
            if self.shown is not None and self.part != "steps":
                self._steps()  # what the cursor stands on there is what the other parts are about
            self._read_log()
            self.look_again()
        self._draw_part()

    def _draw_part(self) -> None:
        if self.part == "runs":
            self._runs()
        elif self.shown is not None and self.part != "log":
            draw = {"steps": self._steps, "figures": self._figures, "artifacts": self._artifacts,
                    "verdicts": self._verdicts, "sent": self._sent}  # fmt: skip
            draw[self.part]()

    def _tell(self) -> None:
        about, text = self.query_one("#run-about", Static), themed(lines(self._about()))
        if about.content != text:
            about.update(text)

    def _about(self) -> list[Line]:
        refusal = self.refusals.get("runs" if self.run_ is None else "show")
        if refusal is not None:
            return refused(refusal)
        if self.shown is not None:
            return about_run(self.shown, self.app.now(), self.size.width - 2, self.app.role == "operate")
        if self.run_ is None and "runs" in self.answers:
            return ["No run has been asked for yet: n runs a recipe."]
        return [(Cell(self.run_ or "", BOLD), Cell(" asking …", DIM))]

    def _steps(self) -> None:
        listing = self.query_one("#timeline", Listing)
        width = 12 if self.size.width < 110 else 24 if self.size.width < 150 else 40
        listing.show(timeline.rows(self.shown, self._doing(), self.app.now(), width))
        if self._placed != self.run_:
            self._placed = self.run_
            first = self._wanted if self._wanted is not None else timeline.telling(self.shown)
            if first is not None:
                listing.grid.go_to(first)
        self._point(listing.grid.cursor)

    def _doing(self) -> Mapping[str, Json]:
        return {name: told for name, told in self.app.progress.items() if told["run"] == self.run_}

    def _point(self, row: Row | None) -> None:
        """The cursor stands there in the timeline."""
        before, self.place = self.place, row.what if row is not None else None
        if self.place is not None:
            page, key = self.query_one("#run-step", Page), self.place.step["step"]
            expected = ((self.shown or {}).get("expected") or {"steps": {}})["steps"].get(key)
            page.border_title = titled(f"Step {key}")
            page.show(about_step(self.place.step, expected, self._doing(), self.app.now()))
            if before is None or before.step["step"] != self.place.step["step"]:
                page.scroll_home(animate=False)

    def _figures(self) -> None:
        attempt, figures = self._attempt(), self.query_one(Figures)
        refusal = self.refusals.get("figures")
        why = "asking …"
        if refusal is not None:
            why = f"{refusal.what} {refusal.todo}"
        elif attempt is None:
            why = "This step has not been tried, and tells no figures. Choose another one under Steps (s)."
        elif figures.attempt == attempt:
            why = f"{attempt} told no figures. Choose another step under Steps (s)."
        figures.show(attempt, why)

    def _artifacts(self) -> None:
        told = self.answers.get("artifacts") or {"artifacts": []}
        kept = {each["digest"]: each for each in told["artifacts"]}
        self.query_one("#held", Listing).show(list(run_tables.artifact_rows(self.shown, kept, self.app.now())))

    def _verdicts(self) -> None:
        told = self.answers.get("verdicts") or {"verdicts": []}
        listing, page = self.query_one("#judged", Listing), self.query_one("#run-verdict", Drawing)
        held = [each for each in told["verdicts"] if each["run"] == self.run_]
        listing.show([run_tables.verdict_row(each, self.app.now()) for each in held])
        row = listing.grid.cursor
        if row is not None and self.verdict != row.key:
            self.verdict = row.key
            self.look_again()
        verdict = self.answers.get("verdict")
        refusal = self.refusals.get("verdicts") or self.refusals.get("verdict")
        if refusal is not None:
            page.show(refused(refusal))
        elif row is None:
            page.show(["No gate has judged in this run yet."])
        elif verdict is not None and verdict["verdict_id"] == self.verdict:
            page.draw(verdict["verdict_id"], partial(draw_verdict, told=verdict))

    def _sent(self) -> None:
        listing, page = self.query_one("#deliveries", Listing), self.query_one("#run-delivery", Page)
        listing.show([run_tables.sent_row(each, self.app.now()) for each in self.shown["sent"]])
        row = listing.grid.cursor
        page.show(run_tables.about_sent(row.what) if row is not None else ["This run sends nothing, or not yet."])

    def _runs(self) -> None:
        more = ["m asks for older ones"] if self.list.more(self.answers) else []
        more += ["with what verbs have asked for"] if self.list.asked_too else []
        listing = self.query_one("#all-runs", Listing)
        fresh = not listing.grid.rows
        rows = [run_tables.run_row(run, self.app.now()) for run in self.list.known(self.answers)]
        listing.show(rows, " · ".join(more))
        if fresh and self.run_ is not None:
            listing.grid.go_to(self.run_)

    def _read_log(self) -> None:
        if self.part != "log" or self.run_ is None or not self.is_current:
            return
        which = Which(self.run_)
        if self.place is not None and not self.all_steps:
            attempt = self.place.attempt
            number = int(timeline.number(attempt)[1:]) if attempt is not None else None
            which = Which(self.run_, self.place.step["step"], number)
        self.query_one(Log).read(which)

    def progressed(self, told: Json) -> None:
        """An attempt has come further."""
        if told["run"] == self.run_ and self.shown is not None:
            self.query_one(Figures).take(told)
            if self.part == "steps":
                self._steps()

    # Opening and acting.

    @on(Grid.Moved)
    def moved(self, event: Grid.Moved) -> None:
        """What is shown beside follows the cursor."""
        if isinstance(event, Grid.Picked) or self.shown is None:
            return
        match event.grid.id:
            case "timeline-grid":
                self._point(event.grid.cursor)
            case "judged-grid":
                self._verdicts()
            case "deliveries-grid":
                self._sent()

    @on(Grid.Picked)
    def opened(self, event: Grid.Picked) -> None:
        """Go where it is seen whole."""
        row = event.row
        match event.grid.id:
            case "timeline-grid":
                self._visit(*leads(row.what.step))
            case "judged-grid":
                self._visit("gates", {"verdict": row.key})
            case "all-runs-grid":
                self.open(row.key)
            case "held-grid":
                self.query_one("#timeline", Listing).grid.go_to(row.what["step"])
                self.action_part("steps")

    def _visit(self, place: str, what: Mapping[str, str]) -> None:
        if place == "run":
            self.open(what["run"], what.get("step"))
        elif place == "log":
            self.action_part("log")
        else:
            self.app.visit(place, **what)

    def chosen(self) -> list[Act]:
        """What can be done to the run, its step under the cursor, or the delivery."""
        if self.part == "runs":
            row = self.query_one("#all-runs", Listing).grid.cursor
            if row is None:
                return []
            return [*acts.on_waiting_run(self.app.attention, row.key), *acts.on_run(row.what)]
        run = self.shown
        if run is None:
            return []
        if self.part == "sent":
            row = self.query_one("#deliveries", Listing).grid.cursor
            given_up = row is not None and row.what["state"] == "given-up"
            return acts.on_item({**row.what, "kind": "given-up", "line": None}) if row is not None and given_up else []
        here = self.place.step["step"] if self.place is not None else None
        # of several that wait for a word, the one under the cursor is meant
        steps = sorted(run["steps"], key=lambda step: step["step"] != here)
        queue = (self.answers.get("queue") or {"runs": []})["runs"]
        found = acts.on_run({**run, "steps": steps}, [each for each in queue if each["state"] == "queued"])
        return [*found, *(acts.on_step(run, {"step": step_of(here)}) if here is not None else [])]
