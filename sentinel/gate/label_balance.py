"""Label balance: each class makes up about as much of the labels as in the sets that were accepted before."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.contract.registry import check
from sentinel.contract.scalars import Number, Share
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.datasets import percent, readable, some

NAME = "label_balance"


@check(NAME, comparative=True)
def label_balance(
    at: Look, dataset: Dataset, prior: Dataset | None, *, outside: Share = 0.1, js: Annotated[Number, Field(gt=0)] = 0.2
) -> Finding:
    """No class makes up a share of the labels that lies, beyond doubt, farther than `outside` from the range it has had
    in the datasets before; nor are all together farther than `js` from each of them.

    This function reads datasets; the rule itself is `evidence.balance`.
    """

    def look() -> Finding:
        from sentinel.data.dataset import Held, NotADataset
        from sentinel.evidence.balance import FEWEST, SURE, balance

        if prior is None:
            raise NotADataset("There is no dataset before this one to compare with.")
        now, before = Held(dataset.path).profile, Held(prior.path).profile
        if now.label is None:
            return Finding(NAME, "pass", "The rows have no label: there was none to look at.", {"label": None})
        found = balance(now.labels, [before.labels, *before.history], at.seed)
        told: list[Json] = [
            {"class": each.name, "share": each.share, "low": each.low, "high": each.high, "p": each.p}
            for each in found.classes
            if each.by
        ]
        evidence: dict[str, Json] = {
            "n": found.n, "sets": found.sets, "effect": found.effect, "p": found.p, "outside": told,
        }  # fmt: skip
        if not found.sets or found.n < FEWEST:
            what = f"There are {found.n} labels, and {found.sets} sets before that have enough; {FEWEST} are needed."
            return Finding(NAME, "inconclusive", what, evidence, "Label more rows.")
        far = [each for each in found.classes if each.by >= outside and each.p < SURE]
        if far or (found.effect >= js and found.p < SURE):
            worst = far or [each for each in found.classes if each.by][:3]
            says = some([f"`{o.name}` is {percent(o.share)}, and was {_range(o.low, o.high)}" for o in worst])
            todo = "Find out whether the world changed, or how it is labelled: a guideline, a filter, a flood."
            return Finding(NAME, "fail", f"The labels are not what they were: {says}.", evidence, todo)
        what = f"Each of {len(now.labels)} classes is within what {found.sets} sets before had, or near enough."
        return Finding(NAME, "pass", what, evidence)

    return readable(NAME, look)


def _range(low: float, high: float) -> str:
    return percent(low) if low == high else f"{percent(low)} to {percent(high)}"
