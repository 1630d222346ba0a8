"""Ten mistakes in the shipped files, through the real command line, with what is really registered."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.recipe.starter import write_starter
from tests.bad.hostile import HOSTILE
from tests.effort import slow

MOST = 4
"""A hostile file may take so many times what the shipped files take, which is the interpreter's start above all."""
HELLO, WHOLE, CONFIG = "recipes/hello.yaml", "gates/whole.yaml", "sentinel.yaml"
MISTAKES: list[tuple[str, str, str, str]] = [
    (HELLO, "use: program", "use: progam", "8:10: E-unknown-step-type: `progam` is nothing that a step can use."),
    (HELLO, "run: hand-on", "run: hand-of", "21:17: E-program: sentinel.yaml allows no program `hand-of`."),
    (HELLO, "timeout: 1m", "timeout: 1 minute", "11:14: E-value: `1 minute` is no value for `timeout`."),
    (HELLO, "{wall: 1h}", "{wall: 30s}", "11:14: E-budget: `greeting` may take 1m, and the run's budget is 30s."),
    (HELLO, "greeting.rows", "greeting.row", "15:21: E-unknown-port: `greeting` gives no `row`."),
    (HELLO, "gate: whole", "gate: hole", "14:11: E-unknown-gate: No gate is called `hole`."),
    (HELLO, "else: reject", "else: no", "17:63: E-choice: `else` cannot be `no`."),
    (HELLO, "  - id: whole", "\t- id: whole", "13:1: E-yaml: A tab cannot stand here."),
    (WHOLE, "use: trace", "use: trance", "6:10: E-unknown-check: `trance` is no check."),
    (CONFIG, "timezone: UTC", "timezone: UTK", "2:11: E-zone: `UTK` is no time zone."),
]  # fmt: skip

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    write_starter(tmp_path)

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "sentinel", "--workspace", str(tmp_path), "check", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=100,
            env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip

    return run


@pytest.mark.parametrize(("file", "old", "new", "says"), MISTAKES, ids=[new for _, _, new, _ in MISTAKES])
def test_a_mistake_in_a_shipped_file_is_told_by_the_command(
    file: str, old: str, new: str, says: str, run: Run, tmp_path: Path
) -> None:
    good = (tmp_path / file).read_text()
    assert old in good
    (tmp_path / file).write_text(good.replace(old, new))
    told = run()
    assert told.returncode == 1
    assert any(line.startswith(f"{file}:{says}") for line in told.stdout.splitlines()), told.stdout
    assert "^" in told.stdout
    assert "Traceback" not in told.stdout + told.stderr


def test_a_workspace_without_mistakes_exits_with_0(run: Run) -> None:
    told = run()
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("name", ["open brackets", "bars", slow("an alias bomb"), slow("parameters")])
def test_a_hostile_file_neither_hangs_nor_breaks_the_command(name: str, run: Run, tmp_path: Path) -> None:
    _, usual = timed(run)
    (tmp_path / "recipes" / "tickets.yaml").write_text(HOSTILE[name])
    spent = []
    for _ in range(4):  # a machine that others use makes processor time longer too: the least of a few counts
        told, seconds = timed(run)
        spent.append(seconds)
        assert told.returncode in (0, 1)
        assert "Traceback" not in told.stdout + told.stderr
        if seconds < MOST * usual:
            return
    pytest.fail(f"it took {min(spent):.1f} s of the processor, and a file without mistakes {usual:.1f} s")


def timed(run: Run) -> tuple["subprocess.CompletedProcess[str]", float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    told = run()
    return told, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
