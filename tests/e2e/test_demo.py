"""The demo, on fewer tickets: the whole loop with a real model, from nothing to a verdict."""

import os
import re
import subprocess
import sys
from argparse import Namespace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sentinel.api import upkeep
from sentinel.api.here import check_files, make_example
from sentinel.cli.demo import Demo
from sentinel.cli.demo_house import House
from sentinel.cli.demo_real import on_real_weights
from sentinel.cli.out import Out
from sentinel.domain.refusal import Refused

ROOT = Path(__file__).parents[2]


def said(place: Path, *more: str) -> str:
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(place), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "sentinel", "demo", "--small", *more], cwd=place, env=environment, capture_output=True,
        text=True, timeout=1700, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(900)
def test_the_loop_closes_by_itself(tmp_path: Path) -> None:
    told = said(tmp_path)
    assert "All of it held." in told and "NO " not in told
    assert re.search(r"The drift trigger fired by itself on day \d+ of the change", told)
    assert "lives on without it" in told
    assert re.search(r"champion now: v[0-9a-f]+|Without a pass nothing went live", told)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_an_export_that_is_broken_is_stopped_by_the_gate_on_rows(tmp_path: Path) -> None:
    told = said(tmp_path, "--corrupt")
    assert told.count("The gate on the rows stops it") == told.count("Nothing was trained") == 3


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_weights_go_all_the_way_round(tmp_path: Path) -> None:
    told = said(tmp_path, "--whole")
    assert "All of it held." in told and "NO " not in told
    assert "The version and its scores are on the hub" in told or "nothing is published" in told


def test_on_real_weights_the_same_example_is_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_example("tickets", tmp_path / "shop")
    done = subprocess.CompletedProcess[str]([], 0, "", "")
    monkeypatch.setattr("sentinel.cli.demo_real.subprocess.run", lambda *_, **__: done)
    on_real_weights(tmp_path / "shop")
    assert check_files(tmp_path / "shop", None, False)["faults"] == []
    recipes = "".join((tmp_path / f"shop/recipes/{name}.yaml").read_text() for name in ("first", "lifecycle"))
    assert recipes.count("in: {base: line.base, data: ") == recipes.count("method: lora") == 2
    with pytest.raises(Refused, match="does not stand there once"):
        on_real_weights(tmp_path / "shop")


def test_what_did_not_hold_is_said_and_told_by_the_exit_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded bug: a doctor that finds something. A demo that cannot fail would show nothing."""
    unwell: dict[str, Any] = {"events": 1, "healthy": False, "faults": ["seeded"]}
    monkeypatch.setattr(upkeep, "examine", lambda *_, **__: unwell)
    out = Out(StringIO())
    call: Any = SimpleNamespace(out=out, args=Namespace(seed=1, small=True, corrupt=False, model=None))
    demo = Demo(call, tmp_path, House(tmp_path))
    demo._doctor()
    assert demo._verdict() == 1
    told = out.stream.getvalue()  # type: ignore[attr-defined]
    assert "This did not hold: `sentinel doctor`" in told and "seeded" in told


def test_a_loop_that_ends_without_a_verdict_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded bug: a training that fails. Nothing goes live then either, and that alone shows nothing."""
    steps = [{"step": name, "verdict": None, "attempts": [], "state": "failed"} for name in ("tuned", "proof")]
    run = {"state": "failed", "why": "tuned failed", "steps": steps, "aliases": {"champion": "v1"}}
    monkeypatch.setattr("sentinel.cli.demo.draw_run", lambda *_: None)
    call: Any = SimpleNamespace(out=Out(StringIO()), args=Namespace(seed=1, small=True, corrupt=False, model=None))
    demo = Demo(call, tmp_path, House(tmp_path))
    monkeypatch.setattr(demo, "_follow", lambda *_, **__: run)
    monkeypatch.setattr(demo, "_line", lambda: {"champion": "v1"})
    demo._candidate("r4")
    assert demo._verdict() == 1
    assert any("A candidate was forged" in each for each in demo.failed)
    assert any("outlived its daemon" in each for each in demo.failed)
