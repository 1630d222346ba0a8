"""Distribution: the rows look like those of the dataset before, as a whole and within each label."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.contract.registry import check
from sentinel.contract.scalars import Number, Text
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.datasets import readable, some

NAME = "distribution"
Floor = Annotated[Number, Field(gt=0)]


@check(NAME, comparative=True)
def distribution(
    at: Look, dataset: Dataset, prior: Dataset | None, *, psi: Floor = 0.25, js: Floor = 0.2, ks: Floor = 0.25,
    words: Floor = 0.2, features: tuple[Text, ...] = (),
) -> Finding:  # fmt: skip
    """No feature moved so far from the dataset before, less what chance shows and beyond doubt: `psi` and `ks` of
    numbers, `js` of values, `words` in so many more or fewer texts. What moved less is told; a field that is gone has
    moved. `features` names a few.

    This function reads datasets; the rule itself is `evidence.shift`.
    """

    def look() -> Finding:
        from sentinel.data.dataset import ROW, Held, NotADataset
        from sentinel.data.profile import profile
        from sentinel.evidence.shift import FEWEST, WARN, Floors, NotComparable, shift

        if prior is None:
            raise NotADataset("There is no dataset before this one to compare with.")
        held, reference = Held(dataset.path), Held(prior.path).profile
        skip = [ROW, *(name for name in held.schema.aside if name not in reference.fields)]
        now = profile(held.rows, reference, label=held.schema.label, skip=skip)
        try:
            found = shift(reference, now, list(features) or None, at.seed)
        except NotComparable as why:
            todo = "Name under `features` what the dataset before has."
            return Finding(NAME, "error", f"The two datasets cannot be compared: {why}", todo=todo)
        far, near = found.moved(Floors(psi, js, ks, words)), found.moved(WARN)
        told: list[Json] = [
            {"feature": each.feature, "label": each.label, "measure": each.measure, "effect": each.effect, "p": each.p,
             "says": each.says} for each in near
        ]  # fmt: skip
        evidence: dict[str, Json] = {
            "rows": list(found.rows), "looked": len(found.looked), "small": list(found.small), "moved": told,
            "missing": list(found.missing),
        }  # fmt: skip
        if found.is_small:
            what = f"{min(found.rows)} rows say nothing about a distribution; {FEWEST} are needed on either side."
            return Finding(NAME, "inconclusive", what, evidence, f"Gather {FEWEST - min(found.rows)} more rows.")
        if far:
            todo = "Find out what changed where the rows come from; where it is meant, let a person lift the bar."
            says = some([each.says for each in far])
            return Finding(NAME, "fail", f"Rows are not what they were: {says}.", evidence, todo)
        which = f" Some moved, by less than would stop it: {some([each.says for each in near])}." if near else ""
        what = f"Nothing of {len(found.looked)} measures moved too far.{which}"
        return Finding(NAME, "pass", what, evidence)

    return readable(NAME, look)
