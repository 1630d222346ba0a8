"""Duplicates: few rows say what others say, no one thing is said by many, and no text has two labels."""

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.contract.registry import check
from sentinel.contract.scalars import Share
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.datasets import percent, readable, some

NAME = "duplicates"


@check(NAME)
def duplicates(
    at: Look, dataset: Dataset, *, exact: Share = 0.1, near: Share = 0.3, largest: Share = 0.05,
    contradicting: Share = 0.02,
) -> Finding:  # fmt: skip
    """At most so large a share of rows repeats another word for word (`exact`) or nearly (`near`, those counted too);
    no one thing is said by more than `largest`, as in a flood; and few rows contradict one that says the same.
    """

    def look() -> Finding:
        import polars as pl

        from sentinel.data.dataset import ROW, Held

        held = Held(dataset.path)
        label = held.schema.label
        rows = held.columns([ROW, *([label] if label is not None else [])]).rename({ROW: "row"})
        n = len(rows)
        if not n:
            return Finding(NAME, "error", "The dataset has no rows.")
        sides = held.sides.filter(pl.col("here")).select("row", "unit", "key", "by")
        same = n - rows["row"].n_unique()
        joined = rows.join(sides, on="row", how="left")
        alike = joined.filter(pl.col("by") != "group")
        close = len(alike) - alike["key"].n_unique()
        mass = held.profile.masses[0] if held.profile.masses else None
        against = 0
        if label is not None:
            told = rows.filter(pl.col(label).is_not_null()).group_by("row").agg(pl.col(label).n_unique(), pl.len())
            against = int(told.filter(pl.col(label) > 1)["len"].sum() or 0)
        evidence: dict[str, Json] = {
            "rows": n, "exact": same / n, "near": close / n, "contradicting": against / n,
            "masses": [{"rows": each.rows, "says": each.says} for each in held.profile.masses],
        }  # fmt: skip
        found = []
        if mass is not None and mass.rows / n > largest:
            found.append(f"{percent(mass.rows / n)} of rows say nearly the same, “{mass.says}”")
        for share, most, what in (
            (same / n, exact, "repeat another word for word"),
            (close / n, near, "repeat another, or nearly"),
            (against / n, contradicting, "have another label than rows that say the same"),
        ):
            if share > most:
                found.append(f"{percent(share)} of rows {what}, and at most {percent(most)} may")
        if found:
            todo = "Find out where they come from, and leave out what no person wrote."
            return Finding(NAME, "fail", f"{some(found)}.", evidence, todo)
        what = f"Of {n} rows, {percent(same / n)} repeat another word for word, {percent(close / n)} at least nearly."
        return Finding(NAME, "pass", what, evidence)

    return readable(NAME, look)
