"""What the pages show is true: every file in a code block passes the check that users run."""

import re
from pathlib import Path

import pytest

from sentinel.contract.registry import load
from sentinel.recipe.check import check_workspace
from sentinel.recipe.starter import write_starter

BLOCK = re.compile(r"^```yaml\n# ((?:recipes|gates|zoo)/[\w-]+\.yaml|sentinel\.yaml)\n(.*?)^```", re.M | re.S)
PAGES = ("README.md", "docs/forge.md", "docs/hub.md", "docs/recipes.md", "docs/reforge.md", "docs/zoo.md")


def files_of(page: str) -> dict[str, str]:
    """The files that a page shows, by path."""
    return {found[1]: found[2] for found in BLOCK.finditer(page)}


@pytest.mark.parametrize("page", PAGES)
def test_the_files_that_a_page_shows_have_no_faults(page: str, root: Path, tmp_path: Path) -> None:
    files = files_of((root / page).read_text())
    assert "sentinel.yaml" in files
    assert len(files) > 1
    house = tmp_path / "house"
    write_starter(house)
    (house / "recipes/hello.yaml").unlink()  # as the page says
    for name, text in files.items():
        (house / name).write_text(text)
    checked = check_workspace(house, load())
    assert [str(fault) for fault in [*checked.faults, *checked.warnings]] == []


def test_nothing_on_the_page_of_the_zoo_is_promoted_past_no_gate_that_compares(root: Path, tmp_path: Path) -> None:
    """It once promoted whatever had been watched for four weeks, however bad it was."""
    write_starter(tmp_path)
    for name, text in files_of((root / "docs/zoo.md").read_text()).items():
        (tmp_path / name).write_text(text)
    registry = load()
    found = []
    for recipe in check_workspace(tmp_path, registry).recipes.values():
        plan = recipe.plan_for("support-router")
        for step in plan.steps:
            if step.use == "promote":
                gates = [bar.gate for bar in plan.bars_above(step.id) if bar.gate is not None]
                checks = [check.use for gate in gates for check in gate.checks]
                found.append(any(registry.checks[use].comparative for use in checks))
    assert found and all(found)


def test_a_fault_in_a_page_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/x.yaml").write_text("recipe: x\nsteps:\n  - {id: a, use: programme}\n")
    assert check_workspace(tmp_path, load()).faults


def test_the_recipes_of_the_data_page_have_no_faults_beside_the_shipped_gate(root: Path, tmp_path: Path) -> None:
    files = files_of((root / "docs/data.md").read_text())
    write_starter(tmp_path)
    (tmp_path / "recipes/hello.yaml").unlink()
    for name in ("recipes/rows.yaml", "recipes/tickets.yaml"):
        (tmp_path / name).write_text(files[name])
    (tmp_path / "sentinel.yaml").write_text("lines: {support-router: {}}\nprograms: {export-tickets: [/bin/true]}\n")
    checked = check_workspace(tmp_path, load())
    assert [str(fault) for fault in checked.faults] == []
