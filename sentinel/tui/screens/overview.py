"""Overview: the lines, the queue and what runs, the last verdicts, who trains next, and what is not well."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.events import DescendantFocus

from sentinel.api.draw.moments import ago, due, took
from sentinel.api.draw.sparks import gathered, sparks
from sentinel.domain.digest import Json
from sentinel.domain.quantity import is_number
from sentinel.tui import acts
from sentinel.tui.acts import Act
from sentinel.tui.bar import asked
from sentinel.tui.known.asking import Wish
from sentinel.tui.marks import BAD, BOLD, DIM, GOOD, LIVE, WARN, Cell, state, tone_of
from sentinel.tui.screen import DashboardScreen
from sentinel.tui.shown.timeline import far
from sentinel.tui.widgets.grid import Column, Grid, Row
from sentinel.tui.widgets.listing import Listing

_CURVE = 16
_QUEUE, _VERDICTS, _ENDED = 200, 30, 40


class Overview(DashboardScreen):
    """Everything at a glance."""

    HELP: ClassVar[str] = (
        "The lines with their champions, how their canaries went and how far drift is from firing. Below, what runs "
        "and what waits, with the moments by which half of all such cases have started and ended, and nine in ten. "
        "Then the latest verdicts, and which spec of the zoo trains next. Enter opens what the cursor stands on."
    )
    CSS_PATH = "overview.tcss"
    AUTO_FOCUS = "#queue Grid"

    def wishes(self) -> Mapping[str, Wish]:
        """What is seen at a glance."""
        return {
            "queue": Wish("queue", {"limit": _QUEUE}, ("run/", "house"), every=15),
            "lines": Wish("lines", {}, ("line/", "feed/", "trigger/"), every=300),
            "verdicts": Wish("verdicts", {"limit": _VERDICTS}, ("run/",)),
            "zoo": Wish("zoo", {}, ("line/", "rotation/", "house"), every=300),
            "runs": Wish("runs", {"limit": _ENDED}, ("run/",)),
        }

    def body(self) -> ComposeResult:
        """Four tables."""
        with Container(id="overview"):
            with Vertical(id="now"):
                yield Listing("Lines", _LINES, id="lines", empty="none yet")
                yield Listing("Queue", _QUEUE_COLUMNS, id="queue", empty="nothing waits, nothing runs")
                yield Listing("Ended lately", _ENDED_COLUMNS, id="ended", empty="nothing yet")
            with Vertical(id="aside"):
                yield Listing("Waits for you", _WAITING, id="asks", empty="nothing")
                yield Listing("Verdicts", _VERDICT_COLUMNS, id="verdicts", empty="none yet")
                yield Listing("Rotation", _ROTATION, id="rotation", empty="the zoo is empty")

    def draw(self, wish: str) -> None:
        """Draw one of them."""
        if wish in self.answers:
            {"queue": self._queue, "lines": self._lines, "verdicts": self._verdicts, "zoo": self._zoo,
             "runs": self._ended}[wish]()  # fmt: skip

    def on_mount(self) -> None:
        """Ages go on by themselves."""
        self.set_interval(10, self._older)
        self.watch(self.app, "attention", self._asks)

    def progressed(self, told: Json) -> None:
        """What runs has come further."""
        if "queue" in self.answers:
            self._queue()

    def _older(self) -> None:
        if self.is_current:
            for wish in self.answers:
                self.draw(wish)

    # The tables.

    def _queue(self) -> None:
        told = self.answers["queue"]
        at = self.app.now()
        rows = [_run(run, self._doing(run["run"]), at) for run in told["runs"]]
        good = told["estimates"]
        how = f"{good['ended_within']:.0%} of {good['told']} ended within their bound" if good["told"] else ""
        more = " and more" if told["more"] else ""
        self.query_one("#queue", Listing).show(rows, how + more)

    def _doing(self, run: str) -> Json | None:
        """How far a run's attempt is, of several the one that said something last."""
        held = [each for each in self.app.progress.values() if each["run"] == run]
        return max(held, key=lambda each: each["at"] if is_number(each.get("at")) else 0, default=None)

    def _lines(self) -> None:
        rows = [_line(line, self.app.now()) for line in self.answers["lines"]["lines"]]
        self.query_one("#lines", Listing).show(rows)

    def _verdicts(self) -> None:
        rows = [_verdict(each, self.app.now()) for each in self.answers["verdicts"]["verdicts"]]
        self.query_one("#verdicts", Listing).show(rows)

    def _ended(self) -> None:
        rows = [_over(run, self.app.now()) for run in self.answers["runs"]["runs"] if run["ended_at"] is not None]
        self.query_one("#ended", Listing).show(rows)

    def _asks(self, items: Sequence[Json]) -> None:
        at = self.app.now()
        rows = [Row(f"{number}", (Cell(each["kind"], WARN), asked(each), Cell(ago(each["since"], at), DIM)), each)
                for number, each in enumerate(items)]  # fmt: skip
        self.query_one("#asks", Listing).show(rows)

    def _zoo(self) -> None:
        told = self.answers["zoo"]
        rows = [_spec(spec, rotation, self.app.now()) for rotation in told["rotations"] for spec in rotation["specs"]]
        self.query_one("#rotation", Listing).show(rows)

    # Opening and acting.

    @on(Grid.Picked)
    def opened(self, event: Grid.Picked) -> None:
        """Go where it is seen whole."""
        row = event.row
        match event.grid.id:
            case "queue-grid" | "ended-grid":
                self.app.visit("run", run=row.key)
            case "asks-grid":
                self.app.action_waiting()
            case "lines-grid":
                self.app.visit("drift", line=row.key)
            case "verdicts-grid":
                self.app.visit("gates", verdict=row.key)
            case _:
                self.app.visit("rotation", spec=row.what["spec"])

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """What can be done depends on where one is."""
        self.refresh_bindings()

    def chosen(self) -> list[Act]:
        """What can be done to the row under the cursor."""
        grid = self.focused
        row = grid.cursor if isinstance(grid, Grid) else None
        if row is None or not isinstance(grid, Grid):
            return []
        if grid.id == "queue-grid":
            waiting = [run for run in self.answers["queue"]["runs"] if run["state"] == "queued"]
            asked = acts.on_waiting_run(self.app.attention, row.key)
            return [*asked, *acts.on_run(row.what, waiting)]
        if grid.id == "ended-grid":
            return acts.on_run(row.what)
        if grid.id == "asks-grid":
            return acts.on_item(row.what)
        return acts.on_line(row.what) if grid.id == "lines-grid" else []


_LINES = (
    Column("line", most=20), Column("champion", most=18, rank=2), Column("since", rank=5, most=12),
    Column("canary", rank=1, most=_CURVE), Column("now", right=True, least=5),
    Column("drift", most=100, least=14, grows=True),
)  # fmt: skip
_QUEUE_COLUMNS = (
    Column("#", right=True, least=2), Column("run", most=8), Column("recipe", most=18), Column("line", most=14, rank=4),
    Column("state", most=12), Column("does, or waits for", most=60, least=12, grows=True),
    Column("starts in", rank=1, most=18), Column("ends in", most=18), Column("by", rank=6, most=10),
    Column("asked", rank=5, most=14),
)  # fmt: skip
_ENDED_COLUMNS = (
    Column("run", most=8), Column("recipe", most=18), Column("line", most=14, rank=4), Column("ended as", most=16),
    Column("when", most=14, rank=1), Column("took", most=10, rank=2), Column("why", most=200, least=16, grows=True),
)  # fmt: skip
_WAITING = (
    Column("what", most=12), Column("about", most=200, least=16, grows=True), Column("since", most=12, rank=1),
)  # fmt: skip
_VERDICT_COLUMNS = (
    Column("when", most=14, rank=3), Column("gate", most=16), Column("verdict", most=14), Column("run", most=8, rank=2),
    Column("why", most=200, least=16, grows=True),
)  # fmt: skip
_ROTATION = (
    Column("spec", most=20), Column("trains", most=34), Column("maturity", most=36, rank=1),
    Column("result", most=24, rank=2, grows=True),
)  # fmt: skip


def _over(run: Json, at: int) -> Row:
    when = Cell(ago(run["ended_at"], at), DIM, -run["ended_at"])
    lasted = Cell(took(run["started_at"], run["ended_at"], at), DIM)
    return Row(run["run"], (Cell(run["run"], BOLD), run["recipe"], run["line"] or "", state(run["state"]), when,
                            lasted, run["why"]), run)  # fmt: skip


def _run(run: Json, doing: Json | None, at: int) -> Row:
    expected = run["expected"]
    queued = run["state"] == "queued"
    starts = Cell(due(expected["start"], expected["start_bound"], at) if queued else "", "", expected["start"])
    ends = Cell(due(expected["end"], expected["end_bound"], at), "", expected["end"])
    doing_now = (
        Cell(f"{doing['step']} {far(doing)}".strip(), LIVE)
        if doing is not None and run["state"] == "running"
        else Cell(run["waits"])
    )
    if run["state"] == "waiting":
        doing_now = Cell(run["waits"], WARN)
    place = Cell(str(run["position"] or ""), DIM, run["position"] or 0)
    asked = Cell(ago(run["created_at"], at), DIM, -run["created_at"])
    return Row(run["run"], (place, Cell(run["run"], BOLD), run["recipe"], run["line"] or "", state(run["state"]),
                            doing_now, starts, ends, Cell(run["trigger"], DIM), asked), run)  # fmt: skip


def _line(line: Json, at: int) -> Row:
    watched = next((each for each in line["sets"] if each["standing"] is not None), next(iter(line["sets"]), None))
    rates = [each[1] if each[2] else None for each in watched["recent"]] if watched else []
    known = [rate for rate in rates if rate is not None]
    curve = sparks(gathered(rates, _CURVE), min(known), max(known)) if known else ""
    now = Cell(f"{known[-1]:.3f}" if known else "", _drift(line, watched).tone if watched else "")
    champion = Cell(f"★ {line['champion']}", GOOD) if line["champion"] else Cell("none", DIM)
    since = Cell(took(line["since"], None, at) if line["since"] else "", DIM, line["since"] or 0)
    return Row(line["line"], (Cell(line["line"], BOLD), champion, since, curve, now, _drift(line, watched)), line)


def _drift(line: Json, watched: Json | None) -> Cell:
    """What stands in the way of a line first; then how far the drift is."""
    if line["frozen"]:
        return Cell(f"* frozen: {line['frozen']}", BAD)
    if line["held"]:
        return Cell(f"‖ held: {line['held']}", WARN)
    if watched is None or watched["standing"] is None:
        return Cell("not watched", DIM)
    if watched["silent"]:
        return Cell("! silent", WARN)
    shown = Cell("▲ pending", WARN) if watched["standing"] == "pending" else state(watched["standing"])
    return Cell(f"{shown.text} {watched['share']:.0%}", shown.tone, watched["share"])


def _verdict(told: Json, at: int) -> Row:
    when = Cell(ago(told["at"], at), DIM, -told["at"])
    return Row(told["verdict_id"], (when, told["gate"], state(told["verdict"]), Cell(told["run"], DIM),
                                    told["sentence"]), told)  # fmt: skip


def _spec(spec: Json, rotation: Json, at: int) -> Row:
    from sentinel.api.draw.zoo import furthest, maturity, result, turn

    first = furthest(spec)
    trains = Cell(turn(spec, at), tone_of(spec["word"]), spec["turn"] or 1000)
    held: Sequence[Cell | str] = (maturity(first), result(first["result"])) if first else ("", "")
    return Row(f"{rotation['recipe']}/{rotation['line']}/{spec['spec']}",
               (Cell(spec["spec"], BOLD), trains, *held), {**spec, "rotation": rotation["recipe"]})  # fmt: skip
