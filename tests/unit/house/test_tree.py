"""Nothing of the machine it was written on is in the tree, and no file grows beyond reading."""

import re
import subprocess
from pathlib import Path

import pytest

MACHINE = re.compile(r"(?<![A-Za-z0-9])/(?:work|farm|root)/[a-z.]|\.pyenv|\.lib(?:rary)/|/tmp/v/")
ADDRESS = re.compile(r"--(?:extra-)?index-url|--find-links|files\.pythonhosted|pypi\.org/simple|https?://[^/\s]*@")
SAYS_NOTHING = re.compile(r"(?:^|/)_?(?:utils?|helpers?|managers?|common|misc)(?:/|\.py$)")


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    if listed.returncode != 0:
        pytest.skip("not a git clone: nothing says which files are tracked")
    here = Path(__file__).resolve()
    found = [root / name for name in listed.stdout.split("\0") if name]
    return [path for path in found if path.is_file() and path != here]


def matches(tracked: list[Path], pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked:
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0]}" for hit in pattern.finditer(text)]
    return found


def test_no_tracked_file_names_a_path_of_a_machine(tracked: list[Path]) -> None:
    assert matches(tracked, MACHINE) == []


def test_no_tracked_file_names_a_registry_or_an_address_with_a_password(tracked: list[Path]) -> None:
    assert matches(tracked, ADDRESS) == []


@pytest.mark.parametrize("text", ["work/main", "root/.config/x", "tmp/v/bin/python"])
def test_a_path_of_a_machine_would_be_found(tmp_path: Path, text: str) -> None:
    (tmp_path / "page.md").write_text(f"first\ncd /{text}\n")
    assert len(matches([tmp_path / "page.md"], MACHINE)) == 1


def test_file_names_say_what_is_inside(root: Path, tracked: list[Path]) -> None:
    names = [str(path.relative_to(root)) for path in tracked if path.suffix == ".py"]
    assert [name for name in names if SAYS_NOTHING.search(name)] == []


def test_no_source_file_is_longer_than_500_lines(root: Path, tracked: list[Path]) -> None:
    source = [path for path in tracked if path.suffix == ".py" and (root / "sentinel") in path.parents]
    assert source
    assert {str(path): lines for path in source if (lines := len(path.read_text().splitlines())) > 500} == {}
