"""The paired bootstrap's time beside scipy's BCa: the same documents, as many resamples, both in this process."""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from bench.figure import Figure, interleaved, tell
from sentinel.evidence.bootstrap import DRAWS, Numbers, limits, resampled
from sentinel.evidence.paired import BOOTSTRAP, difference

N = 2000
AT_ONCE = 1000
"""So many resamples scipy draws at once: all of them would take gigabytes, and longer."""


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    told = parser.parse_args(argv)
    tell(_figures(*((200, 500, 1) if told.tiny else (N, DRAWS, 9))))


def _figures(n: int, draws: int, rounds: int) -> Iterator[Figure]:
    chance = np.random.default_rng(1)
    right = [(chance.random(n) < rate).astype(float) for rate in (0.91, 0.90)]
    grades = [chance.integers(1, 6, n) / 5 for _ in range(2)]
    scores = [chance.random(n) for _ in range(2)]
    for what, (one, other), ours, at_most in (
        ("right or wrong", right, _resampled(*right, draws), 0.1),
        ("a judge's five grades", grades, _compared(*grades), 0.1),
        ("no two scores alike", scores, _compared(*scores), 0.1),
    ):
        taken = interleaved({"ours": _timed(ours), "scipy": _timed(_bca(one, other, draws))}, rounds, warm_up=1)
        yield Figure(
            f"limits of a paired difference, {n:,} documents, {draws:,} resamples: {what}", "ms", 1000 * taken["ours"],
            "scipy's BCa, paired", 1000 * taken["scipy"], at_most, where="in one process, on one core",
        )  # fmt: skip


def _compared(candidate: Numbers, champion: Numbers) -> Callable[[], object]:
    """The whole comparison, as a gate makes it."""

    def act() -> object:
        held = difference(candidate, champion)
        assert held.how == BOOTSTRAP
        return held

    return act


def _resampled(candidate: Numbers, champion: Numbers, draws: int) -> Callable[[], object]:
    """The bootstrap alone: where documents are right or wrong and weigh alike, a gate has limits that need none."""
    gaps = candidate - champion
    return lambda: limits(resampled(gaps, np.ones(len(gaps)), 1, draws), 0.05)


def _bca(candidate: Numbers, champion: Numbers, draws: int) -> Callable[[], object]:
    def gap(one: Numbers, other: Numbers, axis: int) -> Numbers:
        return np.asarray((one - other).mean(axis=axis))

    return lambda: stats.bootstrap(
        (candidate, champion), gap, n_resamples=draws, batch=AT_ONCE, vectorized=True, paired=True, method="BCa",
        confidence_level=0.9, rng=np.random.default_rng(1),
    )  # fmt: skip


def _timed(act: Callable[[], object]) -> Callable[[], float]:
    """The seconds that it takes."""

    def way() -> float:
        begun = time.perf_counter()
        act()
        return time.perf_counter() - begun

    return way


if __name__ == "__main__":
    main()
