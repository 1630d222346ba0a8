"""How a promise is held against what was counted: chance may excuse a little, and only so much."""

from sentinel.evidence.level import share

SURE = 0.01


def at_most(hits: int, times: int, promise: float) -> bool:
    """Whether so many of so many is no proof, at 99 %, that the rate exceeds the promise."""
    return share(hits, times, SURE).lower <= promise


def at_least(hits: int, times: int, promise: float) -> bool:
    """Whether so many of so many is no proof, at 99 %, that the rate falls short of the promise."""
    return share(hits, times, SURE).upper >= promise


def most(times: int, promise: float) -> float:
    """The highest share of so many that `at_most` lets pass."""
    return max(hits for hits in range(times + 1) if at_most(hits, times, promise)) / times


def least(times: int, promise: float) -> float:
    """The lowest share of so many that `at_least` lets pass."""
    return min(hits for hits in range(times + 1) if at_least(hits, times, promise)) / times
