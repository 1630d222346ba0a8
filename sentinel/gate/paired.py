"""Paired: a canary whose every outcome scores the champion too, watched for harm as the outcomes settle."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import both, not_comparable, points
from sentinel.gate.watched import watched

if TYPE_CHECKING:
    from sentinel.data.report import Documents

NAME = "paired"
Drop = Annotated[Share, Field(gt=0, lt=1)]


@check(NAME, comparative=True)
def paired(
    at: Look, candidate: EvalReport, champion: EvalReport | None, *, set: Name = "canary", drop: Drop = 0.06
) -> Finding:
    """No evidence that the candidate does harm, on so many outcomes that a `drop` would have shown; for labels that do
    not depend on the answer served, so that each scores both.

    This function reads reports, whose documents stand in the order in which their outcomes settled; the evidence is
    `evidence.harm.Paired`.
    """
    from sentinel.data.report import NotComparable
    from sentinel.evidence.harm import Paired
    from sentinel.evidence.power import paired_guard

    try:
        new, old = both(candidate, champion, set)
    except NotComparable as why:
        return not_comparable(NAME, why)
    gaps = _settled(new, old)
    held, logs = Paired(), []
    for gap in gaps:
        held = held.after(gap)
        logs.append(held.log)
    n = len(gaps)
    guard = paired_guard((held.wins + held.losses) / n, drop)
    estimate = float((new.values - old.values).mean())
    told = {"set": set, "documents": new.digest, "metric": new.metric, "estimate": estimate, "wins": held.wins,
            "losses": held.losses}  # fmt: skip
    what = f"{points(estimate)} points on {n} outcomes, {held.wins} won and {held.losses} lost"
    return watched(NAME, what, logs, n, guard, drop, told)


def _settled(new: "Documents", old: "Documents") -> list[float]:
    """What each outcome, or each group of them, won or lost, at most 1 either way, as they settled."""
    weights, groups = new.weights, new.groups
    heaviest = float(weights.max()) if weights is not None else 1.0
    gaps: dict[int, list[float]] = {}
    for place in new.order:
        weight = float(weights[place]) / heaviest if weights is not None else 1.0
        own = int(groups[place]) if groups is not None else int(place)
        gaps.setdefault(own, []).append(weight * float(new.values[place] - old.values[place]))
    return [sum(held) / len(held) for held in gaps.values()]
