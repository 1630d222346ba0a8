"""Leakage: nothing that trains is, or nearly is, what judges. Looked for anew: the sides' own word is not enough."""

from typing import TYPE_CHECKING

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.contract.registry import check
from sentinel.contract.scalars import Share
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.datasets import AGAIN, percent, readable

if TYPE_CHECKING:
    import polars as pl

    from sentinel.data.dataset import Held

NAME = "leakage"


@check(NAME)
def leakage(at: Look, dataset: Dataset, sets: list[Dataset] | None, *, near: Share = 0.01) -> Finding:
    """Every row has one side; no row of the train side is on the gate side or in one of the `sets`, and at most `near`
    of those that judge are nearly the same as one that trains.
    """

    def look() -> Finding:
        import polars as pl

        from sentinel.data.dataset import Held

        held = Held(dataset.path)
        rows = _said(held).unique("row", keep="first", maintain_order=True)
        sides = held.sides.filter(pl.col("here"))
        sided = rows.join(sides.select("row", "side"), on="row", how="left", maintain_order="left")
        without = int(sided["side"].is_null().sum())
        if without or len(sides) != sides["row"].n_unique() or len(sides) != len(rows):
            what = f"{without} rows have no side, of {len(rows)}; {len(sides)} sides are told."
            return Finding(NAME, "error", what, {"without": without}, AGAIN)
        split = sides.group_by("key").agg(pl.col("side").n_unique()).filter(pl.col("side") > 1)
        train = sided.filter(pl.col("side") == "train")
        judging = [sided.filter(pl.col("side") == "gate").select("row", "text")]
        judging += [
            _said(Held(each.path)).filter(~pl.col("row").is_in(judging[0]["row"].implode())) for each in sets or ()
        ]
        gate = pl.concat(judging).unique("row", keep="first", maintain_order=True)
        same = int(gate["row"].is_in(train["row"].implode()).sum())
        close = _close(train, gate)
        share = close / len(gate) if len(gate) else 0.0
        evidence: dict[str, Json] = {
            "train": len(train), "judging": len(gate), "same": same, "near": close, "split": len(split),
            "sets": len(sets or ()),
        }  # fmt: skip
        if split.height or same:
            what = f"{same} rows that train are in what judges, and {split.height} groups lie on both sides."
            return Finding(NAME, "fail", what, evidence, "Leave the rows of every set out of what trains.")
        if share > near:
            what = (
                f"{percent(share)} of the {len(gate)} rows that judge are nearly the same as one that trains, and at "
            )
            what += f"most {percent(near)} may be."
            return Finding(
                NAME, "fail", what, evidence, "Make the dataset after the one before it, so that sides hold on."
            )
        what = f"Of {len(gate)} rows that judge none trains, and {close} are nearly the same as one that does."
        return Finding(NAME, "pass", what, evidence)

    return readable(NAME, look)


def _said(held: "Held") -> "pl.DataFrame":
    from sentinel.data.dataset import ROW

    rows = held.columns([ROW, *held.schema.texts])
    return rows.select(row=ROW).with_columns(held.texts(rows).alias("text"))


def _close(train: "pl.DataFrame", gate: "pl.DataFrame") -> int:
    """How many rows that judge are nearly the same as one that trains."""
    from sentinel.data.sides import alike, drawn

    held = drawn([*train["text"], *gate["text"]])
    return len({other for one, other in alike(held) if one < len(train) <= other})
