"""A ledger on a folder of its own, in memory where the machine has one, so that a commit costs little."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sentinel.ledger import Ledger
from sentinel.ledger.tables import TABLES
from tests.unit.ledger.fresh import fresh_folder
from tests.unit.ledger.world import World


@pytest.fixture
def folder() -> Iterator[Path]:
    """A fresh folder, in memory if there is room for such."""
    with fresh_folder() as made:
        yield made


@pytest.fixture
def path(folder: Path) -> Path:
    """Where a ledger may lie."""
    return folder / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """An open ledger in which nothing has happened."""
    with Ledger.open(path) as opened:
        yield opened


def _lacks(path: Path) -> bool:
    """Whether there is a table without a row."""
    with closing(sqlite3.connect(path)) as rows:
        return any(rows.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is None for name in TABLES)  # noqa: S608


@pytest.fixture
def lived(path: Path, once_lived: bytes) -> Path:
    """A closed ledger in which all kinds of things have happened, in every table. The half of it is sealed."""
    path.write_bytes(once_lived)
    path.chmod(0o600)
    return path


@pytest.fixture(scope="session")
def once_lived(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Lived once, for many to read: it takes seconds."""
    path = tmp_path_factory.mktemp("lived") / "ledger.db"
    with Ledger.open(path) as opened:
        world = World(opened, random.Random(9))
        for _ in range(120):
            world.turn()
        opened.seal()
        for _ in range(120):
            world.turn()
        while _lacks(path):
            world.turn()
    assert [file.name for file in path.parent.glob("ledger.db*") if file.suffix != ".lock"] == ["ledger.db"]
    return path.read_bytes()
