"""The dashboard: its screens, its line to the daemon, and the acts that a person chooses."""

import csv
import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import ClassVar, Literal

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused
from sentinel.domain.text import plain
from sentinel.tui.acts import Act
from sentinel.tui.bar import TopBar
from sentinel.tui.board import Board
from sentinel.tui.known.asking import Asker, Told, Unanswered, Wish
from sentinel.tui.known.link import Asks, Heard, Link, Lost
from sentinel.tui.picture import picture
from sentinel.tui.screen import DashboardScreen
from sentinel.tui.theme import known_theme
from sentinel.tui.widgets.grid import Grid

ORDER = ("overview", "run", "gates", "drift", "rotation", "models", "recipes", "events")
"""Screens that come first, in this order; every other file among the screens comes after them by its name."""
_GARBAGE = 20_000
"""Things that are made before garbage is looked for among them."""
Grade = Literal["information", "warning", "error"]


def dashboard(client: Asks, workspace: Path, theme: str | None) -> int:
    """Open it in this terminal, until it is left."""
    app = Dashboard(client, workspace)
    # what it keeps is bounded, and to look through all of it for garbage again and again is felt at the keys
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 50)
    if theme is not None:
        app.theme = known_theme(theme)
    app.run()
    return app.return_code or 0


class Dashboard(App[None]):
    """One daemon's dashboard."""

    CSS_PATH = Path(__file__).with_name("dashboard.tcss")
    TITLE = "Sentinel"
    DEFAULT_MODE = "main"
    attention: reactive[tuple[Json, ...]] = reactive[tuple[Json, ...]](())
    """What waits for a person."""
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"go_to({number})", show=False) for number in range(1, 10)),
        Binding("w", "waiting", "waits for you"),
        Binding("n", "new_run", "run"),
        Binding("L", "label", "label", show=False),
        Binding("b", "board", "board"),
        Binding("S", "picture", "picture", show=False),
        Binding("T", "next_theme", "theme", show=False),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("escape", "back", "back", show=False),
        Binding("q", "quit", "leave"),
    ]

    def __init__(
        self, client: Asks, workspace: Path, *, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        saves: Path | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (150, "-vast")]
        self.VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]
        self.client, self.workspace = client, workspace
        self.places = _places()
        """Each screen by its key."""
        self.status: Json = None
        self.board: Json = None
        self.board_is_open = False
        self.progress: dict[str, Json] = {}
        """How far each running attempt is, by its id."""
        self.lost: Refusal | None = None
        self.heard_at: int | None = None
        self._clock, self._skew, self._saves = clock, 0, saves or Path.cwd()
        self._came_from: list[str] = []
        self._known: dict[str, DashboardScreen] = {}
        # the first screen is there at once, and its styles with it
        self.add_mode("main", lambda: self._screen_of(next(iter(self.places.values()))))

    # Time and standing.

    def now(self) -> int:
        """The daemon's time: its ages and moments are shown by its own clock."""
        return self._clock() + self._skew

    @property
    def heard_ago(self) -> int:
        """ms since the daemon was last heard."""
        return 0 if self.heard_at is None else max(0, self._clock() - self.heard_at)

    @property
    def role(self) -> str:
        """What we may do here."""
        return str(self.status["you"]["role"]) if self.status else "view"

    # Life.

    def on_mount(self) -> None:
        """Listen, and ask what every screen shows."""
        # textual takes from a screen that is switched away what it gives to every one but a mode's first
        self.screen._push_result_callback(self.screen, None)
        self.link = Link(self.client, self.post_message)
        self.asker = Asker(self.client, self._wishes, self.post_message)
        self.run_worker(self.link.listen(), name="listening")
        self.run_worker(self.asker.ask_on(), name="asking")

    def _wishes(self) -> Mapping[str, Wish]:
        held = ("house", "alert")
        wishes = {
            "attention": Wish("attention", heeds=(*held, "run/", "line/", "delivery/"), every=60),
            "status": Wish("status", heeds=(*held, "run/"), every=60),
        }
        if self.board_is_open:
            wishes["board"] = Wish("board", heeds=("board/", "delivery/", "line/"))
        return wishes

    def on_heard(self, message: Heard) -> None:
        """Pass on what the daemon has told."""
        self.heard_at = self._clock()
        back = self.lost is not None
        self.lost = None
        streams: set[str] = set()
        events: list[Json] = []
        for told in message.told:
            if "event" in told:
                events.append(told["event"])
                streams.add(told["event"]["stream"])
                self._progress_over(told["event"])
            elif "progress" in told:
                self.progress[told["progress"]["attempt"]] = told["progress"]
                if (screen := self._seen()) is not None:
                    screen.progressed(told["progress"])
            elif "alive" in told:
                self._skew = told["alive"]["at"] - self._clock()
            elif "skipped" in told:
                back = True
        for screen in self._known.values():
            if screen.is_mounted:
                screen.asker.all_stale() if back else screen.asker.heed(streams)
                for event in events:
                    screen.heard(event)
        self.asker.all_stale() if back else self.asker.heed(streams)
        if back:
            self._tell_bar()

    def _progress_over(self, event: Json) -> None:
        if event["kind"] == "AttemptEnded":
            self.progress.pop(event["payload"]["attempt"], None)

    def on_lost(self, message: Lost) -> None:
        """Say so; what is seen stays, and says how old it is."""
        self.lost = message.why
        self._tell_bar()

    def on_told(self, message: Told) -> None:
        """What every screen shows."""
        if message.wish == "status":
            self.status = message.answer
        elif message.wish == "attention":
            self.attention = tuple(message.answer["items"])
        else:
            self.board = message.answer
            for board in self.screen.query(Board):
                board.tell()
        self._tell_bar()

    def on_unanswered(self, message: Unanswered) -> None:
        """The line itself says that nobody is there; anything else is worth a word."""
        if self.lost is None and self.heard_at is not None:
            self.tell(message.refusal, "warning")

    def _tell_bar(self) -> None:
        if (screen := self._seen()) is not None:
            for bar in screen.query(TopBar):
                bar.tell()

    def _seen(self) -> DashboardScreen | None:
        """The screen that is looked at, dialogs aside."""
        return next((each for each in reversed(self.screen_stack) if isinstance(each, DashboardScreen)), None)

    # Going about.

    def _screen_of(self, name: str) -> DashboardScreen:
        if name not in self._known:
            made: DashboardScreen = getattr(import_module(f"sentinel.tui.screens.{name}"), name.capitalize())()
            # it is styled once: else its first look at its own size would style all of it again
            made.set_classes([_widest(self.HORIZONTAL_BREAKPOINTS, self.size.width),
                              _widest(self.VERTICAL_BREAKPOINTS, self.size.height)])  # fmt: skip
            self._known[name] = made
            self.install_screen(made, name)
        return self._known[name]

    def action_go_to(self, number: int) -> None:
        """The screen of a key."""
        name = self.places.get(str(number))
        if name is not None:
            self.go(name)

    def action_go(self, name: str) -> None:
        """The screen of a name."""
        self.go(name)

    def go(self, name: str, back: bool = False) -> None:
        """Look at another screen."""
        here = self._seen()
        if here is None or here is self._known.get(name):
            return
        if not back:
            self._came_from = [*self._came_from[-20:], str(here.name or type(here).__name__.lower())]
        while not isinstance(self.screen, DashboardScreen):
            self.pop_screen()
        self.switch_screen(self._screen_of(name))

    def visit(self, name: str, **what: str) -> None:
        """Look at something on its screen."""
        screen = self._screen_of(name)
        screen.focus_on(**what)
        self.go(name)
        screen.look_again()

    async def action_back(self) -> None:
        """To where one came from."""
        if self._came_from:
            self.go(self._came_from.pop(), back=True)

    def action_waiting(self) -> None:
        """All that waits for a person."""
        from sentinel.tui.dialogs.waiting import Waiting

        self.push_screen(Waiting())

    def action_help(self) -> None:
        """What this screen is, and its keys."""
        from sentinel.tui.dialogs.help import Help

        screen = self._seen()
        if screen is not None:
            everywhere = {each.action for each in Screen.BINDINGS if isinstance(each, Binding)}
            keys = [(self.get_key_display(each), each.description) for _, each in screen._bindings
                    if each.description and each.action not in everywhere]  # fmt: skip
            self.push_screen(Help(type(screen).__name__, type(screen).HELP, keys))

    def action_board(self) -> None:
        """Show or hide the board."""
        self.board_is_open = not self.board_is_open
        self.asker.look_again()
        for board in self.screen.query(Board):
            board.tell()

    def action_next_theme(self) -> None:
        """Another theme."""
        names = sorted(self.available_themes)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.tell(f"Theme {self.theme}.")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers, by name."""
        for key, name in self.places.items():
            yield SystemCommand(name.capitalize(), f"go there ({key})", lambda name=name: self.go(name))
        yield SystemCommand("What waits for you", "approvals, holds, what was not sent (w)", self.action_waiting)
        yield SystemCommand("Run a recipe", "fill in its inputs, look at the plan, start it (n)", self.action_new_run)
        yield SystemCommand("Label answers", "the random sample, and what it was unsure of (L)", self.action_label)
        yield SystemCommand("Board", "our versions and their ranks, beside any screen (b)", self.action_board)
        yield SystemCommand("Picture", "save what is seen as SVG (S)", self.action_picture)
        yield SystemCommand("Theme", "choose how it looks", self.search_themes)
        yield SystemCommand("Help", "what this screen is, and its keys (?)", self.action_help)
        yield SystemCommand("Leave", "end the dashboard; the daemon goes on (q)", self.action_quit)
        if (here := self._seen()) is not None and self.role == "operate":
            for act in here.chosen():
                yield SystemCommand(act.title, act.says, lambda act=act: self.take(act))

    # Acting.

    def offer(self, acts: Sequence[Act], otherwise: str = "") -> None:
        """Offer acts, where we may act at all."""
        from sentinel.tui.dialogs.menu import Menu

        if self.role != "operate":
            self.tell("You may look, and not act. Ask the owner to name you under `operators:`.", "warning")
        elif not acts:
            self.tell(f"Nothing can be done to it from here. {otherwise}".strip(), "warning")
        else:
            self.push_screen(Menu(acts), lambda act: self.take(act) if act is not None else None)

    def take(self, act: Act) -> None:
        """Do an act, after asking where it has to be asked."""
        from sentinel.tui.dialogs.confirm import Confirm

        if act.route == "run":
            self.action_new_run(act.given["recipe"])
        elif act.at_once:
            self.carry_out(act, {})
        else:
            self.push_screen(Confirm(act), lambda given: self._confirmed(act, given))

    def _confirmed(self, act: Act, given: Mapping[str, Json] | None) -> None:
        if given is not None:
            self.carry_out(act, given)

    @work(group="acts")
    async def carry_out(self, act: Act, given: Mapping[str, Json]) -> None:
        """Have the daemon do it, and say what came of it."""
        try:
            answer = await self.client.ask(act.route, **act.given, **given)
        except Refused as error:
            self.tell(error.refusal, "error")
            return
        self.tell(act.done(answer) if callable(act.done) else act.done)
        if act.leads:
            self.visit("run", run=answer[act.leads])

    @work
    async def action_new_run(self, recipe: str | None = None) -> None:
        """Ask which recipe, where it is not known, with what, and start it."""
        from sentinel.tui.dialogs.new_run import NewRun

        if self.role != "operate":
            self.offer([])
            return
        run = await self.push_screen_wait(NewRun(recipe))
        if run is not None:
            self.tell(f"{run} is in the queue.")
            self.visit("run", run=run)

    @work
    async def action_label(self) -> None:
        """Say of served answers what they should have been."""
        from sentinel.tui.dialogs.label import Labelling

        if self.role != "operate":
            self.offer([])
            return
        await self.push_screen_wait(Labelling())

    # What it says and gives away.

    def tell(self, what: str | Refusal, grade: Grade = "information") -> None:
        """Say something for a while; a refusal says what to do, and stays longer."""
        if isinstance(what, Refusal):
            words = " ".join(part for part in (what.what, what.todo) if part)
            self.notify(plain(words), title=plain(what.code), severity=grade, timeout=12, markup=False)
        else:
            self.notify(plain(what), severity=grade, markup=False)

    def export(self, name: str, grid: Grid) -> None:
        """Write a table as CSV."""
        heads, rows = grid.exported()
        path = self._file(name, "csv")
        try:
            with path.open("x", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerows([[_harmless(cell) for cell in row] for row in (heads, *rows)])
        except OSError as error:
            self.tell(f"{path} could not be written: {error.strerror}.", "error")
        else:
            self.tell(f"{len(rows)} rows are in {path}.")

    def action_picture(self) -> None:
        """Save what is seen."""
        path = self._file("screen", "svg")
        try:
            path.write_text(picture(self), encoding="utf-8")
        except OSError as error:
            self.tell(f"{path} could not be written: {error.strerror}.", "error")
        else:
            self.tell(f"The picture is {path}.")

    def _file(self, name: str, kind: str) -> Path:
        moment = time.strftime("%Y%m%d-%H%M%S", time.localtime(self._clock() / 1000))
        return self._saves / f"sentinel-{name}-{moment}.{kind}"


def _places() -> dict[str, str]:
    found = {each.name for each in iter_modules(import_module("sentinel.tui.screens").__path__)}
    ordered = [*(name for name in ORDER if name in found), *sorted(found - set(ORDER))]
    return {str(number): name for number, name in enumerate(ordered, start=1)}


def _widest(breakpoints: Sequence[tuple[int, str]] | None, size: int) -> str:
    """The class that a screen of this size has."""
    return [name for least, name in breakpoints or () if size >= least][-1]


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    shown = plain(cell)
    return f"'{shown}" if (shown[:1] in "=+-@" and shown[1:2].isalpha()) or shown[:1] in "=@" else shown
