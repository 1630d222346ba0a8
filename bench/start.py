"""From asking for a run to the start of its first, light step, by the door of a daemon as a user has it."""

import argparse
import time
from pathlib import Path
from statistics import median

from bench.figure import Figure, tell
from bench.house import Folder, Up, workspace

RECIPE = """\
recipe: light
inputs: {number: {type: int, default: 0}}
steps:
  - {id: first, use: program, with: {run: stamp, args: []}, needs: {cpus: 1}}
  - {id: never, use: program, with: {run: nothing, args: [inputs.number]}, after: [first]}
"""


def started_at(up: Up, run: str) -> int:
    """The moment that the program itself told, in ns since 1970: its words are the attempt's log."""
    log = Path(up.place / ".sentinel" / "attempts" / f"{run}.first.a1" / "log")
    while not (log.exists() and log.read_text().endswith("\n")):
        time.sleep(0.001)
    return int(log.read_text())


def one(up: Up, number: int) -> float:
    """The seconds of one start."""
    asked = time.time_ns()
    run = up.client.ask("run", recipe="light", set={"number": str(number)})["run"]
    taken = (started_at(up, run) - asked) / 1e9
    while up.client.ask("queue")["runs"]:
        time.sleep(0.01)
    return taken


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    with Folder() as folder, Up(workspace(folder, {"light": RECIPE})) as up:
        first = one(up, 0)
        taken = [one(up, number) for number in range(1, 4 if tiny else 60)]
    where = "by the door of `sentinel up`; the program itself tells when it began"
    tell([
        Figure("from asking to the start of a light step, p50", "ms", 1000 * median(taken), at_most=50, where=where),
        Figure("the same, where the fork server has gone and has to be started", "ms", 1000 * first, where=where),
    ])  # fmt: skip


if __name__ == "__main__":
    main()
