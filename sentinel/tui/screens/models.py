"""Models: a line's versions, where they come from, what they were made of, how two of them differ, and their cards."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import DescendantFocus

from sentinel.api.draw.difference import draw_difference
from sentinel.api.draw.lineage import draw_lineage
from sentinel.api.draw.moments import ago
from sentinel.api.draw.pen import inked
from sentinel.api.draw.versions import remark
from sentinel.api.ways import UNSCORED, Way, scored, ways
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused
from sentinel.domain.text import plain
from sentinel.tui import acts
from sentinel.tui.acts import Act
from sentinel.tui.known.asking import Wish
from sentinel.tui.marks import BAD, BOLD, DIM, WARN, Cell, state
from sentinel.tui.screen import DashboardScreen
from sentinel.tui.shown.family import family, parent_of
from sentinel.tui.shown.versions import FAMILY, LINES, VERSIONS, line_row, member_row, passed, standing, version_row
from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.listing import Listing
from sentinel.tui.widgets.page import Line, Page, drawn, lines
from sentinel.tui.widgets.panes import PANE_KEYS, Panes

_LINEAGE, _ABOUT, _DIFF, _CARD = "Lineage", "About", "Diff", "Card"
_VERDICTS = 50


class Models(DashboardScreen):
    """Lines and their versions."""

    HELP: ClassVar[str] = (
        "The lines, and the versions of the chosen one: ★ is champion, ☆ has been, ✗ did not pass its gate, * is "
        "frozen. Enter opens the run that made a version, v the latest verdict on it. Below: where each version comes "
        "from (each stands under the latest of its parents), all that is pinned of the chosen one, how it differs from "
        "another, and its card. c marks a version to compare with; without a mark it is the champion. x scores both on "
        "the same documents, and y has a card written; both are runs of their own. "
        "z gives the part below the whole screen."
    )
    CSS_PATH = "models.tcss"
    AUTO_FOCUS = "#versions Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        *PANE_KEYS,
        Binding("c", "mark", "compare"),
        Binding("x", "score", "score both", show=False),
        Binding("y", "card", "card", show=False),
        Binding("v", "verdict", "latest verdict on it", show=False),
        Binding("z", "enlarge", "larger", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._line: str | None = None
        self._version: str | None = None
        """The version that is chosen."""
        self._wanted: str | None = None
        """The version that somebody asked to see."""
        self._marked: str | None = None
        """The version that others are compared with."""
        self._scores: dict[tuple[str, str], list[Json] | None] = {}
        """What two versions made of the same documents; None while that is being found out."""
        self._cards: dict[str, str] = {}
        """The runs that were asked for a card, by version."""

    # What it wants to know.

    def wishes(self) -> Mapping[str, Wish]:
        """The lines, the versions of one, and what belongs to the part that is seen."""
        wishes = {"lines": Wish("lines", {}, ("line/",), every=300)}
        version, pair = self._known(self._version), self._pair
        if self._line is not None:
            wishes["versions"] = Wish("versions", {"line": self._line}, (f"line/{self._line}",))
        if version is not None:
            wishes["verdicts"] = Wish("verdicts", {"subject": version["model"], "limit": _VERDICTS}, ("run/",))
        if self._wanted is not None and self._line is None:
            wishes["lineage"] = Wish("lineage", {"version": self._wanted})
        elif version is not None and self._sees(_ABOUT):
            wishes["lineage"] = Wish("lineage", {"version": version["version"]}, (f"line/{self._line}",))
        if pair is not None and self._sees(_DIFF):
            wishes["diff"] = Wish("diff", {"one": pair[0], "other": pair[1], "line": self._line})
        if version is not None and self._sees(_CARD):
            run = self._cards.get(version["version"], version["run"])
            wishes["page"] = Wish("page", {"run": run}, (f"run/{run}",))
        return wishes

    def _sees(self, part: str) -> bool:
        return any(panes.sees(part) for panes in self.query(Panes))

    def _known(self, name: str | None) -> Json | None:
        """A version of the line that is seen."""
        told = self.answers.get("versions")
        return next((each for each in told["versions"] if each["version"] == name), None) if told else None

    @property
    def _pair(self) -> tuple[str, str] | None:
        """The versions to be compared: what is marked, else the champion, else what a version comes from, and it."""
        told, version = self.answers.get("versions"), self._known(self._version)
        if told is None or version is None:
            return None
        name = version["version"]
        champion = told["champion"] if told["champion"] != name else parent_of(version, told["versions"])
        one = self._marked if self._known(self._marked) is not None else champion
        return (one, name) if one is not None and one != name else None

    # What it is made of.

    def body(self) -> ComposeResult:
        """Lines and versions, and the parts about the one that is chosen."""
        with Vertical(id="models"):
            with Vertical(id="which"):
                yield Listing("Lines", LINES, id="lines", empty="sentinel.yaml has none")
                yield Listing("Versions", VERSIONS, id="versions", empty="none yet")
            held = {_LINEAGE: Listing("Lineage", FAMILY, id="family", empty="none yet"),
                    **{name: Page(id=name.lower()) for name in (_ABOUT, _DIFF, _CARD)}}  # fmt: skip
            yield Panes(held, id="parts")

    def on_mount(self) -> None:
        """Ages go on by themselves."""
        self.set_interval(10, self._older)

    def focus_on(self, **what: str) -> None:
        """Show a line, or a version."""
        self._line, self._wanted = what.get("line"), what.get("version")
        if self.is_mounted and self._line is not None:
            self._grid("lines").go_to(self._line)
            self._go()

    def _grid(self, name: str) -> Grid:
        return self.query_one(f"#{name}-grid", Grid)

    def _go(self) -> None:
        """To the version that is wanted, where it is there."""
        if self._known(self._wanted) is not None:
            self._version, self._wanted = self._wanted, None
        name = self._version or ""
        for grid in ("versions", "family"):
            self._grid(grid).go_to(name)

    def _older(self) -> None:
        if self.is_current:
            self._lines()
            self._versions()

    # Drawing.

    def draw(self, wish: str) -> None:
        """Draw what is known."""
        {"lines": self._lines, "versions": self._versions, "lineage": self._about, "diff": self._diff,
         "page": self._card, "verdicts": self._about}.get(wish, self.refresh_bindings)()  # fmt: skip
        if wish in ("lines", "versions", "lineage"):
            self.look_again()

    def _lines(self) -> None:
        told = self.answers.get("lines")
        if told is None:
            return
        rows = [line_row(each, self.app.now()) for each in told["lines"]]
        self.query_one("#lines", Listing).show(rows)
        if self._line is None and self._wanted is None and rows:
            self._line = rows[0].key
        self._grid("lines").go_to(self._line or "")

    def _versions(self) -> None:
        listing, told = self.query_one("#versions", Listing), self.answers.get("versions")
        if "versions" in self.refusals:
            listing.rename(plain(self.refusals["versions"].what))
            listing.show([])
            return
        if told is None or told["line"] != self._line:
            return
        now = self.app.now()
        listing.rename(f"Versions of {plain(told['line'])}")
        more = plain(standing(told).text) if told["versions"] else "`a` adopts the model that serves today"
        # the tree first: the table's cursor is the one that leads
        tree = [member_row(each, now, self._marked) for each in family(told["versions"])]
        self.query_one("#family", Listing).show(tree)
        listing.show([version_row(each, now, self._marked) for each in told["versions"]], more)
        if self._known(self._version) is None:
            cursor = self._grid("versions").cursor
            self._version = cursor.key if cursor is not None else None
        self._go()

    def _about(self) -> None:
        page, told = self.query_one("#about", Page), self.answers.get("lineage")
        if "lineage" in self.refusals:
            self._refuse(page, "lineage")
            if self._wanted is not None:
                self.app.tell(self.refusals["lineage"], "warning")
                self._wanted = None
                self._lines()
        elif told is not None and told["version"] == self._wanted:
            self._line = told["line"]
            self._grid("lines").go_to(told["line"])
        elif told is not None and told["version"] == self._version:
            text = lines(self._standing())
            page.show(text.append_text(drawn(inked(partial(draw_lineage, told=told), page.room))))

    def _standing(self) -> list[Line]:
        """What became of the version, and how it was judged."""
        version = self._known(self._version)
        said: list[Line] = []
        if version is not None and (became := remark(version)):
            said.append(Cell(became, BAD if version["frozen"] or version["rejected"] else DIM))
        for each in self._verdicts():
            judged = Cell(f"  {each['gate']} {ago(each['at'], self.app.now())}, {each['run']}: ", DIM)
            said.append((state(each["verdict"]), judged, each["sentence"]))
        return [*said, "", ""] if said else []

    def _diff(self) -> None:
        page, told, pair = self.query_one("#diff", Page), self.answers.get("diff"), self._pair
        if pair is None:
            page.show(["Nothing to compare it with yet: `c` marks a version, and the other is under the cursor."])
        elif "diff" in self.refusals:
            self._refuse(page, "diff")
        elif told is not None and (told["one"], told["other"]) == pair:
            text = lines([*self._sides(pair), ""])
            text.append("\n")
            whole = {**told, "scores": self._scores.get(pair) or []}
            text.append_text(drawn(inked(partial(draw_difference, told=whole), page.room)))
            page.show(text.append("\n\n").append_text(lines([self._scored(pair)])))

    def _sides(self, pair: tuple[str, str]) -> list[Line]:
        """What A and B are."""
        why = "marked" if pair[0] == self._marked else "the champion"
        told = self.answers["versions"]
        if pair[0] not in (self._marked, told["champion"]):
            why = "it comes from that"
        return [("A  ", Cell(pair[0], BOLD), Cell(f"  {why}; c marks another", DIM)),
                ("B  ", Cell(pair[1], BOLD), Cell("  under the cursor", DIM))]  # fmt: skip

    def _scored(self, pair: tuple[str, str]) -> Cell:
        if pair not in self._scores:
            return Cell("x scores both on the same documents.", DIM)
        return Cell("Both are being scored on the same documents …" if self._scores[pair] is None else "", DIM)

    def _card(self) -> None:
        page, told, version = self.query_one("#card", Page), self.answers.get("page"), self._known(self._version)
        if version is None:
            return
        if "page" in self.refusals:
            self._refuse(page, "page", "y has one written." if self.app.role == "operate" else "")
        elif told is not None and told["run"] == self._cards.get(version["version"], version["run"]):
            cut = [Cell("… it is longer than what is shown", DIM)] if told["cut"] else []
            page.show([*told["text"].splitlines(), *cut])

    def _refuse(self, page: Page, wish: str, todo: str | None = None) -> None:
        refusal = self.refusals[wish]
        page.show([Cell(refusal.what, WARN), refusal.todo if todo is None else todo])

    # Choosing.

    @on(Grid.Moved, "#lines-grid")
    def another_line(self, event: Grid.Moved) -> None:
        """Another line's versions."""
        row = self._grid("lines").cursor
        if isinstance(event, Grid.Picked):
            self._grid("versions").focus()
        elif row is not None and row.key != self._line and (self._line is not None or self._wanted is None):
            self._line, self._version, self._wanted, self._marked = row.key, None, None, None
            self.look_again()

    @on(Grid.Moved, "#versions-grid,#family-grid")
    def another_version(self, event: Grid.Moved) -> None:
        """Another version, in the table and in the tree alike."""
        if isinstance(event, Grid.Picked):
            self.app.visit("run", run=event.row.what["run"])
            return
        tree = self._grid("family")
        row = (tree if tree.has_focus else self._grid("versions")).cursor
        name = row.key if row is not None else None
        if name != self._version:
            self._version = name
            self._go()
            self._diff()
            self.look_again()

    @on(Panes.Turned)
    def turned(self) -> None:
        """Another part wants to know something else."""
        self.call_after_refresh(self._diff)
        self.look_again()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """What can be done depends on where one is."""
        self.refresh_bindings()

    # Keys.

    def action_part(self, by: int) -> None:
        """The next part, or the one before."""
        self.query_one(Panes).turn(by)

    def action_mark(self) -> None:
        """Compare others with this one; again: no longer."""
        self._marked = self._version if self._marked != self._version else None
        self._versions()
        self.query_one(Panes).turn_to(_DIFF)

    def action_enlarge(self) -> None:
        """Give the part that is seen the whole screen, or no longer."""
        which = self.query_one("#which")
        if which.display:
            self.query_one(Panes).turn_to(self.query_one(Panes).part, focus=True)
        which.display = not which.display

    def action_verdict(self) -> None:
        """See the latest verdict on it."""
        held = self._verdicts()
        if held:
            self.app.visit("gates", verdict=held[0]["verdict_id"])
        else:
            self.app.tell("No gate has judged it.", "warning")

    def _verdicts(self) -> list[Json]:
        version, told = self._known(self._version), self.answers.get("verdicts")
        if version is None or told is None:
            return []
        return [each for each in told["verdicts"] if each["subject"] == version["model"]]

    def chosen(self) -> list[Act]:
        """What can be done to the version, or to its line."""
        told, version, line = self.answers.get("versions"), self._known(self._version), self._grid("lines").cursor
        found: list[Act] = []
        if told is not None and version is not None and not self._grid("lines").has_focus:
            found = acts.on_version(told, version, passed(self._verdicts(), told["champion"]))
            diff = self.answers.get("diff")
            if diff is not None and self._sees(_DIFF) and (diff["one"], diff["other"]) == self._pair:
                found += acts.on_difference(diff)
        return found or (acts.on_line(line.what) if line is not None else [])

    # What a run of its own finds out.

    def action_score(self) -> None:
        """Have both versions compared on the same documents."""
        self.query_one(Panes).turn_to(_DIFF)
        told, pair = self.answers.get("diff"), self._pair
        if self.app.role != "operate":
            self.app.offer([])
        elif told is not None and pair == (told["one"], told["other"]) and pair not in self._scores:
            self._scores[pair] = None
            self._diff()
            self._score(pair, told)

    @work(group="scores")
    async def _score(self, pair: tuple[str, str], told: Json) -> None:
        try:
            self._scores[pair] = [scored(way, await self._computed(way)) for way in ways(told)]
        except Refused as error:
            del self._scores[pair]
            self.app.tell(error.refusal, "error")
        self._diff()

    async def _computed(self, way: Way) -> Json:
        """On what the two ends of a way disagree; None where they were not both scored, or it cannot be asked."""
        try:
            run = (await self.app.client.ask("flips", one=way.one, other=way.other))["run"]
        except Refused as why:
            if why.refusal.code in UNSCORED:
                return None
            raise
        return await self.app.client.ask("computed", run=run) if await self._ended(run) == "done" else None

    def action_card(self) -> None:
        """Show the card; where there is none, have one written."""
        panes, version = self.query_one(Panes), self._known(self._version)
        if panes.part != _CARD:
            panes.turn_to(_CARD)
        elif self.app.role != "operate":
            self.app.offer([])
        elif version is not None and "page" in self.refusals:
            self._write_card(version["version"])

    @work(group="cards", exclusive=True)
    async def _write_card(self, version: str) -> None:
        try:
            run = (await self.app.client.ask("card", version=version, line=self._line))["run"]
            self.app.tell(f"{run} writes the card of {version}.")
            if await self._ended(run) != "done":
                self.app.tell(f"{run} has written no card; `sentinel show {run}` says why.", "warning")
                return
        except Refused as error:
            self.app.tell(error.refusal, "error")
            return
        self._cards[version] = run
        self.look_again()

    async def _ended(self, run: str) -> str:
        """The state in which a run ends."""
        async for _ in self.app.client.follow("follow", run=run):
            pass
        return str((await self.app.client.ask("show", run=run))["state"])
