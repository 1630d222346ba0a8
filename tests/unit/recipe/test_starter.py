"""What `sentinel init` writes: the shipped recipes and gates, tested as shipped."""

import os
import tomllib
from pathlib import Path

import pytest

from sentinel.contract.registry import load
from sentinel.domain.plan import Source
from sentinel.domain.refusal import Refused
from sentinel.recipe.check import check_workspace
from sentinel.recipe.starter import write_starter


def test_the_starter_set_has_no_faults_and_its_programs_can_be_run(tmp_path: Path) -> None:
    written = write_starter(tmp_path)
    checked = check_workspace(tmp_path, load())
    assert [str(fault) for fault in [*checked.faults, *checked.warnings]] == []
    assert set(checked.recipes) >= {"hello"}
    assert all(os.access(path, os.X_OK) == (path.parent.name == "programs") for path in written)


def test_no_recipe_of_the_set_trains_on_what_the_lines_sets_hold_without_its_gate_seeing_it(tmp_path: Path) -> None:
    write_starter(tmp_path)
    checked = check_workspace(tmp_path, load())
    judging = [
        step for recipe in checked.recipes.values() for step in recipe.plan.steps
        if step.gate is not None and step.gate.gate == "data-integrity"
    ]  # fmt: skip
    assert len(judging) == 3
    assert all(step.takes["sets"].many and step.binds["sets"][0].port == "sets" for step in judging)


@pytest.mark.parametrize("name", ["lifecycle", "challenger", "reforge"])
def test_what_a_recipe_replays_is_the_dataset_of_the_champion(tmp_path: Path, name: str) -> None:
    write_starter(tmp_path)
    rows = check_workspace(tmp_path, load()).recipes[name].plan.step("rows")
    assert rows.params["replay"] == 0.3
    assert rows.binds["prior"] == (Source("alias", "champion", "dataset", True),)


def test_the_triggers_that_the_recipe_reforge_speaks_of_are_triggers(tmp_path: Path) -> None:
    write_starter(tmp_path)
    text = (tmp_path / "recipes/reforge.yaml").read_text()
    lines = text.splitlines()
    spoken = [
        each.removeprefix("#   ") for each in lines if each.startswith(("#   line:", "#   triggers:", "#     - "))
    ]
    assert len(spoken) == 5
    (tmp_path / "recipes/hello.yaml").unlink()
    (tmp_path / "recipes/reforge.yaml").write_text("\n".join([*spoken, *lines]) + "\n")
    (tmp_path / "sentinel.yaml").write_text(LINE)
    checked = check_workspace(tmp_path, load())
    assert [str(fault) for fault in checked.faults] == []
    assert {each.kind for each in checked.recipes["reforge"].triggers} == {"drift", "floor", "enough"}


LINE = """\
lines:
  support-router:
    base: {file: bases/small}
    live: requests.jsonl
    data: [{from: file, path: tickets.jsonl}]
    sets:
      canary: {from: outcomes, window: 4d}
      regression: {file: sets/regression.jsonl}
      adversarial: {file: sets/adversarial.jsonl}
programs: {}
"""


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/hello.yaml").write_text("mine")
    with pytest.raises(Refused, match="E-init-taken"):
        write_starter(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["hello.yaml"]
    assert (tmp_path / "recipes/hello.yaml").read_text() == "mine"


def test_a_wheel_carries_every_file_of_the_set(root: Path, tmp_path: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    shipped = {place.removeprefix("sentinel/recipe/starter/"): root / source for source, place in carried.items()}
    assert all(source.exists() for source in shipped.values())
    written = {path.relative_to(tmp_path).as_posix() for path in write_starter(tmp_path)} - {".gitignore"}
    assert {name for name in written if name not in shipped and name.split("/")[0] not in shipped} == set()
