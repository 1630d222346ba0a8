"""Slices: no part of a set is worse beyond doubt, however good the whole is. A veto: it fails, or it stays silent."""

from collections import Counter

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import both, named, not_comparable

NAME = "slices"


@check(NAME, comparative=True)
def slices(at: Look, candidate: EvalReport, champion: EvalReport | None, *, set: Name) -> Finding:
    """No slice of a set is worse beyond doubt, each look paid for; slices with few rows are looked at together."""
    from sentinel.data.report import NotComparable
    from sentinel.evidence.promotion import Slice, veto

    try:
        new, old = both(candidate, champion, set)
    except NotComparable as why:
        return not_comparable(NAME, why)
    gaps = new.values - old.values
    rows = [(name, gap) for name, gap in zip(new.slices, gaps, strict=True) if name]
    if not rows:
        return Finding(NAME, "pass", f"No document of `{set}` is in a slice: there was none to look at.", {"set": set})
    n = Counter(name for name, _ in rows)
    wins = Counter(name for name, gap in rows if gap > 0)
    losses = Counter(name for name, gap in rows if gap < 0)
    held = veto([Slice(name, n[name], wins[name], losses[name]) for name in sorted(n)], at.alpha)
    worse: list[Json] = [
        {"slice": each.name, "n": each.n, "wins": each.wins, "losses": each.losses} for each in held.worse
    ]
    evidence: dict[str, Json] = {
        "set": set, "documents": new.digest, "slices": len(n), "asked": held.asked, "small": held.small, "worse": worse,
    }  # fmt: skip
    if held.worse:
        first = held.worse[0]
        which = named([each.name for each in held.worse])
        lost = f"of {first.n} documents {first.losses} were lost and {first.wins} won"
        what = f"{which} of {len(n)} slices are worse: in `{first.name}`, {lost}."
        return Finding(
            NAME, "fail", what, evidence, "Give the next candidate more rows of it, or take it from this model."
        )
    if not held.asked:
        what = f"No slice of `{set}` has rows enough to be asked, nor have all {len(n)} together."
        return Finding(NAME, "pass", what, evidence)
    few = (
        f" There are not enough rows in {held.small} of {len(n)} slices; together they were asked."
        if held.small
        else ""
    )
    return Finding(NAME, "pass", f"No slice of `{set}` is worse beyond doubt, of {held.asked} asked.{few}", evidence)
