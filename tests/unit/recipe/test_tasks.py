"""A line lists the task files that may be run for it, each by what it holds."""

from pathlib import Path

import pytest

from sentinel.contract.registry import load
from sentinel.recipe.check import check_workspace

RIGHT = "0" * 64


def faults(root: Path, file: str, sha256: str, data: str = "") -> list[str]:
    more = f", data: {data}" if data else ""
    text = f'lines: {{router: {{tasks: {{arc: {{file: {file}, sha256: "{sha256}"{more}}}}}}}}}\n'
    (root / "sentinel.yaml").write_text(text)
    return [f"{fault.code}: {fault.what}" for fault in check_workspace(root, load()).faults]


def test_a_task_file_is_listed_with_its_digest(tmp_path: Path) -> None:
    assert faults(tmp_path, "tasks/arc.yaml", RIGHT) == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (f'{{sets/rows.jsonl: "{RIGHT}"}}', []),
        ("{sets/rows.jsonl: abc}", ["E-value: `abc` is no sha256."]),
        (f'{{../rows.jsonl: "{RIGHT}"}}', ["E-path: `../rows.jsonl` leads out of the workspace."]),
    ],
)
def test_its_data_files_are_listed_with_their_digests(tmp_path: Path, data: str, says: list[str]) -> None:
    assert faults(tmp_path, "tasks/arc.yaml", RIGHT, data) == says


@pytest.mark.parametrize(
    ("file", "sha256", "says"),
    [("tasks/arc.yaml", "abc", "E-value: `abc` is no sha256."), ("../arc.yaml", RIGHT, "E-path: `../arc.yaml` leads")],
)
def test_a_digest_that_is_none_or_a_file_elsewhere_is_a_fault(
    tmp_path: Path, file: str, sha256: str, says: str
) -> None:
    (found,) = faults(tmp_path, file, sha256)
    assert found.startswith(says)
