"""A ledger on a folder of its own, in memory where the machine has one, so that a commit costs little."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.domain.trigger_stream import TriggerFired
from sentinel.ledger import Ledger
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


@pytest.fixture
def lived(path: Path) -> Path:
    """A closed ledger in which all kinds of things have happened. The half of it is sealed."""
    with Ledger.open(path) as opened:
        world = World(opened, random.Random(9))
        for _ in range(120):
            world.turn()
        opened.seal()
        for _ in range(120):
            world.turn()
        while TriggerFired not in {type(event.body) for event in world.acknowledged}:
            world.turn()  # what no seed may leave out
    return path
