"""Recipes: which there are, what is wrong with their files, and of one its file, its wiring and its plan."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from sentinel.api.draw.pen import inked
from sentinel.api.draw.plan import draw_plan
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal
from sentinel.domain.text import plain
from sentinel.tui.acts import Act, on_files, on_recipe
from sentinel.tui.known.asking import Wish
from sentinel.tui.marks import BAD, BOLD, DIM, GOOD, WARN, Cell
from sentinel.tui.screen import DashboardScreen
from sentinel.tui.shown.faulted import Fault, faulted, read_fault, told_faults
from sentinel.tui.widgets.grid import Column, Grid, Row
from sentinel.tui.widgets.listing import Listing
from sentinel.tui.widgets.names import Names
from sentinel.tui.widgets.page import Line, drawn, lines
from sentinel.tui.widgets.panes import PANE_KEYS, Panes
from sentinel.tui.widgets.part import Part

_WIDEST, _NARROWEST = 160, 40
_PLAN, _FAULTS = "Plan", "Faults"
_ASKING = Text("asking …", "dim")


class Recipes(DashboardScreen):
    """What the workspace's files say is to be done."""

    HELP: ClassVar[str] = (
        "A recipe says which steps are done, in which order, and what starts them. Above are all of them: what is in "
        "force is what runs; a file with faults is not, and where it was good before, its last good version stays in "
        "force. Below is what is known of the one that the cursor stands on. File: as it lies there now, each fault "
        "below its line. Wiring: what flows from step to step; a line across is a bar, which nothing passes before "
        "its word. Plan: what a run would do now, what it would reuse, and how long each step takes by experience. "
        "Faults: all of them, also of other files. Enter reads on in the part that is seen; left and right turn to "
        "another line of a recipe that is for several; h and l scroll sideways."
    )
    CSS_PATH = "recipes.tcss"
    AUTO_FOCUS = "#all Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        *PANE_KEYS,
        Binding("left", "line(-1)", "line before", show=False),
        Binding("right", "line(1)", "next line", show=False),
        Binding("n", "run_it", "run"),
        Binding("r", "reload", "reload"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._wanted: str | None = None
        self._lines: dict[str, str] = {}
        """The line that was turned to, by the recipe's file."""

    def wishes(self) -> Mapping[str, Wish]:
        """All of them; of the one under the cursor its file and wiring, and its plan once that is looked at."""
        wanted = {"recipes": Wish("recipes", {}, ("house",))}
        row = self._row
        if row is None:
            return wanted
        line = self._line(row.what)
        given = {"recipe": row.key, "line": line, "width": self._width()}
        wanted["recipe"] = Wish("recipe", given, ("house",))
        if row.what["in_force"] and self.query_one(Panes).part == _PLAN:
            wanted["plan"] = Wish("plan", {"recipe": row.what["recipe"], "line": line}, ("house", "line/"), every=60)
        return wanted

    def body(self) -> ComposeResult:
        """The recipes, and the parts of one."""
        with Container(id="recipes"):
            yield Listing("Recipes", _COLUMNS, id="all", empty="none yet")
            parts = {
                "File": Part(self._file, id="recipe-file", classes="-unbroken"),
                "Wiring": Part(self._wiring, id="recipe-wiring", classes="-unbroken"),
                _PLAN: Part(self._plan, id="recipe-plan"),
                _FAULTS: Part(self._faults, id="recipe-faults"),
            }
            yield Panes(parts, id="one")

    def draw(self, wish: str) -> None:
        """The list, or what is known of one."""
        if wish == "recipes":
            rows = [_recipe(each) for each in self.answers.get("recipes", {}).get("recipes", ())]
            self.query_one("#all", Listing).show(rows)
            self.query_one("#one Names", Names).call(_FAULTS, f"{_FAULTS} {len(self._all_faults()) or ''}".strip())
            self._go_to_wanted()
            self.look_again()
        self._tell()

    def _tell(self) -> None:
        row = self._row
        titles = [plain(row.what["path"])] if row is not None else []
        if row is not None and len(row.what["lines"]) > 1:
            titles.append(f"for {plain(self._line(row.what))}, one of {len(row.what['lines'])} lines (← →)")
        for name, part in self.query_one(Panes).parts.items():
            of_one = name != _FAULTS
            part.border_title = " · ".join(titles).replace("[", "\\[") if of_one else "of all files"
        self._seen.tell()

    # What is chosen.

    @property
    def _seen(self) -> Part:
        """The part that is seen."""
        return self.query_one(f"#recipe-{self.query_one(Panes).part.lower()}", Part)

    @property
    def _row(self) -> Row | None:
        """The recipe under the cursor."""
        return self.query_one("#all", Listing).grid.cursor if self.is_mounted else None

    def focus_on(self, **what: str) -> None:
        """A recipe by its name or its file."""
        self._wanted = what.get("recipe")
        self._go_to_wanted()

    def _go_to_wanted(self) -> None:
        if self._wanted is None or not self.is_mounted or "recipes" not in self.answers:
            return
        listing = self.query_one("#all", Listing)
        for row in listing.grid.seen:
            if self._wanted in (row.key, row.what["recipe"]):
                listing.grid.go_to(row.key)
                break
        else:
            # it may be a file of another kind, whose faults are told all the same
            self.query_one(Panes).turn_to(_FAULTS)
        self._wanted = None

    def _line(self, recipe: Json) -> str | None:
        lines = recipe["lines"]
        held = self._lines.get(recipe["path"])
        return held if held in lines else next(iter(lines), None)

    @on(Grid.Moved)
    def moved(self) -> None:
        """Another recipe has another file."""
        self.look_again()
        self._tell()
        self.refresh_bindings()

    @on(Grid.Picked)
    def picked(self) -> None:
        """Read on below."""
        self._seen.focus()

    @on(Panes.Turned)
    def turned(self) -> None:
        """Another part may have to be asked for."""
        self.look_again()

    def action_part(self, by: int) -> None:
        """To another part."""
        self.query_one(Panes).turn(by)

    def action_line(self, by: int) -> None:
        """To another line of a recipe that is for several."""
        row = self._row
        if row is None or len(row.what["lines"]) < 2:
            return
        lines = row.what["lines"]
        self._lines[row.key] = lines[(lines.index(self._line(row.what)) + by) % len(lines)]
        self.look_again()
        self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Lines are turned where there are several."""
        if action == "line":
            row = self._row
            return row is not None and len(row.what["lines"]) > 1
        return True

    # What can be done.

    def chosen(self) -> list[Act]:
        """Run it, and have the files read."""
        row = self._row
        return [*(on_recipe(row.what) if row is not None else []), *on_files()]

    def action_run_it(self) -> None:
        """Ask with what, and start it."""
        row = self._row
        self.app.action_new_run(row.what["recipe"] if row is not None and row.what["in_force"] else None)

    def action_reload(self) -> None:
        """Have the daemon read its files now."""
        if self.app.role == "operate":
            self.app.take(on_files()[0])
        else:
            self.app.offer([])

    # The parts.

    def _known(self, wish: str) -> "Json | Text":
        """What is known of the recipe under the cursor, or what is to be read in its place."""
        refusal = self.refusals.get("recipes") or (self.refusals.get(wish) if self._row is not None else None)
        if refusal is not None:
            return _sentence(refusal)
        if self._row is None:
            listed = self.answers.get("recipes")
            return _ASKING if listed is None else Text(_NONE if not listed["recipes"] else "No recipe has these words.")
        answer = self.answers.get(wish)
        row = self._row.what
        mine = answer is not None and (answer["path"] == row["path"] if wish == "recipe" else self._is_planned(answer))
        return answer if mine else _ASKING

    def _is_planned(self, plan: Json) -> bool:
        row = self._row
        return row is not None and (plan["recipe"], plan["line"]) == (row.what["recipe"], self._line(row.what))

    def _file(self, room: int) -> Text | Iterable[Line]:
        told = self._known("recipe")
        if isinstance(told, Text):
            return told
        found = [read_fault(each, told["path"]) for each in told["faults"]]
        if told["text"] is None:
            return told_faults(found, room)
        return self._text(told, found, room)

    def _text(self, told: Json, found: list[Fault], room: int) -> Iterator[Line]:
        yield from faulted(told["text"], found, room)
        if told["cut"]:
            yield Cell("… the file is longer than a recipe may be.", BAD)

    def _wiring(self, room: int) -> Text | Iterable[Line]:
        told = self._known("recipe")
        if isinstance(told, Text):
            return told
        return told["graph"].splitlines() if told["in_force"] else [_UNWIRED]

    def _plan(self, room: int) -> Text | Iterable[Line]:
        row = self._row
        if row is not None and not row.what["in_force"]:
            return [_UNWIRED]
        told = self._known("plan")
        return told if isinstance(told, Text) else drawn(inked(partial(draw_plan, plan=told), room))

    def _faults(self, room: int) -> Text | Iterable[Line]:
        if (refusal := self.refusals.get("recipes")) is not None:
            return _sentence(refusal)
        if "recipes" not in self.answers:
            return _ASKING
        return told_faults(self._all_faults(), room) if self._all_faults() else [Cell("✓ Every file is good.", GOOD)]

    def _all_faults(self) -> list[Fault]:
        """Those of the recipe under the cursor first, then those of the others, then those of other files."""
        listed = self.answers.get("recipes", {"recipes": [], "faults": []})
        here = self._row.key if self._row is not None else None
        ordered = sorted(listed["recipes"], key=lambda each: bool(each["path"] != here))
        found = [read_fault(told, each["path"]) for each in ordered for told in each["faults"]]
        return [*found, *(read_fault(told) for told in listed["faults"])]

    def _width(self) -> int:
        return max(_NARROWEST, min(_WIDEST, self._seen.room))


_NONE = "There are no recipes yet. `sentinel init DIR` writes a starter set; a recipe is a file in `recipes/`."
_UNWIRED = Cell("Nothing of this file is in force: it has faults. The part Faults tells every one.", WARN)
_COLUMNS = (
    Column("recipe", most=24), Column("stands", most=22), Column("lines", most=24, rank=2),
    Column("starts by", most=60, least=17, rank=1, grows=True), Column("steps", right=True, rank=3, least=5),
    Column("faults", right=True, least=6),
)  # fmt: skip


def _recipe(told: Json) -> Row:
    faults = len(told["faults"])
    if not told["in_force"]:
        stands = Cell("✗ broken", BAD)
    elif faults:
        stands = Cell("▲ an older one", WARN)
    else:
        stands = Cell("✓ in force", GOOD)
    triggers = ", ".join(dict.fromkeys(each["says"] for each in told["triggers"]))
    starts = triggers or (Cell("a person", DIM) if told["in_force"] else "")
    name = Cell(told["recipe"], BOLD if told["in_force"] else BAD)
    any_line = Cell("any, or none", DIM) if told["in_force"] else ""
    return Row(told["path"], (name, stands, ", ".join(told["lines"]) or any_line, starts,
                              Cell(str(told["steps"] or ""), "", told["steps"]),
                              Cell(str(faults or ""), BAD, faults)), told)  # fmt: skip


def _sentence(refusal: Refusal) -> Text:
    return lines([Cell(refusal.what, WARN), refusal.todo])
