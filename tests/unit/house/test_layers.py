"""The contracts of pyproject.toml catch what they are there for: a small tree with one bad import in it breaks them."""

import subprocess
import sys
from pathlib import Path

import pytest

ABOVE = ["cli", "tui", "api", "supervisor", "worker", "trigger", "step", "gate", "serve"]
BELOW = ["model", "data", "evidence", "recipe", "ledger", "store", "outside", "contract", "domain"]

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"

LAYERS = "Rooms import downwards only"
PURE = "The domain is pure"
TORCH = "torch and its family live in"
POLARS = "polars stays out"
NUMPY = "numpy stays out"
SQL = "The ledger holds the only SQL"
SCREENS = "The command line and the terminal interface know"
DOOR = "The terminal interface always asks the daemon"


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    """A package with every room in it, empty, under the project's own settings."""
    (tmp_path / "pyproject.toml").write_text((root / "pyproject.toml").read_text())
    package = tmp_path / "sentinel"
    for room in ABOVE + BELOW:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    for module in ("__init__", "__main__", "bootstrap", "api/here"):
        (package / f"{module}.py").touch()
    return tmp_path


def broken(tree: Path) -> list[str]:
    """The names of the contracts that do not hold."""
    lint = subprocess.run(
        [sys.executable, "-c", LINT], cwd=tree, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Contracts:" in lint.stdout, lint.stdout + lint.stderr
    told = " ".join(lint.stdout.partition("Contracts:")[0].split())
    names = [LAYERS, PURE, TORCH, POLARS, NUMPY, SQL, SCREENS, DOOR]
    verdicts = {name: told.partition(name)[2].split("KEPT")[0].find("BROKEN") >= 0 for name in names}
    assert all(name in told for name in names)
    assert any(verdicts.values()) == (lint.returncode != 0)
    return [name for name, is_broken in verdicts.items() if is_broken]


def plant(tree: Path, room: str, line: str) -> None:
    (tree / "sentinel" / room / "planted.py").write_text(f"{line}\n")


def test_empty_rooms_break_nothing(tree: Path) -> None:
    assert broken(tree) == []


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("contract", "import sentinel.recipe", LAYERS),
        ("recipe", "import sentinel.ledger", LAYERS),
        ("supervisor", "import sentinel.worker", LAYERS),
        ("step", "import sentinel.gate", LAYERS),
        ("api", "import sentinel.bootstrap", LAYERS),
        ("domain", "import time", PURE),
        ("domain", "from pathlib import Path", PURE),
        ("domain", "import pydantic", PURE),
        ("domain", "def late():\n    import asyncio", PURE),
        ("supervisor", "import torch", TORCH),
        ("data", "import torch", TORCH),
        ("gate", "def late():\n    import transformers", TORCH),
        ("supervisor", "import polars", POLARS),
        ("evidence", "import polars", POLARS),
        ("api", "import numpy", NUMPY),
        ("recipe", "from numpy import array", NUMPY),
        ("supervisor", "import sqlite3", SQL),
        ("store", "import sqlite_utils", SQL),
        ("cli", "import sentinel.recipe", SCREENS),
        ("tui", "import sentinel.contract", SCREENS),
        ("tui", "import sentinel.api.here", DOOR),
    ],
)
def test_a_planted_import_breaks_its_contract_and_no_other(tree: Path, room: str, line: str, contract: str) -> None:
    plant(tree, room, line)
    assert broken(tree) == [contract]


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("step", "def forge():\n    import torch\n    import sentinel.model"),
        ("model", "import transformers"),
        ("worker", "import torch"),
        ("serve", "import peft"),
        ("data", "import polars"),
        ("evidence", "import numpy"),
        ("ledger", "import sqlite3"),
        ("cli", "import sentinel.api\ndef check():\n    import sentinel.api.here"),
        ("tui", "import sentinel.api\nimport sentinel.domain"),
        ("supervisor", "import sentinel.step\nimport sentinel.contract"),
    ],
)
def test_what_the_architecture_allows_is_allowed(tree: Path, room: str, line: str) -> None:
    plant(tree, room, line)
    assert broken(tree) == []


def test_a_room_that_nobody_listed_is_refused(tree: Path) -> None:
    (tree / "sentinel/attic").mkdir()
    (tree / "sentinel/attic/__init__.py").touch()
    assert broken(tree) == [LAYERS]
