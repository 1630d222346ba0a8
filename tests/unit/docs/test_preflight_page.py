"""The recipes of the page on what is looked at before a training pass the check that users run."""

import re
from pathlib import Path

from sentinel.contract.registry import load
from sentinel.recipe.check import check_workspace

HOUSE = """
nodes: {here: {slots: {cpus: 2, memory: 8GiB}}}
lines:
  support-router:
    {task: classification, metric: accuracy, base: {file: base}, data: [{from: file, path: rows.jsonl}]}
"""
BLOCK = re.compile(r"^```yaml\n# (recipes/[\w-]+\.yaml)\n(.*?)^```", re.M | re.S)


def test_the_recipes_of_the_page_have_no_faults_beside_the_shipped_gate(root: Path, tmp_path: Path) -> None:
    for folder in ("recipes", "gates"):
        (tmp_path / folder).mkdir()
    (tmp_path / "sentinel.yaml").write_text(HOUSE)
    gate = "gates/capability.yaml"
    (tmp_path / gate).write_text((root / gate).read_text())
    recipes = {found[1]: found[2] for found in BLOCK.finditer((root / "docs/preflight.md").read_text())}
    assert len(recipes) == 2
    for name, text in recipes.items():
        (tmp_path / name).write_text(text)
    checked = check_workspace(tmp_path, load())
    assert [str(fault) for fault in [*checked.faults, *checked.warnings]] == []
    assert set(checked.gates["capability"].ports) == {"preflight"}
