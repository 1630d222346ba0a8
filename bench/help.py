"""`sentinel --help` against an interpreter that does nothing, each a process of its own, taking turns."""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable

from bench.figure import Figure, interleaved, tell
from bench.house import sentinel


def running(argv: list[str]) -> Callable[[], float]:
    """The seconds of a command, from its start to its end."""

    def way() -> float:
        begun = time.perf_counter()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begun

    return way


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    ways = {
        "ours": running([*sentinel(), "--help"]),
        "verb": running([*sentinel(), "runs", "--help"]),
        "floor": running([sys.executable, "-c", "pass"]),
    }
    taken = interleaved(ways, 2 if tiny else 40, warm_up=1 if tiny else 3)
    against, where = "python -c pass", "processes of their own"
    floor = 1000 * taken["floor"]
    tell([
        Figure("sentinel --help", "ms", 1000 * taken["ours"], against, floor, 5, where=where),
        Figure("sentinel runs --help", "ms", 1000 * taken["verb"], against, floor, where=where),
    ])  # fmt: skip


if __name__ == "__main__":
    main()
