"""When runs are expected to start and to end, and how good such words have been."""

import math
from collections.abc import Sequence

from sentinel.domain.digest import Json
from sentinel.domain.policy.forecast import Foreseen, Span
from sentinel.ledger import Ledger
from sentinel.ledger.reads.times import Expected
from sentinel.supervisor.foresight import Told

JUDGED = 200
"""So many of the last words are judged."""


def expected_shape(told: Told, run: str) -> Json:
    """What is expected of a run: moments in ms by when half of all cases are there, and nine in ten; None: unknown."""
    foreseen = told.runs.get(run) or Foreseen(None, Span(), why=told.trouble or "it is far down the queue")
    start, end = foreseen.start or Span(), foreseen.end
    return {
        "start": start.middle, "start_bound": start.bound, "end": end.middle, "end_bound": end.bound,
        "why": foreseen.why,
        "steps": {key: {"end": span.middle, "end_bound": span.bound} for key, span in foreseen.steps.items()},
    }  # fmt: skip


def judged(ledger: Ledger) -> Json:
    """How good what was expected has been, of runs that have ended since."""
    held = [each for each in ledger.reads.expected(JUDGED) if each.end_middle is not None]
    if not held:
        return {"told": 0, "ended_within": None, "started_within": None, "off": None}
    return {
        "told": len(held),
        "ended_within": _share([each.end_bound is not None and each.ended_at <= each.end_bound for each in held]),
        "started_within": _share([each.started_at <= each.start_bound for each in held if each.when == "queued"
                                  and each.started_at is not None and each.start_bound is not None]),
        "off": _off(held),
    }  # fmt: skip


def _share(held: Sequence[bool]) -> float | None:
    return sum(held) / len(held) if held else None


def _off(held: Sequence[Expected]) -> float:
    """By how much half of the middles missed at the most, as a share of the time that it took."""
    misses = sorted(
        abs(math.expm1(math.log((max(0, each.end_middle - each.at) + 1000) / (each.ended_at - each.at + 1000))))
        for each in held
        if each.end_middle is not None
    )
    return misses[len(misses) // 2]
