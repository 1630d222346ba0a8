"""A canary that is watched at every outcome: what `paired` and `arms` make of the evidence of harm."""

import math

from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding

ALPHA = 0.05
"""For all looks together: this evidence may be looked at whenever one likes, and each look is paid for already."""


def watched(
    check: str, what: str, logs: list[float], n: int, guard: int, drop: float, told: dict[str, Json]
) -> Finding:
    """What a watch finds: harm as soon as the evidence shows it, nothing before the guard count, then a pass."""
    peak, enough = max([0.0, *logs]), math.log(1 / ALPHA)
    evidence: dict[str, Json] = {
        **told, "n": n, "guard": guard, "drop": drop, "alpha": ALPHA, "evidence": math.exp(min(peak, 50.0)),
        "enough": 1 / ALPHA,
    }  # fmt: skip
    share = f"{peak / enough:.0%} of the evidence that harm takes"
    if peak >= enough:
        at = next(number for number, log in enumerate(logs, 1) if log >= enough)
        evidence["at"] = at
        return Finding(check, "fail", f"It does harm: {what}. The evidence was there after {at} of {n}.", evidence,
                       "Take it out of traffic, and look at what it answers where it is wrong.")  # fmt: skip
    if n < guard:
        evidence["n_more"] = guard - n
        return Finding(check, "inconclusive", f"No harm so far, and too few to say so: {what}; {share}.", evidence,
                       f"{guard} outcomes are enough to see a drop of {100 * drop:g} points: wait for {guard - n} "
                       "more, or label them.")  # fmt: skip
    sees = f"a drop of {100 * drop:g} points would be seen four times of five"
    return Finding(check, "pass", f"No harm: {what}; {share}, and {sees}.", evidence)
