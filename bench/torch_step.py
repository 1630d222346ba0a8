"""A step that needs torch: warm, from a fork server that has imported it, against cold, in a new interpreter."""

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.environment import python_of
from bench.figure import Figure, Skipped, tell
from bench.house import BENCH, Folder, daemon_in, run_through, workspace

WHAT = "step that needs torch, warm against cold"
REQUIREMENTS = ["torch==2.13.0", "-c", str(BENCH.parent / "constraints.txt"), "-e", str(BENCH.parent)]
RECIPE = """\
recipe: torch
inputs: {number: {type: int, default: 0}}
steps:
  - {id: sum, use: bench-torch, with: {number: inputs.number}, needs: {cpus: 1, memory: 4GiB}}
"""


async def warm(folder: Path, rounds: int) -> float:
    """The median seconds of a run of one such step, from asking to its end, once the server is warm."""
    place = workspace(folder, {"torch": RECIPE})
    async with daemon_in(place) as daemon:
        events = daemon.subscribe()
        await run_through(daemon, "torch", 0, events)
        return median([await run_through(daemon, "torch", number, events) for number in range(1, rounds + 1)])


def cold(folder: Path) -> float:
    """The seconds until torch is there in a new interpreter: the least that any cold attempt takes."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch; torch.ones(1)"], check=True, cwd=folder)
    return time.perf_counter() - begun


def measure(rounds: int) -> list[Figure | Skipped]:
    """What this interpreter, which has torch, takes."""
    with Folder() as folder:
        bare = [cold(folder) for _ in range(3)]
        ours = asyncio.run(warm(folder, rounds))
        after = [cold(folder) for _ in range(2)]
    slow = median([*bare[1:], *after])  # the first one reads it from the disk
    where = "warm: a whole run in an in-process daemon; cold: `python -c 'import torch'` and nothing else"
    return [Figure(WHAT, "ms", 1000 * ours, "a new interpreter that imports torch", 1000 * slow, 0.05, where=where)]


def main(argv: list[str] | None = None) -> None:
    """Measure and tell, in an environment that has torch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--here", action="store_true", help="this interpreter has torch")
    told = parser.parse_args(argv)
    if told.here:
        tell(measure(2 if told.tiny else 20))
        return
    python = python_of("torch", REQUIREMENTS) if not told.tiny else "it takes too long for a try"
    if isinstance(python, str):
        tell([Skipped(WHAT, python)])
        return
    subprocess.run([python, "-m", "bench.torch_step", "--here"], check=True)


if __name__ == "__main__":
    main()
