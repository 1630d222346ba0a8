"""Data-diff: what moved from some rows to others, in words and in numbers."""

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Text
from sentinel.domain.digest import Json
from sentinel.domain.profile import Profile
from sentinel.domain.refusal import refuse
from sentinel.step.data_profile import answered, looked


@step("data-diff", reads=("world",), distributions=("polars", "numpy"))
def data_diff(
    at: At, one: Dataset | None, other: Dataset | None, *, one_path: Text | None = None, other_path: Text | None = None
) -> RawSnapshot:
    """Tells what moved from the rows of one dataset or file to those of another, by the two conditions of the check
    distribution; which fields and labels came and went, and how many rows are in both.

    This function writes `answer.json`, which `sentinel data diff` shows.
    """
    from sentinel.data.dataset import NotADataset
    from sentinel.data.rows import NotRows
    from sentinel.evidence.shift import BLOCK, FEWEST, WARN, NotComparable, shift

    try:
        before, after = looked(at, one, one_path), looked(at, other, other_path)
        now = after.against(before.profile)
        fields, there = before.schema.fields, after.schema.fields
        changed = [[name, kind, there[name]] for name, kind in fields.items() if there.get(name, kind) != kind]
        told: dict[str, Json] = {
            "rows": [before.profile.rows, now.rows], "common": len(before.digests & after.digests),
            "gone": [name for name in fields if name not in there],
            "new": [name for name in there if name not in fields], "changed": changed,
            "labels": _labels(before.profile, now), "fewest": FEWEST,
        }  # fmt: skip
        try:
            found = shift(before.profile, now, None, at.seed)
        except NotComparable as why:
            return answered(at, {**told, "looked": 0, "small": [], "moved": [], "why": str(why)})
    except (NotRows, NotADataset) as error:
        todo = "Name two datasets, or two files of rows."
        raise refuse("E-rows", str(error), where=at.step, todo=todo) from error
    told["looked"], told["small"], told["why"] = len(found.looked), list(found.small), ""
    told["moved"] = [
        {"feature": each.feature, "label": each.label, "measure": each.measure, "effect": each.effect, "p": each.p,
         "says": each.says, "far": each.reaches(BLOCK)} for each in found.moved(WARN)
    ]  # fmt: skip
    if found.is_small:
        told["why"] = f"{min(found.rows)} rows say nothing about what moved; {FEWEST} are needed on either side."
    return answered(at, told)


def _labels(before: Profile, now: Profile) -> Json:
    """Each label with its share of the labelled rows then and now, the one that moved the most first."""
    totals = [max(1, sum(held.labels.values())) for held in (before, now)]
    shares = [
        (name, before.labels.get(name, 0) / totals[0], now.labels.get(name, 0) / totals[1])
        for name in {**before.labels, **now.labels}
    ]
    ranked = sorted(shares, key=lambda each: (-abs(each[2] - each[1]), each[0]))
    return [{"label": name, "one": one, "other": other} for name, one, other in ranked]
