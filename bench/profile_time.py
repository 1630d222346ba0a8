"""What a profile costs: of a million rows of twenty columns, beside Evidently's reports; and of files of 5 GB.

Each is a process of its own, and its memory is counted from where its input is there.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from bench.environment import python_of
from bench.figure import Figure, Skipped, tell
from bench.house import BENCH, Folder
from sentinel.data.profile import profile
from sentinel.data.rows import rows_in
from sentinel.evidence.shift import shift

PEER = ["evidently", "pandas<3"]
COLUMNS, CATEGORIES = 15, 5
DRIFT, ALONE, KEPT = "two profiles and their drift", "a profile", "a profile and its drift from a kept one"
MOST = 600 * 10**6
_BLOCK = 40_000


def main(argv: list[str] | None = None) -> None:
    """Measure and tell; `--one` is one of the processes that it starts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--one", nargs="+", metavar=("WHAT", "FILE"))
    told = parser.parse_args(argv)
    if told.one:
        print(json.dumps(_one(*told.one)))
        return
    with Folder() as folder:
        tell([*_beside(folder, 20_000 if told.tiny else 1_000_000, told.tiny), *_large(folder, told.tiny)])


def _beside(folder: Path, rows: int, tiny: bool) -> Iterator[Figure | Skipped]:
    files = [folder / "reference.npz", folder / "current.npz"]
    for seed, file in enumerate(files):
        chance = np.random.default_rng(seed)
        codes = chance.integers(0, 12, (CATEGORIES, rows)).astype(np.int8)
        np.savez(file, numbers=chance.normal(size=(COLUMNS, rows)), codes=codes)
    python = python_of("evidently", PEER)
    reports: dict[str, dict[str, float]] = {}
    where = "a process each, one after the other; memory above the input"
    for what, report in ((DRIFT, "drift"), (KEPT, "drift"), (ALONE, "summary")):
        ours = _middle([_told([sys.executable, "-m", "bench.profile_time", "--one", what, *map(str, files)])
                        for _ in range(1 if tiny else 3)])  # fmt: skip
        name = f"{what}, {rows:,} rows × {COLUMNS + CATEGORIES}"
        if isinstance(python, str):
            yield Figure(name, "s", ours["seconds"], where=where, note=f"Evidently: {python}")
            yield Figure(f"{name}: memory", "MB", ours["memory"] / 1e6, where=where, note=f"Evidently: {python}")
            continue
        if report not in reports:
            argv = [str(python), str(BENCH / "peers" / "evidently_report.py"), report, *map(str, files)]
            reports[report] = _told(argv)
        theirs = reports[report]
        against = f"Evidently's {'DataDriftPreset' if report == 'drift' else 'DataSummaryPreset'}"
        is_held = what == DRIFT
        yield Figure(name, "s", ours["seconds"], against, theirs["seconds"], 0.01 if is_held else None, where=where)
        yield Figure(
            f"{name}: memory", "MB", ours["memory"] / 1e6, against, theirs["memory"] / 1e6, 0.1 if is_held else None,
            where=where,
        )  # fmt: skip


def _large(folder: Path, tiny: bool) -> Iterator[Figure]:
    size = 5 * 10**6 if tiny else 5 * 10**9
    for suffix in ("parquet", "csv", "jsonl"):
        file = folder / f"large.{suffix}"
        try:
            _write(file, size)
            told = _told([sys.executable, "-m", "bench.profile_time", "--one", "file", str(file)])
            note = f"{told['rows']:,} rows, {told['seconds']:.0f} s"
            what = f"peak memory of a profile of {file.stat().st_size / 1e9:.2g} GB of {suffix}"
            yield Figure(what, "MB", told["peak"] / 1e6, at_most=MOST / 1e6, where="a process of its own", note=note)
        finally:
            file.unlink(missing_ok=True)


def _write(file: Path, size: int) -> None:
    """Rows of text, numbers and categories, a block at a time until the file is so large."""
    chance = np.random.default_rng(0)
    words = np.array([f"word{number}" for number in range(5000)])
    said = [" ".join(words[chance.integers(0, 5000, 50)]) for _ in range(_BLOCK)]
    parts = file.parent / "parts"
    parts.mkdir(exist_ok=True)
    number = written = 0
    with file.open("wb") as handle:
        while written < size:
            names = np.arange(number * _BLOCK, (number + 1) * _BLOCK).astype(str)
            held = pl.DataFrame({
                "text": pl.Series(names) + " " + pl.Series(said),
                "queue": chance.choice(["mail", "chat", "web"], _BLOCK),
                **{f"n{index}": chance.normal(size=_BLOCK) for index in range(16)},
                "label": chance.choice(["billing", "login", "other"], _BLOCK),
            })  # fmt: skip
            number += 1
            if file.suffix == ".parquet":
                part = parts / f"{number:05}.parquet"
                held.write_parquet(part, compression="uncompressed")
                written += part.stat().st_size
            else:
                is_csv = file.suffix == ".csv"
                held.write_csv(handle, include_header=number == 1) if is_csv else held.write_ndjson(handle)
                written = handle.tell()
    if file.suffix == ".parquet":
        pl.scan_parquet(parts / "*.parquet").sink_parquet(file, compression="uncompressed")
    for part in parts.iterdir():
        part.unlink()


def _one(what: str, *files: str) -> dict[str, float]:
    if what == "file":
        begun = time.perf_counter()
        held = profile(rows_in(Path(files[0])), label="label")
        return {"seconds": time.perf_counter() - begun, "rows": held.rows, "peak": _memory("VmHWM")}
    old, new = map(_frame, files)
    kept = profile(old) if what == KEPT else None
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before, begun = _memory("VmRSS"), time.perf_counter()
    if what == ALONE:
        profile(new)
    else:
        reference = kept or profile(old)
        shift(reference, profile(new, reference))
    return {"seconds": time.perf_counter() - begun, "memory": _memory("VmHWM") - before}


def _frame(file: str) -> pl.DataFrame:
    with np.load(file) as held:
        numbers = {f"n{index}": column for index, column in enumerate(held["numbers"])}
        names = pl.Series([f"value {code}" for code in range(int(held["codes"].max()) + 1)])
        values = {f"c{index}": names.gather(column.astype(np.uint32)) for index, column in enumerate(held["codes"])}
    return pl.DataFrame({**numbers, **values})


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def _told(argv: list[str]) -> dict[str, float]:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr[-500:]
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _middle(taken: list[dict[str, float]]) -> dict[str, float]:
    return sorted(taken, key=lambda each: each["seconds"])[len(taken) // 2]


if __name__ == "__main__":
    main()
