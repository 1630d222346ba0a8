"""No regression: the candidate is no worse than the champion by the margin, on the same documents."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import both, compared, not_comparable, numbers, points
from sentinel.gate.margin import within_margin

if TYPE_CHECKING:
    from sentinel.data.report import Documents

NAME = "no_regression"
PLAIN = "interval-crosses-zero"
Rule = Literal["no-worse-by-margin", "interval-crosses-zero"]


@check(NAME, comparative=True)
def no_regression(
    at: Look, candidate: EvalReport, champion: EvalReport | None, *,
    set: Name, margin: Annotated[Share, Field(gt=0)] = 0.02, rule: Rule = "no-worse-by-margin",
) -> Finding:  # fmt: skip
    """The candidate is no worse than the champion by `margin`, beyond doubt, document by document of a set.

    This function reads reports; the rule itself is `evidence.promotion.no_worse`.
    """
    from sentinel.data.report import NotComparable

    try:
        new, old = both(candidate, champion, set)
    except NotComparable as why:
        return not_comparable(NAME, why)
    return _plain(at, new, old, margin) if rule == PLAIN else within_margin(NAME, at, new, old, margin)


def _plain(at: Look, new: "Documents", old: "Documents", margin: float) -> Finding:
    from sentinel.evidence.promotion import crosses_zero, crossing_lets_through

    held = compared(new, old, at.alpha / 2, at.seed)
    verdict = crosses_zero(held)
    through = crossing_lets_through(held.n, held.disagreement, margin)
    evidence = numbers(held, new, margin=margin, rule=PLAIN, lets_through=through)
    interval = f"{points(held.lower)} to {points(held.upper)} points on {held.n} documents"
    warns = f"This rule would pass a model that is {points(-margin)} points off {through:.0%} of the time."
    says = "The interval lies below zero" if verdict == "fail" else "The interval does not lie below zero"
    return Finding(NAME, verdict, f"{says}: {interval}. {warns}", evidence)
