"""Recipes as a screen shows them: what is in force, what is broken, and one as it is wired."""

import os
from pathlib import Path
from typing import Any

import pytest

from sentinel.api.recipe_shape import trigger_words
from sentinel.contract.registry import load
from sentinel.domain.quantity import DAY
from sentinel.domain.refusal import Refused
from tests.unit.api.house import House

WATCHED = """\
recipe: retrain
about: Retrain what moved.
line: [router, other]
triggers:
  - drift: {set: canary, baseline: 5}
steps: [{id: rest, wait: 1h}]
"""


def recipe_of(house: House, name: str) -> Any:
    """One recipe in the list."""
    return next(each for each in house.client.ask("recipes")["recipes"] if each["recipe"] == name)


@pytest.fixture
def watched(house: House) -> House:
    """A house with a recipe that watches two lines."""
    config = house.workspace / "sentinel.yaml"
    canary = "{sets: {canary: {from: outcomes, window: 4d}}}"
    lines = config.read_text().replace("router: {}", f"router: {canary}").replace("other: {}", f"other: {canary}")
    config.write_text(lines)
    (house.workspace / "recipes/retrain.yaml").write_text(WATCHED)
    assert house.client.ask("reload")["faults"] == []
    return house


def test_the_recipes_in_force_say_what_starts_them(watched: House) -> None:
    told = watched.client.ask("recipes")
    assert ([each["recipe"] for each in told["recipes"]], told["faults"]) == (
        ["asking", "lined", "retrain", "working"], [],
    )  # fmt: skip
    assert recipe_of(watched, "retrain") == {
        "recipe": "retrain", "path": "recipes/retrain.yaml", "about": "Retrain what moved.",
        "lines": ["router", "other"], "steps": 1, "in_force": True, "faults": [],
        "triggers": [{"kind": "drift", "line": line, "says": "drift canary"} for line in ("router", "other")],
    }  # fmt: skip


def test_a_broken_edit_stays_in_force_beside_its_faults_and_a_broken_file_is_listed(house: House) -> None:
    asking = house.workspace / "recipes/asking.yaml"
    asking.write_text(asking.read_text().replace("else: reject", "els: reject"))
    (house.workspace / "recipes/bad.yaml").write_text("recipe: bad\nstpes: []\n")
    (house.workspace / "gates").mkdir()
    (house.workspace / "gates/odd.yaml").write_text("gate: [\n")
    faults = house.client.ask("reload")["faults"]
    told = house.client.ask("recipes")
    assert recipe_of(house, "asking")["in_force"] and recipe_of(house, "asking")["faults"]
    assert not recipe_of(house, "bad")["in_force"] and recipe_of(house, "bad")["faults"][0] in faults
    assert told["faults"] and all(fault.startswith("gates/odd.yaml:") for fault in told["faults"])


def test_one_recipe_is_its_text_its_wiring_and_what_it_is_given(house: House) -> None:
    told = house.client.ask("recipe", recipe="asking")
    assert told["text"] == (house.workspace / "recipes/asking.yaml").read_text()
    assert told["graph"].startswith("asking\n══════\n") and told["mermaid"].startswith("flowchart TD\n")
    assert (list(told["inputs"]), told["lines"], told["faults"]) == (["days"], [], [])
    assert (told["in_force"], told["cut"], told["path"]) == (True, False, "recipes/asking.yaml")
    assert house.client.ask("plan", recipe="asking")["inputs"] == told["inputs"]


def test_a_recipe_is_drawn_for_the_line_that_was_named_and_else_for_its_first(house: House) -> None:
    assert house.client.ask("recipe", recipe="lined")["graph"].startswith("lined for router\n")
    assert house.client.ask("recipe", recipe="lined", line="other")["graph"].startswith("lined for other\n")
    wide = house.client.ask("recipe", recipe="asking", width=10_000)["graph"]
    narrow = house.client.ask("recipe", recipe="asking", width=-1)["graph"]
    assert (max(map(len, wide.splitlines())), max(map(len, narrow.splitlines()))) == (400, 40)
    with pytest.raises(Refused, match=r"E-other-line.*Did you mean `router`"):
        house.client.ask("recipe", recipe="lined", line="roter")


def test_a_broken_recipe_gives_its_text_and_its_faults(house: House) -> None:
    (house.workspace / "recipes/bad.yaml").write_text("recipe: bad\nstpes: []\n")
    house.client.ask("reload")
    for name in ("bad", "recipes/bad.yaml"):
        told = house.client.ask("recipe", recipe=name)
        assert (told["text"], told["in_force"], told["graph"]) == ("recipe: bad\nstpes: []\n", False, "")
        assert any("E-unknown-key" in fault for fault in told["faults"])
    with pytest.raises(Refused, match=r"E-unknown-recipe.*Did you mean `bad`"):
        house.client.ask("recipe", recipe="bade")


def test_no_more_is_read_than_a_recipe_may_have(house: House) -> None:
    path = house.workspace / "recipes/asking.yaml"
    path.write_text(path.read_text() + "#" * 2**19)
    told = house.client.ask("recipe", recipe="asking")
    assert (len(told["text"]), told["cut"]) == (2**18, True)


def _gone(path: Path) -> None:
    path.unlink()


def _led_out(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _led_up(path: Path) -> None:
    path.unlink()
    path.symlink_to("../sentinel.yaml")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("trick", [_gone, _led_out, _led_up, _pipe])
def test_what_is_no_file_of_the_folder_is_not_read(house: House, trick: Any) -> None:
    trick(house.workspace / "recipes/asking.yaml")
    told = house.client.ask("recipe", recipe="asking")
    assert told["text"] is None and told["graph"], "what is in force is drawn all the same"
    assert told["faults"][-1].startswith("recipes/asking.yaml: E-")


def test_a_path_that_is_no_recipes_is_no_name_of_one(house: House) -> None:
    for name in ("../../etc/passwd", "sentinel.yaml", "recipes/../sentinel.yaml", "/etc/passwd"):
        with pytest.raises(Refused, match="E-unknown-recipe"):
            house.client.ask("recipe", recipe=name)


TRIGGERS = {
    "cron": ({"at": "0 3 * * 6"}, "cron 0 3 * * 6"),
    "drift": ({"set": "canary"}, "drift canary"),
    "floor": ({"older_than": 45 * DAY}, "floor 45d"),
    "enough": ({"of": "labelled-usage", "at_least": 400}, "enough 400 labelled-usage"),
    "after": ({"recipe": "rotation"}, "after rotation"),
    "distribution": ({}, "distribution"),
    "manual": ({}, "manual"),
}


@pytest.mark.parametrize("kind", sorted(load().triggers))
def test_each_trigger_has_its_words(kind: str) -> None:
    given, words = TRIGGERS[kind]
    params = load().triggers[kind].params.model_validate(given).model_dump(mode="json")
    assert trigger_words(kind, params) == words
