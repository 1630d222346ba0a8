"""Disk: what a training writes has room, with room to spare."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Preflight
from sentinel.contract.registry import check
from sentinel.contract.scalars import Number, Size
from sentinel.domain.digest import Json
from sentinel.domain.preflight import DISK, Point
from sentinel.domain.verdict import Finding
from sentinel.gate.preflights import on

NAME = "disk"
_GIB = 2**30


@check(NAME)
def disk(
    at: Look, preflight: Preflight, *, times: Annotated[Number, Field(ge=1)] = 1.5, free: Size = 2**30
) -> Finding:  # fmt: skip
    """So many `times` of what the training writes were free when preflight looked, and `free` beyond it."""

    def judge(points: Sequence[Point]) -> Finding:
        needed, there = (int(points[0].figures.get(name) or 0) for name in ("needed", "free_gib"))
        wanted = max(times * needed, needed + free)
        evidence: dict[str, Json] = {"needed": needed, "free_gib": there, "wanted": round(wanted)}
        what = f"The training writes {needed / _GIB:.1f} GiB, and {there} GiB are free"
        # what is free is known in whole GiB, rounded down
        if (there + 1) * _GIB <= wanted:
            todo = "Run `sentinel gc`, or give the state a larger disk."
            return Finding(NAME, "fail", f"{what}; {wanted / _GIB:.1f} GiB have to be.", evidence, todo)
        return Finding(NAME, "pass", f"{what}.", evidence)

    return on(NAME, preflight, DISK, judge)
