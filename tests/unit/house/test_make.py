"""The commands of the README: what they run, and what they say where they cannot."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RUNS = {
    "demo": "python -m sentinel demo",
    "check": "mypy --strict sentinel",
    "test": "python -m pytest tests",
    "long": "SENTINEL_EFFORT=long .venv/bin/python -m pytest tests",
    "bench": "python bench/run.py",
    "docs": "python docs/generate.py",
    "clean": "rm -rf .venv",
}


def make(folder: Path, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """make as a user calls it, even where these tests are run by make themselves."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")} | environment
    return subprocess.run(
        ["make", *argv], cwd=folder, env=clean, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(root / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize(("target", "command"), RUNS.items())
def test_each_target_runs_its_command(clone: Path, target: str, command: str) -> None:
    told = make(clone, "--dry-run", target)
    assert told.returncode == 0, told.stderr
    assert command in told.stdout


@pytest.mark.parametrize("target", sorted(set(RUNS) - {"clean"}))
def test_a_fresh_clone_makes_its_environment_first_and_only_once(clone: Path, target: str) -> None:
    assert "-m venv .venv" in make(clone, "--dry-run", target).stdout
    (clone / ".venv").mkdir()
    (clone / ".venv/.ready").touch()
    assert "-m venv .venv" not in make(clone, "--dry-run", target).stdout


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_the_environment_is_made_anew_when_what_it_is_made_from_changes(clone: Path, name: str) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv/.ready").touch()
    later = (clone / ".venv/.ready").stat().st_mtime + 1
    os.utime(clone / name, (later, later))
    assert "-m venv .venv" in make(clone, "--dry-run", "check").stdout


def test_an_old_python_is_refused_in_one_sentence(clone: Path) -> None:
    old = clone / "python-of-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\n[ "$1" = --version ]\n')
    old.chmod(0o755)
    told = make(clone, "check", f"PYTHON={old}")
    assert told.returncode != 0
    assert f"Sentinel needs Python 3.11 or newer; '{old}' is Python 3.9.2." in told.stderr
    assert not (clone / ".venv").exists()


def test_a_missing_python_is_said_so(clone: Path) -> None:
    told = make(clone, "check", "PYTHON=python-that-is-not-there")
    assert told.returncode != 0
    assert "there is no 'python-that-is-not-there' here" in told.stderr


@pytest.mark.parametrize(
    ("broken", "ran"), [("", ["check", "test"]), ("check", ["check"]), ("test", ["check", "test"])]
)
def test_ci_runs_check_then_test_and_hides_no_failure(root: Path, tmp_path: Path, broken: str, ran: list[str]) -> None:
    (tmp_path / ".ci").mkdir()
    script = shutil.copy(root / ".ci/run", tmp_path / ".ci")
    fake = tmp_path / "make"
    fake.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/ran\n[ "$1" != "{broken}" ]\n')
    fake.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    told = subprocess.run([script], env=os.environ | {"PATH": path}, timeout=60, check=False)
    assert (told.returncode == 0) == (broken == "")
    assert (tmp_path / "ran").read_text().split() == ran
