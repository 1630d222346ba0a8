"""Sample ratio: the sides of a dataset, or the arms of a canary, got the shares that they should have got."""

import json

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset, EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Share, Text
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.datasets import line_of, percent, readable

NAME = "sample_ratio"
SURE = 0.001
HOLD = 0.2
"""The gate's share, where the line does not say otherwise."""


@check(NAME)
def sample_ratio(
    at: Look, dataset: Dataset | None, candidate: EvalReport | None, *, shares: dict[Text, Share] | None = None
) -> Finding:
    """The counts of each side, or arm, are such as chance gives where the shares are what they should be: else nothing
    that was learned from them can be trusted, and the verdict is error.

    A dataset's sides are held against the line's `hold`, a unit (row or group, with all that are nearly the same)
    counting once. A report's arms are told in its settings, `arms: {counts: …, shares: …}`. `shares` overrides either.
    """

    def look() -> Finding:
        found = _sides(at, dataset) if dataset is not None else _arms(candidate)
        if found is None:
            what = "Nothing tells how many each side or arm got."
            return Finding(NAME, "error", what, todo="Bind a dataset, or a report with `arms` in its settings.")
        counts, wanted = found
        return _judged(counts, shares if shares is not None else wanted)

    return readable(NAME, look)


def _judged(counts: dict[str, int], shares: dict[str, float]) -> Finding:
    import numpy as np

    from sentinel.evidence.distances import as_expected

    evidence: dict[str, Json] = {"counts": counts, "shares": shares}
    total = sum(shares.values())
    strange = sorted(name for name, count in counts.items() if count and not shares.get(name))
    if strange or not total:
        what = f"`{strange[0]}` got {counts[strange[0]]}, and should get none." if strange else "No shares are told."
        return Finding(NAME, "error", what, evidence, "Say in `shares` what each should get.")
    names = [name for name, share in shares.items() if share]
    n = sum(counts.values())
    if not n:
        return Finding(NAME, "error", "There is nothing to count.", evidence)
    p = as_expected(np.array([counts.get(name, 0) for name in names]), np.array([shares[name] for name in names]))
    evidence["p"] = p
    told = ", ".join(
        f"`{name}` {percent(counts.get(name, 0) / n)} (of {percent(shares[name] / total)})" for name in names
    )
    if p < SURE:
        what = f"The shares are not what they should be, by {n} counted: {told}."
        return Finding(NAME, "error", what, evidence, "Mend what deals out sides or arms, and gather anew.")
    return Finding(NAME, "pass", f"The shares are such as chance gives, by {n} counted: {told}.", evidence)


def _sides(at: Look, dataset: Dataset) -> tuple[dict[str, int], dict[str, float]] | None:
    import polars as pl

    from sentinel.data.dataset import Held
    from sentinel.data.sides import JUDGES

    # whatever follows another is no draw of its own, and a line's sets are no draw at all
    sides = Held(dataset.path).sides
    judging = sides.filter(pl.col("by") == JUDGES)["key"].unique()
    keys = sides.filter(~pl.col("key").is_in(judging.implode())).unique("key")
    counts = {str(side): int(n) for side, n in keys["side"].value_counts().iter_rows()}
    hold = line_of(at).get("hold", HOLD)
    return counts, {"train": 1 - hold, "gate": hold}


def _arms(candidate: EvalReport | None) -> tuple[dict[str, int], dict[str, float]] | None:
    if candidate is None:
        return None
    settings = json.loads((candidate.path / "report.json").read_bytes()).get("settings")
    arms = settings.get("arms") if isinstance(settings, dict) else None
    if not isinstance(arms, dict) or not isinstance(arms.get("counts"), dict):
        return None
    return dict(arms["counts"]), dict(arms.get("shares") or {})
