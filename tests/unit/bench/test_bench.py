"""The benchmarks run, at sizes at which their figures mean nothing, and tell what they promise."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.figure import Figure, Skipped, interleaved, read
from bench.memory_fit import both
from bench.train_time import Taken, World, _figures
from tests.effort import slow

ROOT = Path(__file__).parents[3]


def taken(script: str, work: Path) -> list[dict[str, Any]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BENCH_WORK": str(work), "BENCH_VENVS": str(work / "none")}
    environment.pop("BENCH_INSTALL", None)
    done = subprocess.run(
        [sys.executable, "-m", *f"bench.{script} --tiny".split()],
        cwd=work, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures: list[dict[str, Any]] = json.loads(done.stdout)["figures"]
    return figures


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("engine_step", 3),
        slow("worker_step", 2),
        slow("start", 2),
        ("help", 2),
        slow("idle", 2),
        slow("reads", 6),
        slow("expected", 9),
        slow("profile_time", 9),
        slow("score_time --here", 5),
        slow("ingest_time", 5),
        ("bootstrap_time", 3),
        slow("fold_time --alike", 8),
    ],
)
def test_a_benchmark_tells_each_of_its_figures_with_where_it_was_measured(
    script: str, count: int, tmp_path: Path
) -> None:
    figures = taken(script, tmp_path)
    assert len(figures) == count
    assert all(figure["ours"] >= 0 and figure["where"] and figure["what"] for figure in figures)
    assert not list(tmp_path.glob(".work/*")), "it left something behind"


@pytest.mark.parametrize(
    ("script", "count"), [slow("peer_step", 2), ("torch_step", 1), slow("score_time", 1), slow("train_time", 1)]
)
def test_what_is_not_installed_is_said_to_be_skipped_and_why(script: str, count: int, tmp_path: Path) -> None:
    figures = taken(script, tmp_path)
    assert [set(figure) for figure in figures] == [{"what", "why"}] * count


def test_a_figure_is_held_to_its_bound_as_a_ratio_where_there_is_another() -> None:
    assert Figure("x", "ms", 6, "floor", 2, at_most=3).holds is True
    assert Figure("x", "ms", 7, "floor", 2, at_most=3).holds is False
    assert Figure("x", "/s", 3, "peer", 2, at_least=2).holds is False
    assert Figure("x", "ms", 49, at_most=50).holds is True
    assert Figure("x", "ms", 49).holds is None


@pytest.mark.parametrize(("theirs", "holds"), [(4.48, True), (4.0, True), (5.57, False), (3.2, False)])
def test_who_learns_another_thing_is_not_compared_in_speed_alone(theirs: float, holds: bool) -> None:
    """SFTTrainer learned the prompts too, and was told as slower at a loss of 5.57 beside 4.34."""
    taken = {"ours": Taken([1.0], [1.0], 4.34), "peer": Taken([2.0], [2.0], theirs)}
    _, apart = _figures("rows", World((), (), None, dict), taken, {"peer": (1.3, "as it ships")})
    assert apart.holds is holds


def test_an_estimate_of_memory_is_held_from_above_and_from_below() -> None:
    for estimate, holds in ((60, [True, False]), (80, [True, True]), (120, [True, True]), (130, [False, True])):
        assert [each.holds for each in both("x", estimate, 100, "here", "")] == holds


def test_what_one_process_tells_another_reads() -> None:
    told = {"figures": [{"what": "x", "unit": "ms", "ours": 1, "held": 1, "holds": None}, {"what": "y", "why": "z"}]}
    assert read(json.dumps(told)) == [Figure("x", "ms", 1), Skipped("y", "z")]


def test_ways_take_turns_and_the_warm_up_does_not_count() -> None:
    turns: list[str] = []

    def way(name: str, seconds: list[float]) -> float:
        turns.append(name)
        return seconds.pop(0)

    slow, fast = [100.0, 3.0, 1.0, 2.0], [100.0, 0.3, 0.1, 0.2]
    assert interleaved({"slow": lambda: way("slow", slow), "fast": lambda: way("fast", fast)}, 3, warm_up=1) == {
        "slow": 2.0, "fast": 0.2,
    }  # fmt: skip
    assert turns == ["slow", "fast"] * 4
