"""What needs no daemon. Imported only inside the functions that use it: it loads the checker and the registry."""

import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from sentinel.api.doubts import doubts
from sentinel.api.plan_shape import plan_shape
from sentinel.api.settings import typed
from sentinel.contract.registry import load
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan
from sentinel.domain.refusal import Refused, refuse
from sentinel.recipe.check import Checked, check_workspace
from sentinel.recipe.compile import CompiledRecipe
from sentinel.recipe.graph import as_mermaid, as_text
from sentinel.recipe.schema import schema_of
from sentinel.recipe.show import render
from sentinel.recipe.starter import write_example, write_starter

_GIT_TIMEOUT = 20.0


def init_workspace(place: Path) -> list[Path]:
    """Make a workspace in a folder, a git repository unless it is in one, and give the files written."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        written = write_starter(place)
    except OSError as error:
        what = f"The workspace cannot be written: {error.strerror}."
        raise refuse("E-usage", what, where=str(place), todo="Name a folder that you may write.") from error
    if not any((folder / ".git").exists() for folder in (place, *place.parents)):
        _git_init(place)
    return written


def make_example(name: str, place: Path) -> None:
    """Make a workspace of an example."""
    write_example(name, place)


def _git_init(place: Path) -> None:
    try:
        argv = ["git", "init", "--quiet", "--initial-branch", "main", str(place)]
        subprocess.run(argv, check=True, capture_output=True, timeout=_GIT_TIMEOUT, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        todo = "Install git; the files are there, and only the history is missing."
        raise refuse("E-git", "git is not installed.", where=str(place), todo=todo) from None
    except subprocess.SubprocessError as error:
        todo = "Run `git init` there; the files are there already."
        raise refuse("E-git", f"git did not make a repository: {error}.", where=str(place), todo=todo) from error


def check_files(workspace: Path, paths: Sequence[str] | None, colour: bool) -> Json:
    """Every fault of every file, as data and drawn with the line that each is in."""
    checked = check_workspace(workspace, load(), paths, doubts=partial(doubts, workspace))
    told = [*checked.faults, *checked.warnings]
    sure = [each for each in checked.recipes.values() if each.path in checked.asked and not checked.faults]
    return {
        "faults": [_fault(fault) for fault in checked.faults],
        "warnings": [_fault(fault) for fault in checked.warnings],
        "files": sorted(checked.files),
        "promises": [each for recipe in sure for each in _promises(checked, recipe, None)],
        "drawn": [render(fault, checked.line_of(fault), colour) for fault in told],
    }


def _fault(fault: Fault) -> Json:
    return {
        "code": fault.code, "file": fault.file, "line": fault.line, "column": fault.column, "what": fault.what,
        "todo": fault.todo,
    }  # fmt: skip


def schema_for(file: str) -> Json:
    """The JSON Schema of a kind of file."""
    return schema_of(file, load())


def plan_of(workspace: Path, recipe: str, line: str | None, settings: Mapping[str, str]) -> Json:
    """A recipe's plan; what would be reused is unknown."""
    checked = _checked(workspace, recipe)
    plan = _plan_of(checked.recipes[recipe], line)
    typed(plan, settings, load())
    told: Json = plan_shape(plan)
    return {**told, "promises": _promises(checked, checked.recipes[recipe], line)}


def graph_of(workspace: Path, recipe: str, line: str | None) -> tuple[str, str]:
    """The wiring of a recipe as text and as Mermaid."""
    plan = _plan_of(_checked(workspace, recipe).recipes[recipe], line)
    return as_text(plan), as_mermaid(plan)


def checked_recipes(workspace: Path, name: str) -> Mapping[str, CompiledRecipe]:
    """The recipes of the workspace that have no faults, among them this one."""
    return _checked(workspace, name).recipes


def _checked(workspace: Path, name: str) -> Checked:
    checked = check_workspace(workspace, load())
    if name not in checked.recipes:
        raise _no_recipe(checked, name)
    return checked


def _plan_of(held: CompiledRecipe, line: str | None) -> Plan:
    if line is not None and held.lines and line not in held.lines:
        what = f"Recipe {held.name} is not for line {line!r}."
        raise refuse("E-other-line", what, todo=suggest(line, held.lines, "line"))
    return held.plan_for(line if line is not None else held.lines[0] if held.lines else None)


def _promises(checked: Checked, recipe: CompiledRecipe, line: str | None) -> list[Json]:
    """What a recipe's drift triggers promise on each of its lines, by what sentinel.yaml lets one expect."""
    if checked.config is None or not any(each.kind == "drift" for each in recipe.triggers):
        return []
    from sentinel.api.promise import assumed_volume, promise_shape, watched_in

    told = []
    for name in recipe.lines if line is None else (line,):
        config = checked.config.lines[name].model_dump(mode="json")
        watching = watched_in(checked.recipes, recipe.name)
        told += [promise_shape(each, name, assumed_volume(config, each.params)) for each in watching]
    return told


def _no_recipe(checked: Checked, name: str) -> Refused:
    if checked.faults:
        what = f"There is no recipe {name!r} without faults; the workspace has {len(checked.faults)}."
        return refuse("E-unknown-recipe", what, todo="`sentinel check` tells every one.")
    return refuse("E-unknown-recipe", f"There is no recipe {name!r}.", todo=suggest(name, checked.recipes, "recipe"))
