"""Drift: how each line does on each of its sets, how far that is from firing, and what a person can do about it."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from sentinel.domain.digest import Json
from sentinel.domain.feed import DOCUMENTS, SETTLED
from sentinel.domain.text import plain
from sentinel.tui import acts
from sentinel.tui.acts import Act
from sentinel.tui.known.asking import Wish
from sentinel.tui.marks import BAD, BOLD, DIM, GOOD, LIVE, WARN, Cell, bar
from sentinel.tui.screen import DashboardScreen
from sentinel.tui.shown.standing import standing, stands
from sentinel.tui.widgets.grid import Column, Grid, Row
from sentinel.tui.widgets.listing import Listing
from sentinel.tui.widgets.over_time import Level, OverTime, Plotted
from sentinel.tui.widgets.page import Page

_BAR = 10
_COUNTS = {SETTLED: "outcome", DOCUMENTS: "document"}


class Drift(DashboardScreen):
    """Feeds and the evidence on them."""

    HELP: ClassVar[str] = (
        "A feed is what comes in on a line: how often it was right on one of its sets, measured again and again. It is "
        "held to a baseline, which is learned, rises with evidence, and is lowered by a person alone. Each evaluation "
        "below what the line is held to adds evidence, and one above takes some away; at 100 % the trigger fires and "
        "asks for a run of its recipe. So a line that falls a little fires late, and one that falls far at once, and "
        "false alarms stay as rare as was promised. [ and ] change between the rates and the evidence where there is "
        "no room for both, z shows both at full size. Enter opens the run that it fired into last."
    )
    CSS_PATH = "drift.tcss"
    AUTO_FOCUS = "#feeds Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "turn", "turn", key_display="]"),
        Binding(
            "left_square_bracket", "turn", "rates or evidence, where there is room for one", key_display="[", show=False
        ),
        Binding("z", "whole", "curves"),
        Binding("escape", "leave", "back to the table, then to where you came from", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._line: str | None = None
        self._feed: str | None = None
        self._wanted: str | None = None

    def wishes(self) -> Mapping[str, Wish]:
        """Every line at a glance, and one of them whole."""
        wanted = {"lines": Wish("lines", {}, ("line/", "feed/", "trigger/"), every=300)}
        if self._line is not None:
            heeds = (f"line/{self._line}", f"feed/{self._line}.", "trigger/", "house")
            wanted[f"drift {self._line}"] = Wish("drift", {"line": self._line}, heeds, every=300)
        return wanted

    def body(self) -> ComposeResult:
        """A table, two curves, and what they mean."""
        with Container(id="drift"):
            yield Listing("Feeds", _COLUMNS, id="feeds", empty="sentinel.yaml has no line")
            with Container(id="curves", classes="-rates"):
                yield OverTime(id="rates")
                yield OverTime(id="evidence")
            yield Page(id="words")

    def on_mount(self) -> None:
        """Ages go on by themselves."""
        self.set_interval(10, self._older)
        self._tell()

    def focus_on(self, **what: str) -> None:
        """Show this line, on the set that is watched."""
        self._wanted = what.get("line")
        if self.is_mounted:
            self._arrive()

    def draw(self, wish: str) -> None:
        """Draw the feeds, or what is shown of one."""
        if wish == "lines":
            self._list()
        self._arrive()
        self._tell()

    def _list(self) -> None:
        told = self.answers.get("lines")
        rows = [row for line in told["lines"] for row in _rows(line)] if told else []
        self.query_one("#feeds", Listing).show(rows)

    def _arrive(self) -> None:
        """Stand on the line that somebody wants to see."""
        grid = self.query_one("#feeds", Listing).grid
        held = [row for row in grid.seen if row.what["line"]["line"] == self._wanted]
        if held:
            self._wanted = None
            watched = [row for row in held if row.what["set"] and row.what["set"]["standing"] is not None]
            row = (watched or held)[0]
            grid.go_to(row.key)
            self._choose(row)

    # What is shown of one feed.

    def _tell(self) -> None:
        feed = self._told_feed()
        self.query_one("#rates", OverTime).show(rates(feed) if feed else Plotted("Rates", empty=""))
        self.query_one("#evidence", OverTime).show(evidence(feed) if feed else Plotted("Evidence", empty=""))
        self._words()

    def _words(self) -> None:
        page, feed, row = self.query_one("#words", Page), self._told_feed(), self._row
        page.border_title = plain(self._feed or self._line or "Standing").replace("[", "\\[")
        if feed is None or row is None:
            refusal = self.refusals.get(f"drift {self._line}") or self.refusals.get("lines")
            page.show([refusal.what, refusal.todo or ""] if refusal else [self._why()])
            return
        others = self.answers[f"drift {self._line}"]["others"]
        page.show(standing(feed, row.what["line"], others, self.app.now()))

    def _why(self) -> str:
        """Why there is nothing to see."""
        refusal = self.refusals.get(f"drift {self._line}") or self.refusals.get("lines")
        if refusal is not None:
            return refusal.what
        if "lines" not in self.answers or (self._line and f"drift {self._line}" not in self.answers):
            return "asking …"
        if self._line is None:
            return "There is no line yet: sentinel.yaml names them under `lines:`."
        return (
            f"Nothing has come in on {self._line}, and no trigger watches it: `sentinel signal` brings a measurement."
        )

    def _older(self) -> None:
        if self.is_current:
            self._words()

    def _told_feed(self) -> Json | None:
        told = self.answers.get(f"drift {self._line}")
        return next((each for each in told["feeds"] if each["feed"] == self._feed), None) if told else None

    @property
    def _row(self) -> Row | None:
        return self.query_one("#feeds", Listing).grid.cursor

    # Choosing and acting.

    @on(Grid.Moved)
    def moved(self, event: Grid.Moved) -> None:
        """Show another one."""
        if event.row is not None:
            self._choose(event.row)

    def _choose(self, row: Row) -> None:
        line, held = row.what["line"]["line"], row.what["set"]
        feed = held["feed"] if held else None
        if (line, feed) != (self._line, self._feed):
            self._line, self._feed = line, feed
            self.query_one("#words", Page).scroll_home(animate=False)
            self.refresh_bindings()
            self.look_again()
        self._tell()

    @on(Grid.Picked)
    def opened(self, event: Grid.Picked) -> None:
        """The run that it fired into last."""
        feed = self._told_feed()
        run = next((each["run"] for each in (feed or {}).get("watched", ()) if each["run"]), None)
        if run is None:
            self.app.tell("It has not fired yet: there is no run to open.")
        else:
            self.app.visit("run", run=run)

    def chosen(self) -> list[Act]:
        """What can be done to the line, and to what it is held to."""
        row = self._row
        if row is None:
            return []
        return [*acts.on_line(row.what["line"]), *(acts.on_feed(row.what["line"], row.what["set"]))]

    def on_resize(self) -> None:
        """With more room, both curves are seen."""
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to turn where both curves are seen."""
        return action != "turn" or (self.has_class("-narrow") and self.has_class("-short"))

    def action_turn(self) -> None:
        """The other curve, where there is room for one."""
        self.query_one("#curves").toggle_class("-rates", "-evidence")

    def action_whole(self) -> None:
        """The curves alone, or the table with them."""
        self.query_one("#drift").toggle_class("-whole")
        if not self.query_one("#drift").has_class("-whole"):
            self.query_one("#feeds Grid").focus()

    def action_leave(self) -> None:
        """Back to the table; to where one came from."""
        if self.query_one("#drift").has_class("-whole"):
            self.action_whole()
        else:
            self.run_worker(self.app.action_back())


_COLUMNS = (
    Column("line", most=24), Column("set", most=30), Column("stands", most=14), Column("evidence", most=16, rank=1),
    Column("now", right=True, least=5), Column("held to", right=True, least=5, rank=2),
    Column("champion", most=20, rank=3), Column("", most=300, least=12, grows=True),
)  # fmt: skip


def _rows(line: Json) -> list[Row]:
    """A row a feed; one row where a line has none."""
    return [_row(line, each) for each in line["sets"]] or [_row(line, None)]


def _row(line: Json, held: Json) -> Row:
    key = held["feed"] if held else line["line"]
    champion = Cell(f"★ {line['champion']}", GOOD) if line["champion"] else Cell("none", DIM)
    name = Cell(line["line"], BOLD)
    if held is None:
        return Row(key, (name, Cell("none", DIM), "", "", "", "", champion, _note(line, held)),
                   {"line": line, "set": None})  # fmt: skip
    known = [each[1] for each in held["recent"] if each[2]]
    base, watched = held["baseline"], held["standing"] is not None
    tone = stands(held["standing"]).tone
    evidence = Cell(f"{bar(held['share'], _BAR)} {held['share']:.0%}", tone, held["share"]) if watched else Cell("")
    return Row(key, (
        name, f"{held['set']} {held['metric']}", stands(held["standing"]) if watched else Cell("not watched", DIM),
        evidence, Cell(f"{known[-1]:.3f}", tone, known[-1]) if known else "",
        Cell(f"{base:.3f}", DIM, base) if base is not None else Cell("–", DIM), champion, _note(line, held),
    ), {"line": line, "set": held})  # fmt: skip


def _note(line: Json, held: Json) -> Cell:
    """What stands in the way of the line, or of knowing."""
    if line["frozen"]:
        return Cell(f"* frozen: {line['frozen']}", BAD)
    if line["held"]:
        return Cell(f"‖ held: {line['held']}", WARN)
    if held and held["silent"]:
        return Cell("! silent: nothing comes in", WARN)
    return Cell("")


def rates(feed: Json) -> Plotted:
    """How often it was right, with what it is held to."""
    recent = feed["recent"]
    of = recent[-1][3] if recent else ""
    points = tuple((float(each[0]), float(each[1])) for each in recent if each[2] and each[3] == of)
    base = feed["baseline"]
    against = next((each["expected"] for each in feed["watched"] if each["expected"] is not None), None)
    levels = [Level(f"held to {base['rate']:.3f}", base["rate"], GOOD)] if base is not None else []
    if against is not None:
        levels.append(Level(f"counts below {against:.3f}", against, WARN))
    levels += [Level(f"fires below {each['below']:g}", each["below"], BAD)
               for each in feed["watched"] if each["below"] is not None]  # fmt: skip
    last = f" {points[-1][1]:.3f}" if points else ""
    return Plotted(f"Rates{last}", points, tuple(levels), LIVE, counts=_COUNTS.get(of, ""))


def evidence(feed: Json) -> Plotted:
    """What has been gathered against it, as a share of what makes it fire."""
    told = next((each for each in feed["watched"] if each["expected"] is not None), None)
    if told is None:
        return Plotted("Evidence", empty=_no_evidence(feed))
    of = feed["recent"][-1][3] if feed["recent"] else ""
    points = tuple((float(at), float(share)) for at, share in zip(told["track_at"], told["track"], strict=True))
    return Plotted(f"Evidence {told['share']:.0%}", points, (Level("fires", 1.0, BAD),),
                 stands(told["standing"]).tone, percent=True, counts=_COUNTS.get(of, ""), least=0.0,
                 empty="No evaluation has come in since it was held to this.")  # fmt: skip


def _no_evidence(feed: Json) -> str:
    if not feed["watched"]:
        return "No trigger watches it."
    if any(each["below"] is not None for each in feed["watched"]):
        return "Its trigger goes by a plain bound, and gathers no evidence."
    return f"A baseline takes {feed['watched'][0]['wants']} evaluations; {feed['signals']} have come."
