"""What the static contracts cannot see: what an import really loads, and where inside a file it stands."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DASHBOARD = {"aiohttp", "plotext", "rich", "textual", "textual_plotext", "textual_serve"}
HEAVY = {"accelerate", "datasets", "lm_eval", "numpy", "pandas", "peft", "polars", "torch", "transformers"}
WORKERS_OWN = {"data", "evidence", "model", "serve", "tui", "worker"}
REGISTERED = ["gate", "step", "trigger"]

LOAD = """
import importlib, pkgutil, sys
import sentinel
for found in pkgutil.walk_packages(sentinel.__path__, "sentinel."):
    room = found.name.split(".")[1]
    if room not in {skip} and not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(*sorted({heavy} & set(sys.modules)))
"""


def imports(module: Path, top_level_only: bool = False) -> Iterator[str]:
    """The absolute names that a module imports, in the order they stand."""
    tree = ast.parse(module.read_text())
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(root: Path, room: str) -> list[Path]:
    return sorted((root / "sentinel" / room).glob("**/*.py"))


def test_loading_everything_the_daemon_loads_loads_nothing_heavy_and_no_dashboard(root: Path) -> None:
    script = LOAD.replace("{skip}", repr(WORKERS_OWN)).replace("{heavy}", repr(HEAVY | DASHBOARD))
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert (loaded.returncode, loaded.stdout.split()) == (0, []), loaded.stderr


def test_the_dashboard_draws_its_first_screen_without_what_only_some_of_it_needs(root: Path) -> None:
    script = "import sys, sentinel.tui.app, sentinel.tui.screens.overview\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60,
                         check=True)  # fmt: skip
    late = HEAVY | {"aiohttp", "plotext", "pydantic", "ruamel", "sqlite3", "textual_plotext", "textual_serve"}
    assert set(ran.stdout.split()) & late == set()


@pytest.mark.parametrize("room", REGISTERED)
def test_registered_modules_import_heavy_rooms_only_inside_their_functions(root: Path, room: str) -> None:
    late = (*HEAVY, "sentinel.model", "sentinel.data")
    early = [
        f"{module.relative_to(root)}: {name}"
        for module in modules(root, room)
        for name in imports(module, top_level_only=True)
        if any(name == one or name.startswith(f"{one}.") for one in late)
    ]
    assert early == []


def test_api_here_is_imported_only_inside_functions(root: Path) -> None:
    early = [
        str(module.relative_to(root))
        for module in modules(root, ".")
        if "sentinel.api.here" in imports(module, top_level_only=True)
    ]
    assert early == []


def test_the_domain_imports_the_standard_library_and_itself(root: Path) -> None:
    foreign = [
        f"{module.relative_to(root)}: {name}"
        for module in modules(root, "domain")
        for name in imports(module)
        if name.partition(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("sentinel.domain.")
    ]
    assert foreign == []


def test_every_folder_of_the_package_is_a_package(root: Path) -> None:
    """import-linter does not look into a folder without an __init__.py."""
    bare = {str(module.parent.relative_to(root)) for module in modules(root, ".")}
    assert [folder for folder in sorted(bare) if not (root / folder / "__init__.py").exists()] == []
