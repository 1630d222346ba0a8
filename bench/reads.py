"""`queue`, `runs` and `show` on a ledger of many runs, against one of few: in the ledger, by the door, as commands."""

import argparse
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench.figure import Figure, tell
from bench.house import Folder, Up, sentinel, workspace
from sentinel.domain.event import Happened
from sentinel.domain.kept import PlanKept
from sentinel.domain.plan import Plan, PlannedStep, Policy
from sentinel.domain.run import events as e
from sentinel.ledger.ledger import Ledger

FEW = 100
OPEN = 20
"""Runs that wait in the queue, in either ledger."""
BATCH = 500
PLAN = Plan(
    "filler", "", None, {}, tuple(PlannedStep(f"s{n}", "wait", wait=0) for n in range(3)), Policy(hours=(0, 1)), {}, ""
)  # fmt: skip


def fill(path: Path, runs: int) -> None:
    """Make a ledger of so many runs; the last few wait, and will for as long as the clock lets them."""
    path.parent.mkdir(parents=True)
    with Ledger.open(path) as ledger:
        ledger.append([(f"plan/{PLAN.digest}", [PlanKept(PLAN.to_json())])], at=1, actor="bench")
        for first in range(1, runs + 1, BATCH):
            last = min(runs, first + BATCH - 1)
            ledger.append(
                [_run(number, number > runs - OPEN) for number in range(first, last + 1)], at=1, actor="bench"
            )
        ledger.seal()


def _run(number: int, waits: bool) -> tuple[str, list[Happened]]:
    asked = e.RunQueued(
        "filler", None, PLAN.digest, {}, 50, "manual", "a benchmark", None, False, "recipe", None, None, None, None
    )
    done = [body for n in range(3) for body in (e.StepWaiting(f"s{n}", "wait", 1, ""), _ended(f"s{n}"))]
    rest = [e.RunMoved("paused", "a benchmark")] if waits else [e.RunStarted({}, 1), *done, e.RunEnded("done", "")]
    return f"run/r{number}", [asked, *rest]


def _ended(step: str) -> e.StepEnded:
    return e.StepEnded(step, "done", "done", {}, "")


def by_door(up: Up, runs: int) -> dict[str, Callable[[], object]]:
    """The three questions, asked as the command line asks them."""
    return {
        "queue": lambda: up.client.ask("queue"),
        "runs": lambda: up.client.ask("runs"),
        "show": lambda: up.client.ask("show", run=f"r{runs // 2}"),
    }


def by_command(up: Up, runs: int) -> dict[str, Callable[[], object]]:
    """The three commands, as a user types them."""
    words = {"queue": ["queue"], "runs": ["runs"], "show": ["show", f"r{runs // 2}"]}
    before = [*sentinel(), "--workspace", str(up.place)]
    return {
        name: lambda argv=[*before, *verb]: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)  # type: ignore[misc]
        for name, verb in words.items()
    }


def taking_turns(ways: Sequence[dict[str, Callable[[], object]]], rounds: int) -> list[dict[str, float]]:
    """The median seconds of each question to each ledger."""
    taken: list[dict[str, list[float]]] = [{name: [] for name in way} for way in ways]
    for number in range(rounds + 1):
        for way, held in zip(ways, taken, strict=True):
            for name, question in way.items():
                begun = time.perf_counter()
                question()
                if number:
                    held[name].append(time.perf_counter() - begun)
    return [{name: median(seconds) for name, seconds in held.items()} for held in taken]


def figures(folder: Path, many: int, rounds: int) -> list[Figure]:
    """Every figure."""
    sizes = {"few": FEW, "many": many}
    places = {name: workspace(folder / name, {}) for name in sizes}
    for name, runs in sizes.items():
        fill(places[name] / ".sentinel" / "ledger.db", runs)
    found = []
    with Up(places["few"]) as few, Up(places["many"]) as much:
        for how, way, times in (("by the door", by_door, 10 * rounds), ("as a command", by_command, rounds)):
            small, large = taking_turns([way(few, FEW), way(much, many)], times)
            found += [
                Figure(f"`{name}` on {many:,} runs, {how}", "ms", 1000 * large[name], f"on {FEW} runs",
                       1000 * small[name], 2, where="`sentinel up`")
                for name in large
            ]  # fmt: skip
    return found


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    with Folder() as folder:
        tell(figures(folder, 200 if tiny else 100_000, 2 if tiny else 20))


if __name__ == "__main__":
    main()
