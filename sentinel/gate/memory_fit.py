"""Memory fit: the peak of a training, as it is reckoned or was measured, lies below what its step may take."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Preflight
from sentinel.contract.registry import check
from sentinel.contract.scalars import Share, Size
from sentinel.domain.digest import Json
from sentinel.domain.preflight import MEMORY, Point
from sentinel.domain.verdict import Finding
from sentinel.gate.preflights import on

NAME = "memory_fit"
_MIB = 2**20


@check(NAME)
def memory_fit(
    at: Look, preflight: Preflight, *, margin: Annotated[Share, Field(lt=0.9)] = 0.1, memory: Size | None = None
) -> Finding:  # fmt: skip
    """The peak leaves `margin` of what the preflight's step was allowed, or of `memory` where the training's step is
    allowed something else. What was measured by a probe counts where it is more than the estimate.
    """

    def judge(points: Sequence[Point]) -> Finding:
        figures = points[0].figures
        estimate, measured = int(figures["estimate"]), figures.get("measured_mib")
        allowed = memory if memory is not None else int(figures["allowed"])
        peak = max(estimate, (measured or 0) * _MIB)
        evidence: dict[str, Json] = {
            "estimate": estimate, "measured_mib": measured, "allowed": allowed, "margin": margin,
            "parts": figures.get("parts"),
        }  # fmt: skip
        how = "as measured" if peak > estimate else "as reckoned"
        what = f"At its peak the training takes {peak // _MIB} MiB, {how}, of {allowed // _MIB} MiB"
        if peak > allowed * (1 - margin):
            wanted = -(-round(peak / (1 - margin)) // _MIB)
            todo = points[0].todo or f"Give the training `needs: {{memory: {wanted}MiB}}`, or a smaller `batch`."
            return Finding(NAME, "fail", f"{what}; {100 * margin:.3g} % have to be left.", evidence, todo)
        return Finding(NAME, "pass", f"{what}.", evidence)

    return on(NAME, preflight, MEMORY, judge)
