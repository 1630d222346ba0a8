"""Routes about recipes: which there are, and one as its file has it and as it is wired."""

import asyncio
import os
import stat
from pathlib import Path

from sentinel.api.peers import VIEW
from sentinel.api.recipe_shape import FOLDER, recipe_at, recipes_shape
from sentinel.api.route import Ask, Param, Route
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.form import to_json
from sentinel.domain.house import House
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan
from sentinel.domain.refusal import refuse
from sentinel.domain.streams import HOUSE
from sentinel.ledger import Ledger
from sentinel.recipe.graph import as_mermaid, as_text
from sentinel.recipe.guard import LARGEST

_NARROW, _WIDE = 40, 400
"""Letters of a line of the wiring, at least and at most."""


async def recipes(ask: Ask) -> Json:
    """The recipes in force and the files that are broken."""

    def look(ledger: Ledger) -> Json:
        house: House = ledger.state(HOUSE)
        return recipes_shape(ask.site.engine.catalogue, house)

    return await ask.site.look(look)


async def recipe(ask: Ask) -> Json:
    """One recipe: its file as it lies there now, and its wiring as it is in force."""
    name, line = ask.given["recipe"], ask.given["line"]

    def look(ledger: Ledger) -> tuple[Json, Plan | None]:
        house: House = ledger.state(HOUSE)
        path, held = recipe_at(ask.site.engine.catalogue, house, name)
        if held is None:
            return {"recipe": name, "path": path, "lines": [], "faults": house.faults.get(path, [])}, None
        lines = list(held.lines)
        if line is not None and lines and line not in lines:
            what = f"Recipe {held.name} is not for line {line!r}."
            raise refuse("E-other-line", what, todo=suggest(line, lines, "line"))
        told = {"recipe": held.name, "path": path, "lines": lines, "faults": house.faults.get(path, [])}
        return told, held.plan_for(line if line is not None else next(iter(lines), None))

    told, plan = await ask.site.look(look)
    text, cut, fault = await asyncio.to_thread(_read, ask.site.daemon.workspace, told["path"])
    width = max(_NARROW, min(_WIDE, ask.given["width"]))
    graph, mermaid = await asyncio.to_thread(
        lambda: (as_text(plan, width), as_mermaid(plan)) if plan is not None else ("", "")
    )
    inputs = {each: to_json(declared) for each, declared in plan.inputs.items()} if plan is not None else {}
    return {
        **told, "text": text, "cut": cut, "graph": graph, "mermaid": mermaid, "inputs": inputs,
        "faults": [*told["faults"], *([str(fault)] if fault is not None else [])], "in_force": plan is not None,
    }  # fmt: skip


def _read(workspace: Path, name: str) -> tuple[str | None, bool, Fault | None]:
    """A recipe's file, whether it is longer than what is shown of it, and why it cannot be read where it cannot."""
    home = workspace.resolve()
    try:
        place = (home / name).resolve(strict=True)
        if not (place.is_relative_to(home) and place.is_relative_to((home / FOLDER).resolve())):
            return None, False, Fault("E-path", "It leads out of its folder.", "Put the file here.", name)
        # not blocking: a pipe in place of a file would otherwise hold this up for ever
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it leads in a circle"
        return None, False, Fault("E-unreadable", f"It cannot be read: {why}.", "Put it back.", name)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None, False, Fault("E-unreadable", "This is not a file.", "Take it away.", name)
        held = file.read(LARGEST + 1)
    return held[:LARGEST].decode(errors="replace"), len(held) > LARGEST, None


ROUTES = (
    Route("recipes", VIEW, {}, recipes),
    Route(
        "recipe", VIEW,
        {"recipe": Param("word", required=True), "line": Param("word"), "width": Param("whole", default=80)},
        recipe,
    ),
)  # fmt: skip
