"""How good expected times are: a grid played for months, each run's end foretold as it is asked for.

5,000 runs of three recipes on three kinds of nodes, some three minutes of work. `--tiny` only shows that it works.
"""

import argparse
import time
from collections.abc import Iterator

from bench.figure import Figure, tell
from bench.forecast_world import ONE_OF, Asked, grids, judged, queue_of
from sentinel.domain.policy.forecast import WORLDS, forecast

RUNS, SEED = 5_000, 1


def main(argv: list[str] | None = None) -> None:
    """Play, and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    told = parser.parse_args(argv)
    tell(_figures(300 if told.tiny else RUNS, 23 if told.tiny else WORLDS))


def _figures(runs: int, worlds: int) -> Iterator[Figure]:
    played = grids(runs, SEED, worlds)
    where = f"{runs} runs on three kinds of nodes, seed {SEED}"
    found = judged(played)
    note = ", ".join(f"{name} {_within(each):.1%}" for name, each in zip(ONE_OF, played, strict=True))
    yield Figure("runs that ended by their bound of nine in ten, at least", "", found["ends"], at_least=0.85,
                 where=where, note=note)  # fmt: skip
    yield Figure("the same, at most", "", found["ends"], at_most=0.95, where=where)
    yield Figure("runs that started by theirs", "", found["starts"], where=where)
    yield Figure("what half of the middles missed by at most", "", found["off"], at_most=0.2, where=where)
    yield Figure("all middles, beside what came", "", found["level"], where=where)
    yield Figure("what half miss by who tell the last run's time", "", found["last off"], where=where)
    yield Figure("what half miss by who tell the time limit", "", found["limit off"], where=where)
    for size in (10, 50):
        asked = queue_of(size)
        begun = time.perf_counter()
        forecast(*asked, worlds=worlds)
        yield Figure(
            f"a queue of {size} runs foretold", "ms", (time.perf_counter() - begun) * 1000, where="one process"
        )


def _within(held: list[Asked]) -> float:
    return float(judged([held])["ends"])


if __name__ == "__main__":
    main()
