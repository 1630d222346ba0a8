"""A program step and a step in a warm child, each against an attempt as bare as it can be, taking turns.

Ours is the whole way of a step: asked of the engine, decided, recorded, its folder and lock made, its worker forked
from the warm server, its result written, read and recorded, and the next step begun.
"""

import argparse
import asyncio
from pathlib import Path
from statistics import median

from bench.figure import Figure, tell
from bench.floor import Attempts
from bench.house import Folder, daemon_in, run_through, workspace
from sentinel.supervisor.daemon import Daemon

FLOOR = "lock, commit, bare fork, fsynced file, wait, commit"
WHERE = "the daemon in-process; the floor in a process that imports next to nothing"
STEPS = 10
"""In a run, so that a step's own cost shows and not that of asking for a run."""
KINDS = {
    "program": "use: program, with: {run: nothing, args: [inputs.number]}",
    "warm": "use: bench-nothing, with: {number: inputs.number}",
}


def recipe(name: str, does: str, steps: int) -> str:
    """So many of the same step, one after the other."""
    lines = [f"recipe: {name}", "inputs: {number: {type: int, default: 0}}", "steps:"]
    for number in range(steps):
        after = f", after: [s{number - 1}]" if number else ""
        lines.append(f"  - {{id: s{number}, {does}{after}}}")
    return "\n".join(lines) + "\n"


async def measure(daemon: Daemon, floor: Attempts, rounds: int, steps: int) -> dict[str, float]:
    """The median seconds of a step of each kind, and of the floor."""
    events = daemon.subscribe()
    taken: dict[str, list[float]] = {name: [] for name in (*KINDS, "floor")}
    for number in range(rounds + 1):
        for kind in KINDS:
            seconds = await run_through(daemon, kind, number, events) / steps
            bare = [await asyncio.to_thread(floor.one) for _ in range(steps)]
            if number:  # the first round is for warming up
                taken[kind].append(seconds)
                taken["floor"].extend(bare)
    return {name: median(seconds) for name, seconds in taken.items()}


async def figures(folder: Path, rounds: int, steps: int) -> list[Figure]:
    """Both figures."""
    place = workspace(folder, {name: recipe(name, does, steps) for name, does in KINDS.items()})
    floor = Attempts(str(folder))
    async with daemon_in(place) as daemon:
        taken = await measure(daemon, floor, rounds, steps)
    floor.close()
    said = {"program": "program step (/bin/true)", "warm": "step in a warm child"}
    return [
        Figure(said[kind], "ms", 1000 * taken[kind], FLOOR, 1000 * taken["floor"], 3, where=WHERE) for kind in KINDS
    ]


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    with Folder() as folder:
        tell(asyncio.run(figures(folder, 1 if tiny else 30, 2 if tiny else STEPS)))


if __name__ == "__main__":
    main()
