"""Better: the candidate is better than the champion beyond doubt. What replaces a model that works must be a gain."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import both, compared, not_comparable, numbers, points

NAME = "better"


@check(NAME, comparative=True)
def better(
    at: Look, candidate: EvalReport, champion: EvalReport | None, *,
    set: Name, by: Annotated[Share, Field(lt=1)] = 0.0,
) -> Finding:  # fmt: skip
    """The candidate is better than the champion on a set, beyond doubt, by more than `by`."""
    from sentinel.data.report import NotComparable
    from sentinel.evidence.power import documents_to_win
    from sentinel.evidence.promotion import FAIL, PASS, gains

    try:
        new, old = both(candidate, champion, set)
    except NotComparable as why:
        return not_comparable(NAME, why)
    held = compared(new, old, at.alpha, at.seed)
    verdict = gains(held, by)
    needed = documents_to_win(held.disagreement, held.estimate - by, alpha=at.alpha)
    evidence = numbers(held, new, alpha=at.alpha, by=by, n_needed=needed)
    won = f"{points(held.estimate)} points on {held.n} documents"
    wanted = f"it has to be more than {points(by)}"
    if verdict == PASS:
        return Finding(NAME, verdict, f"It is better: {won}, at least {points(held.lower)}; {wanted}.", evidence)
    if verdict == FAIL:
        return Finding(NAME, verdict, f"It is no better: {won}, at most {points(held.upper)}; {wanted}.", evidence)
    what = f"Nobody can say that it is better: {won}, at least {points(held.lower)}; {wanted}."
    if needed is None or needed <= held.n:
        todo = "What it gains is too little to be told from chance: make a better one, or let the champion stay."
        return Finding(NAME, verdict, what, evidence, todo)
    evidence["n_more"] = needed - held.n
    todo = f"About {needed} documents of `{set}` tell, if it gains what it seems to: label {needed - held.n} more."
    return Finding(NAME, verdict, what, evidence, todo)
