"""A process that puts a tree is killed: the store has all of it or none of it."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIVES = Path(__file__).with_name("store_lives.py")


def live(root: Path, folder: Path, what: str) -> dict[str, Any]:
    seed = random.SystemRandom().randrange(10**6)
    print(f"{what}: seed {seed}")
    ran = subprocess.run([sys.executable, LIVES, folder, what, str(seed)], env={**os.environ, "PYTHONPATH": str(root)},
                         capture_output=True, text=True, check=False, timeout=100)  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    report: dict[str, Any] = json.loads(ran.stdout)
    print({name: value for name, value in report.items() if name != "faults"})
    return report


def test_killed_before_each_call_that_a_put_makes_the_tree_is_whole_or_absent(root, tmp_path):
    report = live(root, tmp_path, "points")
    assert report["faults"] == []
    assert set(report["calls"]) == {"mkdir", "open", "write", "fchmod", "chmod", "fsync", "rename", "unlink", "rmdir"}
    assert report["ended"] == 2, "one life of each kind is not killed, and every other one is"
    assert 2 < report["whole"] < report["lives"]


def test_killed_sixty_times_at_random_moments_the_tree_is_whole_or_absent(root, tmp_path):
    report = live(root, tmp_path, "random")
    assert report["faults"] == []
    assert report["lives"] - report["ended"] == 60


def test_a_put_that_shows_its_tree_too_early_is_found_out_at_the_named_points(root, tmp_path):
    assert any("is not whole" in fault for fault in live(root, tmp_path, "seeded-points")["faults"])


@pytest.mark.long
def test_a_put_that_shows_its_tree_too_early_is_found_out_at_random_moments(root, tmp_path):
    assert any("is not whole" in fault for fault in live(root, tmp_path, "seeded-random")["faults"])
