"""Reports for checks to judge: a candidate's and a champion's on the same documents."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.data.report import write_report
from sentinel.domain.digest import Json


def report(
    folder: Path, values: Sequence[float], *, name: str = "regression", docs: Sequence[str] | None = None,
    prompt: str = "p", told: Json = None, **columns: Sequence[object],
) -> EvalReport:  # fmt: skip
    """A report of one set, with a value for each document."""
    rows = pl.DataFrame(
        {
            "doc": list(docs) if docs is not None else [f"d{number:05}" for number in range(len(values))],
            "value": [float(value) for value in values],
            **{column: list(held) for column, held in columns.items()},
        }
    ).with_columns(set=pl.lit(name), prompt=pl.lit(prompt), task=pl.lit("t"), metric=pl.lit("accuracy"))
    sets: dict[str, Json] = {name: {"metric": "accuracy", "n": len(values), **(told or {})}}
    write_report(folder, "m" * 64, "classification", {}, sets, rows)
    return EvalReport("", folder)


def pair(folder: Path, wins: int, losses: int, n: int, **columns: Sequence[object]) -> tuple[EvalReport, EvalReport]:
    """A candidate and a champion that disagree on so many documents each way."""
    new = [1] * wins + [0] * losses + [1] * (n - wins - losses)
    old = [0] * wins + [1] * losses + [1] * (n - wins - losses)
    return report(folder / "new", new, **columns), report(folder / "old", old, **columns)  # type: ignore[arg-type]


LOOK = Look("promotion")
