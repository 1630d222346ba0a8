"""No file, however hard, takes the check long or much memory, or makes it fall over."""

import shutil
import time
import tracemalloc
from pathlib import Path

import pytest

from sentinel.recipe.check import Checked
from sentinel.recipe.guard import LARGEST
from sentinel.recipe.show import render
from tests.bad.hostile import HOSTILE
from tests.bad.workspaces import HERE, checked

SECONDS, USUAL, BYTES = 2.0, 0.025, 64 * 2**20
FINE = {"steps that wait for all", "bars", "filled words"}
"""Files in which nothing is wrong but their size."""
HEAVIEST = ("bars", "keys")
"""Those that take most memory. Tracing makes a check many times slower, so the others wait for `make long`."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile") / "house"
    shutil.copytree(HERE / "base", root)
    checked(root)  # what is imported and cached on first use is no file's doing
    return root


@pytest.fixture(scope="module")
def slowness(house: Path) -> float:
    """How many times as long as where the bound was set this machine takes for files that nothing is wrong with."""
    return max(1.0, min(checked_and_timed(house)[1] for _ in range(3)) / USUAL)


def checked_and_timed(house: Path) -> tuple[Checked, float]:
    start = time.process_time()
    return checked(house), time.process_time() - start


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_two_seconds_of_cpu_time(name: str, house: Path, slowness: float) -> None:
    assert len(HOSTILE[name].encode()) <= LARGEST
    (house / "recipes" / "tickets.yaml").write_text(HOSTILE[name])
    found, spent = checked_and_timed(house)
    for _ in range(4):
        if (
            spent >= SECONDS * slowness
        ):  # a machine that others use makes CPU time longer too: the least of a few counts
            spent = min(spent, checked_and_timed(house)[1])
    assert spent < SECONDS * slowness
    assert bool(found.faults) == (name not in FINE)
    assert len(found.faults) <= 101
    assert "lifecycle" in found.recipes
    for fault in found.faults:
        assert all(len(line) < 1000 for line in render(fault, found.line_of(fault), colour=True).splitlines())


@pytest.mark.parametrize(
    "name", [name if name in HEAVIEST else pytest.param(name, marks=pytest.mark.long) for name in HOSTILE]
)
def test_a_hostile_file_takes_64_MB_at_most(name: str, house: Path) -> None:
    (house / "recipes" / "tickets.yaml").write_text(HOSTILE[name])
    tracemalloc.start()
    try:
        checked(house)
        assert tracemalloc.get_traced_memory()[1] < BYTES
    finally:
        tracemalloc.stop()
