"""Arms: a canary whose outcomes score only the arm that served them, watched for harm as the outcomes settle."""

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import points
from sentinel.gate.paired import Drop
from sentinel.gate.watched import watched

NAME = "arms"


@check(NAME, reads=("baseline",))
def arms(at: Look, candidate: EvalReport, *, set: Name = "canary", drop: Drop = 0.06) -> Finding:
    """No evidence that the canary's arm does worse than the champion's, on so many outcomes that a `drop` would have
    shown; for labels that depend on the answer served, so that each scores only the arm that gave it.

    This function reads the blocks of outcomes that a report tells of both arms; the evidence is `evidence.harm.Arms`.
    """
    from sentinel.data.report import NotComparable
    from sentinel.data.report import arms as arms_of
    from sentinel.evidence.harm import Arms, Block
    from sentinel.evidence.power import arm_guard

    try:
        blocks = [Block(*each) for each in arms_of(candidate.path, set) if each[1] and each[3]]
    except NotComparable as why:
        return Finding(NAME, "error", str(why), todo="Have the report tell the outcomes of both arms.")
    if not blocks:
        what = f"One of the arms on `{set}` has had no outcome, so there is nothing to compare."
        return Finding(NAME, "error", what, todo="Wait until both arms have been answered for.")
    right, seen = sum(each.champion_right for each in blocks), sum(each.champion for each in blocks)
    canary_right, canary = sum(each.canary_right for each in blocks), sum(each.canary for each in blocks)
    known, n = _known(at.reads, set)
    held, logs = Arms(right=known, seen=n), []
    for block in blocks:
        held = held.after(block)
        logs += [held.log] * block.canary
    rate = (right + 1) / (seen + 2)
    guard = arm_guard(rate, min(drop, rate / 2), canary / (canary + seen))
    told: dict[str, Json] = {"set": set, "champion": right / seen, "canary": canary_right / canary,
                             "estimate": canary_right / canary - right / seen, "of_champion": seen}  # fmt: skip
    gap = points(canary_right / canary - right / seen)
    what = f"{gap} points, {canary_right / canary:.3f} of {canary} outcomes against {right / seen:.3f} of {seen}"
    return watched(NAME, what, logs, canary, guard, drop, told)


def _known(reads: Json, name: str) -> tuple[int, int]:
    """What was known of the champion before: it makes the weights apt, and never unfair."""
    held = next(iter((((reads or {}).get("baseline") or {}).get(name) or {}).values()), None) or {}
    if not held.get("rate"):
        return 0, 0
    return round(held["rate"] * held["rows"]), round(held["rows"])
