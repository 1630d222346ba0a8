"""No regression: the candidate is no worse than the champion by the margin, on the same documents."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import both, compared, not_comparable, numbers, points

if TYPE_CHECKING:
    from sentinel.evidence.paired import Difference

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
    if rule == PLAIN:
        return _plain(set, margin, compared(new, old, at.alpha / 2, at.seed), new.metric)
    from sentinel.evidence.power import documents_needed
    from sentinel.evidence.promotion import INCONCLUSIVE, is_worse_within, no_worse

    held = compared(new, old, at.alpha, at.seed)
    verdict = no_worse(held, margin)
    needed = documents_needed(held.disagreement, margin, alpha=at.alpha)
    cautious = documents_needed(held.disagreement, margin, true=-margin / 2, alpha=at.alpha)
    evidence = numbers(
        held, set, new.metric, margin=margin, alpha=at.alpha, n_needed=needed, n_needed_if_worse=cautious
    )
    beyond = f"{points(held.estimate)} points on {held.n} documents, at least {points(held.lower)}"
    limit = f"the margin is {points(-margin)}"
    if is_worse_within(held, margin):
        return Finding(NAME, verdict, f"It is worse, within the margin: {beyond}; {limit}.", evidence)
    if verdict == INCONCLUSIVE:
        sentence = f"It may be worse by more than the margin: {beyond}; {limit}."
        return Finding(NAME, verdict, sentence, evidence, _next(held.n, needed, cautious, set))
    if verdict == "fail":
        return Finding(NAME, verdict, f"It is worse: {points(held.estimate)} points on {held.n} documents, at most "
                       f"{points(held.upper)}.", evidence)  # fmt: skip
    return Finding(NAME, verdict, f"It is no worse: {beyond}; {limit}.", evidence)


def _next(n: int, needed: int | None, cautious: int | None, name: str) -> str:
    """How many more documents would tell, from what is there."""
    for wanted, where in ((needed, "the two are as good as each other"), (cautious, "it is worse by half the margin")):
        if wanted is not None and wanted > n:
            return f"About {wanted} documents of `{name}` tell, if {where}: label {wanted - n} more."
    return f"It lies so near the margin that {n} documents do not tell: label as many again, or make a better one."


def _plain(name: str, margin: float, held: "Difference", metric: str) -> Finding:
    from sentinel.evidence.promotion import crosses_zero, crossing_lets_through

    verdict = crosses_zero(held)
    through = crossing_lets_through(held.n, held.disagreement, margin)
    evidence = numbers(held, name, metric, margin=margin, rule=PLAIN, lets_through=through)
    interval = f"{points(held.lower)} to {points(held.upper)} points on {held.n} documents"
    warns = f"This rule would pass a model that is {points(-margin)} points off {through:.0%} of the time."
    says = "The interval lies below zero" if verdict == "fail" else "The interval does not lie below zero"
    return Finding(NAME, verdict, f"{says}: {interval}. {warns}", evidence)
