"""The daemon at rest: the memory and the time of its whole process tree, once its fork server has been gone a while."""

import argparse
import os
import time
from pathlib import Path

from bench.figure import Figure, tell
from bench.house import Folder, Up, workspace

RECIPE = """\
recipe: once
steps:
  - {id: only, use: program, with: {run: nothing}}
"""


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                text = Path(f"/proc/{name}/stat").read_text()
            except OSError:
                continue
            parents[int(name)] = int(text.rpartition(")")[2].split()[1])
    found = [pid]
    for each in found:
        found.extend(child for child, parent in parents.items() if parent == each)
    return found


def memory(pids: list[int]) -> float:
    """Their share of memory (PSS), in MB."""
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


def spent(pids: list[int]) -> float:
    """The seconds of a processor that they have used so far, and those of children that they have seen end."""
    used = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += sum(int(each) for each in fields[11:15])
    return used / os.sysconf("SC_CLK_TCK")


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    with Folder() as folder, Up(workspace(folder, {"once": RECIPE})) as up:
        run = up.client.ask("run", recipe="once")["run"]
        while up.client.ask("show", run=run)["state"] != "done":
            time.sleep(0.05)
        busy = len(tree(up.process.pid))
        while not tiny and len(tree(up.process.pid)) > 1:
            time.sleep(1)  # the fork server goes when it has been idle for a minute
        time.sleep(0 if tiny else 60)
        pids = tree(up.process.pid)
        before, begun = spent(pids), time.monotonic()
        time.sleep(1 if tiny else 60)
        share = 100 * (spent(pids) - before) / (time.monotonic() - begun)
        held = memory(pids)
    where = f"`sentinel up`, {len(pids)} process; {busy} while its fork server was there"
    tell([
        Figure("idle daemon, memory (PSS)", "MB", held, at_most=70, where=where),
        Figure("idle daemon, share of a core", "%", share, at_most=0.5, where=where),
    ])  # fmt: skip


if __name__ == "__main__":
    main()
