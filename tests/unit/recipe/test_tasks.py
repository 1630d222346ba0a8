"""A line lists the task files that may be run for it, each by what it holds."""

from pathlib import Path

import pytest

from sentinel.contract.registry import load
from sentinel.recipe.check import check_workspace

RIGHT = "0" * 64


def faults(root: Path, file: str, sha256: str) -> list[str]:
    text = f'lines: {{router: {{tasks: {{arc: {{file: {file}, sha256: "{sha256}"}}}}}}}}\n'
    (root / "sentinel.yaml").write_text(text)
    return [f"{fault.code}: {fault.what}" for fault in check_workspace(root, load()).faults]


def test_a_task_file_is_listed_with_its_digest(tmp_path: Path) -> None:
    assert faults(tmp_path, "tasks/arc.yaml", RIGHT) == []


@pytest.mark.parametrize(
    ("file", "sha256", "says"),
    [("tasks/arc.yaml", "abc", "E-value: `abc` is no sha256."), ("../arc.yaml", RIGHT, "E-path: `../arc.yaml` leads")],
)
def test_a_digest_that_is_none_or_a_file_elsewhere_is_a_fault(
    tmp_path: Path, file: str, sha256: str, says: str
) -> None:
    (found,) = faults(tmp_path, file, sha256)
    assert found.startswith(says)
