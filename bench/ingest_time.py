"""What taking rows in costs: a file of 5 GB of JSON lines, beside `wc -l` and `cp` on the same cached file.

Rounds of the three are interleaved; nothing waits for the disk when one begins. Ours is a process of its own.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from bench.figure import Figure, tell
from bench.house import Folder
from sentinel.data.ingest import ingest
from sentinel.data.source.form import FileSource, Place

ROUNDS = 3
MOST = 10**9
_BLOCK = 40_000


def main(argv: list[str] | None = None) -> None:
    """Measure and tell; `--one` is one of the processes that it starts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--one", nargs=2, metavar=("FILE", "OUT"))
    told = parser.parse_args(argv)
    if told.one:
        print(json.dumps(_one(*map(Path, told.one))))
        return
    with Folder() as folder:
        tell(_figures(folder, 5 * 10**6 if told.tiny else 5 * 10**9, 1 if told.tiny else ROUNDS))


def _figures(folder: Path, size: int, rounds: int) -> list[Figure]:
    file = folder / "tickets.jsonl"
    _write(file, size)
    counted: list[tuple[float, float]] = []
    copied: list[tuple[float, float]] = []
    ours: list[dict[str, float]] = []
    _seconds(["wc", "-l", str(file)])  # so that the file is cached
    for _ in range(rounds):
        counted.append(_seconds(["wc", "-l", str(file)]))
        ours.append(_ours(file, folder / "out"))
        copied.append(_seconds(["cp", str(file), str(folder / "copy")]))
        (folder / "copy").unlink()
    took = median(each["seconds"] for each in ours)
    whole = file.stat().st_size
    what = f"ingest of {whole / 1e9:.2g} GB of JSON lines, {int(ours[0]['rows']):,} rows"
    where = f"median of {rounds} interleaved, the file cached"
    used = median(each["cpu"] for each in ours)
    note = f"{whole / took / 1e9:.2f} GB a second, {used / took:.1f} cores"
    peak = max(each["peak"] for each in ours)
    (wc, wc_used), (cp, cp_used) = (tuple(map(median, zip(*each, strict=True))) for each in (counted, copied))
    return [
        Figure(what, "s", took, "wc -l", wc, at_most=4, where=where, note=note),
        Figure(what, "s", took, "cp", cp, where=where),
        Figure(f"{what}: time of a processor", "s", used, "wc -l", wc_used, where=where),
        Figure(f"{what}: time of a processor", "s", used, "cp", cp_used, where=where),
        Figure(f"{what}: peak memory", "MB", peak / 1e6, at_most=MOST / 1e6, where="a process of its own"),
    ]


def _write(file: Path, size: int) -> None:
    """Tickets, a block at a time until the file is so large."""
    chance = np.random.default_rng(0)
    words = np.array([f"word{number}" for number in range(5000)])
    said = pl.Series([" ".join(words[chance.integers(0, 5000, 60)]) for _ in range(_BLOCK)])
    number = 0
    with file.open("wb") as handle:
        while handle.tell() < size:
            names = pl.Series(np.arange(number * _BLOCK, (number + 1) * _BLOCK).astype(str))
            number += 1
            pl.DataFrame({
                "ticket_id": names, "subject": names + " " + said.str.slice(0, 50), "body": said,
                "queue": chance.choice(["mail", "chat", "web"], _BLOCK),
                "created": chance.integers(1_600_000_000, 1_700_000_000, _BLOCK),
                "customer": chance.integers(0, 1000, _BLOCK),
            }).write_ndjson(handle)  # fmt: skip


def _ours(file: Path, out: Path) -> dict[str, float]:
    os.sync()
    argv = [sys.executable, "-m", "bench.ingest_time", "--one", str(file), str(out)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    shutil.rmtree(out)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _one(file: Path, out: Path) -> dict[str, float]:
    begun, used = time.perf_counter(), time.process_time()
    made = ingest(FileSource(file.name), out, Place(file.parent, out.parent / "aside"))
    took, cpu = time.perf_counter() - begun, time.process_time() - used
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    return {"seconds": took, "cpu": cpu, "rows": made.rows, "peak": peak}


def _seconds(argv: list[str]) -> tuple[float, float]:
    """How long a command took, and how long a processor was at it."""
    os.sync()
    begun, used = time.perf_counter(), _used()
    subprocess.run(argv, check=True, capture_output=True)
    return time.perf_counter() - begun, _used() - used


def _used() -> float:
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


if __name__ == "__main__":
    main()
