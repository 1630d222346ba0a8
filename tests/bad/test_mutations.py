"""Whatever happens to a shipped file, the check says what is wrong with it, and never falls over."""

import random
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from sentinel.domain.fault import Fault
from sentinel.recipe.check import Checked
from sentinel.recipe.show import render
from tests.bad.mutations import MUTATIONS, Mutation
from tests.bad.workspaces import HERE, checked

SEED = 20260
FILES = ("sentinel.yaml", "recipes/lifecycle.yaml", "recipes/hello.yaml", "gates/promotion.yaml", "zoo/small-wide.yaml")


@pytest.fixture(scope="module")
def house(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good workspace: the one of these tests, and the starter set's recipe and gate."""
    place = tmp_path_factory.mktemp("mutations") / "house"
    shutil.copytree(HERE / "base", place)
    shutil.copy(root / "recipes" / "hello.yaml", place / "recipes")
    shutil.copy(root / "gates" / "whole.yaml", place / "gates")
    config = (place / "sentinel.yaml").read_text()
    (place / "sentinel.yaml").write_text(
        config.replace("programs: {", "programs: {write-greeting: [a], hand-on: [a], ")
    )
    assert checked(place).faults == []
    return place


def verdict(house: Path, name: str, data: bytes) -> Checked:
    """The check of the house with one file's bytes replaced; the file is put back."""
    file = house / name
    good = file.read_bytes()
    file.write_bytes(data)
    try:
        return checked(house)
    finally:
        file.write_bytes(good)


def assert_told(found: Checked) -> None:
    for fault in [*found.faults, *found.warnings]:
        text = found.texts.get(fault.file, "")
        assert not fault.file or fault.line or fault.code in ("E-no-config", "E-unreadable", "E-file-name"), fault
        assert 0 <= fault.line <= text.count("\n") + 1, fault
        assert fault.what.endswith((".", "!", "?")) and fault.todo.endswith((".", "!", "?")), fault
        assert "\n" not in str(fault) and str(fault).isprintable(), fault
        render(fault, found.line_of(fault), colour=True).encode()


def mutated(seed: str, mutation: Mutation, data: bytes) -> Iterator[bytes]:
    return (mutation(random.Random(f"{seed}.{number}"), data) for number in count())


def survive(house: Path, mutation: Mutation, name: str, rounds: int) -> None:
    """Check so many mutations of a file."""
    good = (house / name).read_bytes()
    for number, data in zip(range(rounds), mutated(f"{SEED}.{name}", mutation, good), strict=False):
        print(f"{mutation.__name__} {name}: number {number} of seed {SEED}")  # shown with a failure
        assert_told(verdict(house, name, data))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_mutation_of_a_good_file_is_told_or_harmless(mutation: Mutation, name: str, house: Path) -> None:
    survive(house, mutation, name, 6)


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_hundreds_of_mutations_of_a_good_file_are_told_or_harmless(mutation: Mutation, name: str, house: Path) -> None:
    survive(house, mutation, name, 500)


@pytest.mark.parametrize("name", ["recipes/hello.yaml", "gates/promotion.yaml"])
def test_each_line_that_is_lost_is_told_or_harmless(name: str, house: Path) -> None:
    lines = (house / name).read_bytes().splitlines(keepends=True)
    for number in range(len(lines)):
        assert_told(verdict(house, name, b"".join(lines[:number] + lines[number + 1 :])))


def test_two_mutations_at_once_are_told_too(house: Path) -> None:
    chance, good = random.Random(SEED), (house / "recipes/lifecycle.yaml").read_bytes()
    for number in range(60):
        print(f"number {number} of seed {SEED}")
        data = good
        for mutation in chance.sample(MUTATIONS[:-1], 3):
            data = mutation(chance, data)
        assert_told(verdict(house, "recipes/lifecycle.yaml", data))


def test_a_fault_without_a_place_would_be_noticed(house: Path) -> None:
    found = checked(house)
    lost = Checked([Fault("E-yaml", "A stray.", "Look.", "recipes/hello.yaml")], texts=found.texts)
    with pytest.raises(AssertionError):
        assert_told(lost)
