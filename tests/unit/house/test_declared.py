"""What pyproject.toml declares is so: entry points name modules, an excuse ends when its reason does."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

NEVER_IMPORTED = {"tzdata", "sentinel"}


def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


@pytest.mark.parametrize("group", ["steps", "checks", "triggers"])
def test_every_entry_point_names_a_module_that_exists(root: Path, group: str) -> None:
    registered: dict[str, str] = project(root)["project"]["entry-points"][f"sentinel.{group}"]
    assert registered
    lost = [
        f"{name} = {module}"
        for name, module in registered.items()
        if not (root / f"{module.replace('.', '/')}.py").is_file()
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("group", "room", "decorator"),
    [("steps", "step", "step"), ("checks", "gate", "check"), ("triggers", "trigger", "trigger")],
)
def test_every_decorated_function_is_registered(root: Path, group: str, room: str, decorator: str) -> None:
    registered = set(project(root)["project"]["entry-points"][f"sentinel.{group}"].values())
    decorated = {
        ".".join(module.relative_to(root).with_suffix("").parts)
        for module in (root / "sentinel" / room).glob("*.py")
        if declares(module, decorator)
    }
    assert decorated <= registered


def declares(module: Path, decorator: str) -> bool:
    functions = (node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.FunctionDef))
    calls = (mark.func for node in functions for mark in node.decorator_list if isinstance(mark, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == decorator for function in calls)


def test_an_excuse_for_an_unused_dependency_ends_with_its_first_import(root: Path) -> None:
    deptry = project(root)["tool"]["deptry"]
    names: dict[str, str] = deptry["package_module_name_map"]
    excused = {
        names.get(name, name): name for name in deptry["per_rule_ignores"]["DEP002"] if name not in NEVER_IMPORTED
    }
    imported = set()
    for module in (root / "sentinel").glob("**/*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                imported.add(node.module.partition(".")[0])
    done = sorted(excused[name] for name in imported & set(excused))
    assert done == [], "now imported: take them out of tool.deptry.per_rule_ignores in pyproject.toml"
