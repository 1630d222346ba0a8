"""No worse by a margin: what `no_regression` asks of the champion, and `release` of the anchor too."""

from typing import TYPE_CHECKING

from sentinel.contract.at import Look
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import compared, numbers, points

if TYPE_CHECKING:
    from sentinel.data.report import Documents
    from sentinel.evidence.paired import Difference


def within_margin(check: str, at: Look, new: "Documents", old: "Documents", margin: float) -> Finding:
    """What a check finds that asks whether one model is no worse than another by a margin, beyond doubt."""
    from sentinel.evidence.promotion import INCONCLUSIVE, is_worse_within, no_worse

    held = compared(new, old, at.alpha, at.seed)
    verdict = no_worse(held, margin)
    more, todo = more_documents(held, margin, at.alpha, new.set)
    evidence = numbers(held, new, margin=margin, alpha=at.alpha, **more)
    beyond = f"{points(held.estimate)} points on {held.n} documents, at least {points(held.lower)}"
    limit = f"the margin is {points(-margin)}"
    if is_worse_within(held, margin):
        return Finding(check, verdict, f"It is worse, within the margin: {beyond}; {limit}.", evidence)
    if verdict == INCONCLUSIVE:
        return Finding(check, verdict, f"It may be worse by more than the margin: {beyond}; {limit}.", evidence, todo)
    if verdict == "fail":
        return Finding(check, verdict, f"It is worse: {points(held.estimate)} points on {held.n} documents, at most "
                       f"{points(held.upper)}.", evidence)  # fmt: skip
    return Finding(check, verdict, f"It is no worse: {beyond}; {limit}.", evidence)


def more_documents(held: "Difference", margin: float, alpha: float, name: str) -> tuple[dict[str, Json], str]:
    """How many documents would tell where these do not: in numbers, and as the next act."""
    from sentinel.evidence.power import documents_needed

    needed = documents_needed(held.disagreement, margin, alpha=alpha)
    cautious = documents_needed(held.disagreement, margin, true=-margin / 2, alpha=alpha)
    told: dict[str, Json] = {"n_needed": needed, "n_needed_if_worse": cautious}
    for wanted, where in ((needed, "the two are as good as each other"), (cautious, "it is worse by half the margin")):
        if wanted is not None and wanted > held.n:
            todo = f"About {wanted} documents of `{name}` tell, if {where}: label {wanted - held.n} more."
            return {**told, "n_more": wanted - held.n}, todo
    todo = f"It lies so near the margin that {held.n} documents do not tell: label as many again, or make a better one."
    return {**told, "n_more": held.n}, todo
