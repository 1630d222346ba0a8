"""How a promise is held against what was counted: chance may excuse a little, and only so much."""

from sentinel.evidence.level import share

SURE = 0.01


def at_most(hits: int, times: int, promise: float) -> bool:
    """Whether so many of so many is no proof, at 99 %, that the rate exceeds the promise."""
    return share(hits, times, SURE).lower <= promise


def at_least(hits: int, times: int, promise: float) -> bool:
    """Whether so many of so many is no proof, at 99 %, that the rate falls short of the promise."""
    return share(hits, times, SURE).upper >= promise
