"""The schemas that editors use let every good file pass, and stop what the check would stop."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from sentinel.contract.registry import load
from sentinel.contract.types import Registry
from sentinel.recipe.schema import FILES, schema_of
from tests.bad.stock import STOCK
from tests.bad.workspaces import HERE

FOLDERS = {"recipes": "recipe", "gates": "gate", "zoo": "spec"}


def loaded(path: Path) -> Any:
    """A file as an editor reads it: with YAML's own guesses of types."""
    return YAML(typ="safe", pure=True).load(path.read_text())


def faults(file: str, value: Any, registry: Registry = STOCK) -> list[str]:
    return [error.json_path for error in Draft202012Validator(schema_of(file, registry)).iter_errors(value)]


def sort_of(path: Path) -> str:
    return FOLDERS.get(path.parent.name, "config")


@pytest.mark.parametrize("file", FILES)
def test_a_schema_is_a_schema_with_the_stock_and_with_what_is_registered(file: str) -> None:
    for registry in (STOCK, load(), Registry()):
        Draft202012Validator.check_schema(schema_of(file, registry))


@pytest.mark.parametrize("path", sorted((HERE / "base").rglob("*.yaml")), ids=lambda path: path.name)
def test_the_files_of_the_design_pass(path: Path) -> None:
    assert faults(sort_of(path), loaded(path)) == []


def test_the_starter_set_passes(root: Path) -> None:
    shipped = [*root.glob("recipes/*.yaml"), *root.glob("gates/*.yaml"), *root.glob("examples/starter/*.yaml")]
    assert len(shipped) >= 3
    for path in shipped:
        assert faults(sort_of(path), loaded(path), load()) == [], path


def test_every_recipe_in_the_docs_passes(root: Path) -> None:
    text = (root / "docs" / "recipes.md").read_text() + (root / "README.md").read_text()
    blocks = [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]
    recipes = [YAML(typ="safe", pure=True).load(block) for block in blocks]
    recipes = [held for held in recipes if isinstance(held, dict) and "recipe" in held]
    assert len(recipes) >= 3
    for held in recipes:
        assert faults("recipe", held, load()) == [], held["recipe"]


RECIPE: dict[str, Any] = loaded(HERE / "base" / "recipes" / "lifecycle.yaml")


def broken(change: Callable[[Any], object]) -> Any:
    value = copy.deepcopy(RECIPE)
    change(value)
    return value


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda held: held.update(polcy={}), "$"),
        (lambda held: held["steps"][0].update(use="asemble"), "$.steps[0].use"),
        (lambda held: held["steps"][0].update(need={}), "$.steps[0]"),
        (lambda held: held["steps"][0].update(gate="q"), "$.steps[0]"),
        (lambda held: held["steps"][0].pop("id"), "$.steps[0]"),
        (lambda held: held["steps"][0]["with"].update(windw="3d"), "$.steps[0].with"),
        (lambda held: held["steps"][2]["with"]["train"].update(method="loar"), "$.steps[2].with.train"),
        (lambda held: held["steps"][2]["in"].update(dataset="rows.dataset"), "$.steps[2].in"),
        (lambda held: held["steps"][2]["in"].update(data="rows dataset"), "$.steps[2].in.data"),
        (lambda held: held["steps"][2].update(timeout="two hours"), "$.steps[2].timeout"),
        (lambda held: held["triggers"].append({"crom": {}}), "$.triggers[2]"),
        (lambda held: held["triggers"][0]["drift"].pop("set"), "$.triggers[0].drift"),
        (lambda held: held["inputs"]["window"].update(type="durations"), "$.inputs.window.type"),
        (lambda held: held.update(steps=[]), "$.steps"),
    ],
)
def test_what_the_check_would_stop_is_stopped_while_it_is_written(change: Callable[[Any], object], where: str) -> None:
    assert where in [path[: len(where)] for path in faults("recipe", broken(change))]


@pytest.mark.parametrize("value", ["inputs.window", {"literal": "inputs.x"}, "7d"])
def test_a_parameter_may_be_given_by_an_input(value: object) -> None:
    assert faults("recipe", broken(lambda held: held["steps"][0]["with"].update(window=value))) == []


def test_a_revision_that_looks_like_a_number_passes() -> None:
    config = loaded(HERE / "base" / "sentinel.yaml")
    config["lines"]["support-router"]["base"]["revision"] = 1234567
    assert faults("config", config) == []


def test_a_check_has_the_settings_of_its_function() -> None:
    gate = loaded(HERE / "base" / "gates" / "promotion.yaml")
    gate["checks"][0]["at_leest"] = 1
    assert faults("gate", gate) == ["$.checks[0]"]
    gate["checks"][0] = {"use": "flor"}
    assert faults("gate", gate) == ["$.checks[0].use"]


def test_another_kind_of_file_has_no_schema() -> None:
    with pytest.raises(KeyError):
        schema_of("poem", STOCK)
