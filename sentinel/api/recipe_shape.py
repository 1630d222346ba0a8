"""Recipes as they are shown: those in force with what starts them, and the files that could not be taken."""

from pathlib import PurePosixPath
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.house import House
from sentinel.domain.names import suggest
from sentinel.domain.quantity import format_duration
from sentinel.domain.refusal import refuse
from sentinel.supervisor.catalogue import Catalogue

FOLDER = "recipes"


def recipes_shape(catalogue: Catalogue, house: House) -> Json:
    """Every recipe in force and every broken file beside them."""
    faults = house.faults
    armed = _armed(catalogue)
    shown = [
        {
            "recipe": name, "path": held.path, "about": held.plan.about, "lines": list(held.lines),
            "steps": len(held.plan.steps), "triggers": armed.get(name, []), "in_force": True,
            "faults": faults.get(held.path, []),
        }
        for name, held in catalogue.recipes.items()
    ]  # fmt: skip
    known = {held.path for held in catalogue.recipes.values()}
    shown += [
        {
            "recipe": _stem(path), "path": path, "about": "", "lines": [], "steps": 0, "triggers": [],
            "in_force": False, "faults": told,
        }
        for path, told in faults.items()
        if is_recipe(path) and path not in known
    ]  # fmt: skip
    others = [fault for path, told in faults.items() if not is_recipe(path) for fault in told]
    return {"recipes": sorted(shown, key=lambda each: (each["recipe"], each["path"])), "faults": others}


def recipe_at(catalogue: Catalogue, house: House, name: str) -> tuple[str, Any]:
    """The file of a recipe, and the recipe where it is in force; a broken file goes by its own name or by its path."""
    held = catalogue.recipes.get(name)
    if held is not None:
        return held.path, held
    paths = {held.path: held for held in catalogue.recipes.values()}
    broken = [path for path in house.faults if is_recipe(path)]
    for path in (*paths, *broken):
        if name == path or (name == _stem(path) and path not in paths):
            return path, paths.get(path)
    known = {*catalogue.recipes, *map(_stem, broken)}
    raise refuse("E-unknown-recipe", f"There is no recipe {name!r}.", todo=suggest(name, known, "recipe"))


def is_recipe(path: str) -> bool:
    """Whether a file of the workspace is to hold a recipe."""
    return path.startswith(f"{FOLDER}/")


def _stem(path: str) -> str:
    return PurePosixPath(path).stem


def _armed(catalogue: Catalogue) -> dict[str, list[Json]]:
    """The triggers of each recipe, one for each line that it is for."""
    found: dict[str, list[Json]] = {}
    for each in catalogue.triggers:
        told = {"kind": each.kind, "line": each.line, "says": trigger_words(each.kind, each.params)}
        found.setdefault(each.recipe, []).append(told)
    return found


def trigger_words(kind: str, params: Json) -> str:
    """A trigger in a few words: what it goes by, where it is one of ours."""
    match kind:
        case "cron":
            return f"cron {params['at']}"
        case "drift":
            return f"drift {params['set']}"
        case "floor":
            return f"floor {format_duration(params['older_than'])}"
        case "enough":
            return f"enough {params['at_least']} {params['of']}"
        case "after":
            return f"after {params['recipe']}"
    return kind
