"""Every figure, each taken by a process of its own; a table of them, and bench/results.json for machines.

With `--only`, what that file holds of other figures stays.
"""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from bench.environment import REQUEST
from bench.figure import Figure, Skipped, read
from bench.house import BENCH, KEEP, WORK

FIGURES = {
    "engine-step": "bench.engine_step",
    "peer-step": "bench.peer_step",
    "worker-step": "bench.worker_step",
    "start": "bench.start",
    "torch-step": "bench.torch_step",
    "help": "bench.help",
    "idle": "bench.idle",
    "reads": "bench.reads",
    "dashboard": "bench.dashboard",
    "rates": "bench.rates",
    "expected": "bench.expected",
    "profile": "bench.profile_time",
    "train": "bench.train_time",
    "ingest": "bench.ingest_time",
    "bootstrap": "bench.bootstrap_time",
    "memory": "bench.memory_fit",
    "score": "bench.score_time",
    "fold": "bench.fold_time",
}
"""By the name that --only takes."""
HEADINGS = ("figure", "ours", "against", "ratio", "bound", "", "measured")


def main(argv: list[str] | None = None) -> int:
    """Take the figures; the exit status is 1 where one misses its bound."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=FIGURES, help="this figure; may be given several times")
    parser.add_argument("--install", action="store_true", help="make the environments of the peers and of torch")
    parser.add_argument("--tiny", action="store_true", help="only to see that it works; the figures mean nothing")
    told = parser.parse_args(argv)
    # as `make bench ONLY=idle INSTALL=1` hands them on
    only = told.only or os.environ.get("ONLY", "").split() or list(FIGURES)
    if unknown := set(only) - set(FIGURES):
        parser.error(f"there is no figure {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
    if told.install or "INSTALL" in os.environ:
        os.environ[REQUEST] = "1"
    os.environ[KEEP] = "1"
    print(f"{_machine()}; load {_load()}\n")
    taken: dict[str, list[Figure | Skipped]] = {}
    try:
        for name in only:
            taken[name] = _take(name, told.tiny)
            print(f"  {name} taken, load {_load()}", file=sys.stderr)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    _draw([figure for figures in taken.values() for figure in figures])
    if not told.tiny:
        _write(taken)
    figures = [each for held in taken.values() for each in held if isinstance(each, Figure)]
    return int(any(figure.holds is False for figure in figures) and not told.tiny)


def _take(name: str, tiny: bool) -> list[Figure | Skipped]:
    argv = [sys.executable, "-m", FIGURES[name], *(["--tiny"] if tiny else [])]
    path = os.pathsep.join(filter(None, (str(BENCH.parent), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(argv, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        return [Skipped(name, f"it broke: {words[-1] if words else done.returncode}")]
    return read(done.stdout.splitlines()[-1])


def _draw(figures: list[Figure | Skipped]) -> None:
    rows = [HEADINGS, *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(figure: Figure | Skipped) -> tuple[str, ...]:
    if isinstance(figure, Skipped):
        return figure.what, "skipped", figure.why, "", "", "", ""
    other = "" if figure.other is None else f"{_number(figure.other)} {figure.unit}, {figure.against}"
    ratio = "" if figure.other is None else f"{figure.held:.3g}"
    kept = {True: "kept", False: "MISSED", None: ""}[figure.holds]
    where = "; ".join(filter(None, (figure.where, figure.note)))
    return figure.what, f"{_number(figure.ours)} {figure.unit}", other, ratio, figure.bound, kept, where


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def _write(taken: dict[str, list[Figure | Skipped]]) -> None:
    """Put what was taken into the file of results; what was not taken this time stays as it was."""
    file = BENCH / "results.json"
    where = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": _machine(), "load": os.getloadavg()}
    known = json.loads(file.read_text()) if file.exists() else {}
    fresh = {name: {**where, "figures": [asdict(each) for each in figures]} for name, figures in taken.items()}
    held = {name: {**known, **fresh}[name] for name in FIGURES if name in known or name in fresh}
    file.write_text(json.dumps(held, indent=2, ensure_ascii=False) + "\n")


def _machine() -> str:
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    return f"{os.cpu_count()} cores, Linux {platform.release()}, Python {python}, SQLite {sqlite}"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
