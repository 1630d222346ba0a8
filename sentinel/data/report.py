"""Evaluation reports: how a model did on each document of its sets, written once and compared document by document.

`report.json` holds the model, the task, the settings and the sets; `documents.parquet` a row for each time that a
document was asked. The questions a set asks are known by three digests: of the document, the prompt and the task;
`chance` is how likely the model took its answer to be, where it tells. The documents of a set that comes from outcomes
stand in the order in which those settled; where such a set was answered by two arms, `report.json` tells of it `arms`,
blocks of outcomes in that order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sentinel.domain.digest import Json, digest_of

REPORT, DOCUMENTS = "report.json", "documents.parquet"
SCHEMA: dict[str, Any] = {
    "set": pl.String, "doc": pl.String, "prompt": pl.String, "task": pl.String, "repeat": pl.Int32, "metric": pl.String,
    "value": pl.Float64, "weight": pl.Float64, "group": pl.String, "slice": pl.String, "truth": pl.String,
    "answer": pl.String, "text": pl.String, "chance": pl.Float64,
}  # fmt: skip
_QUESTION = ("doc", "prompt", "task")


class NotComparable(Exception):
    """A report does not hold what it is asked for, or two reports do not answer the same questions."""


@dataclass(frozen=True, slots=True)
class Documents:
    """One set of one report: an entry for each document, in the order of their digests."""

    set: str
    metric: str
    rows: pl.DataFrame
    """doc, prompt, task, value (the mean of its repeats), weight, group, slice, and at which place it came."""
    asked: pl.DataFrame
    """Each time that a document was asked: doc, prompt, task, repeat, value."""
    sampled: bool
    repeats: int

    @property
    def values(self) -> NDArray[np.float64]:
        """How well each document went."""
        return self.rows["value"].to_numpy()

    @property
    def weights(self) -> NDArray[np.float64] | None:
        """What each document counts for; None where each counts the same."""
        held = self.rows["weight"].to_numpy()
        return None if bool((held == held[0]).all()) else held

    @property
    def groups(self) -> NDArray[np.int64] | None:
        """Which documents belong together, as numbers; None where each stands alone."""
        if self.rows["group"].null_count() == len(self.rows):
            return None
        alone = pl.concat_str([pl.lit("\0"), *_QUESTION])
        named = self.rows.select(pl.coalesce("group", alone).rank("dense").cast(pl.Int64))
        return named.to_series().to_numpy()

    @property
    def order(self) -> NDArray[np.int64]:
        """The documents in the order in which the report holds them."""
        return self.rows["place"].arg_sort().to_numpy().astype(np.int64)

    @property
    def digest(self) -> str:
        """The name of these documents, whoever answered them and how."""
        return digest_of(sorted(set(self.rows["doc"].to_list())))

    @property
    def slices(self) -> list[str]:
        """Which slice each document is in; no name where in none."""
        return self.rows["slice"].fill_null("").to_list()


def write_report(
    folder: Path, model: str, task: str, settings: Json, sets: Mapping[str, Json], rows: pl.DataFrame
) -> None:
    """Write a report's two files; columns that are missing are empty."""
    folder.mkdir(exist_ok=True)
    told = {"version": 1, "model": model, "task": task, "settings": settings, "sets": dict(sets)}
    (folder / REPORT).write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    usual = {"repeat": 0, "weight": 1.0}
    lacking = [pl.lit(usual.get(name), kind).alias(name) for name, kind in SCHEMA.items() if name not in rows.columns]
    frame = rows.with_columns(lacking).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    frame.write_parquet(folder / DOCUMENTS, statistics=False)


def documents(report: Path, name: str) -> Documents:
    """One set of a report."""
    told = _told(report, name)
    metric = str(told.get("metric", ""))
    of_set = pl.scan_parquet(report / DOCUMENTS, glob=False).filter(pl.col("set") == name)
    held = (of_set.filter(pl.col("metric") == metric) if metric else of_set).collect().with_row_index("place")
    if held.is_empty():
        raise NotComparable(f"The report's set `{name}` holds no documents.")
    value, weight = pl.col("value"), pl.col("weight")
    whole = value.is_finite() & (value >= 0) & (value <= 1) & weight.is_finite() & (weight > 0)
    faulty = len(held) - len(held.filter(whole.fill_null(False)))
    if faulty:
        raise NotComparable(f"{faulty} rows of the set `{name}` have no value between 0 and 1, or no weight.")
    rows = held.group_by(_QUESTION).agg(
        pl.col("value").mean(),
        pl.col("weight").first(),
        pl.col("group").first(),
        pl.col("slice").first(),
        pl.col("place").min(),
    )
    asked = held.select(*_QUESTION, "repeat", "value")
    return Documents(
        name, metric, rows.sort(_QUESTION), asked, bool(told.get("sampled")), int(told.get("repeats") or 1)
    )


def answers(report: Path, name: str) -> list[tuple[str, str]]:
    """The truth and the first answer of each document of a set that has a truth in words."""
    told = _told(report, name)
    held = pl.scan_parquet(report / DOCUMENTS, glob=False).filter((pl.col("set") == name) & (pl.col("repeat") == 0))
    if told.get("metric"):
        held = held.filter(pl.col("metric") == told["metric"])
    said = held.select(pl.col("truth").fill_null(""), pl.col("answer").fill_null("")).collect()
    if said.is_empty() or (said["truth"] == "").all():
        raise NotComparable(f"The report's set `{name}` holds no answers in words.")
    return list(said.iter_rows())


def sets_of(report: Path) -> list[str]:
    """The sets that a report tells of, by name."""
    return list(told_of(report))


def told_of(report: Path) -> dict[str, Json]:
    """What a report says of each of its sets, by name."""
    sets: Json = json.loads((report / REPORT).read_bytes())["sets"]
    return dict(sorted(sets.items())) if isinstance(sets, dict) else {}


def settings_of(report: Path) -> dict[str, Json]:
    """How a report's model was asked."""
    settings: Json = json.loads((report / REPORT).read_bytes())["settings"]
    return settings if isinstance(settings, dict) else {}


def model_of(report: Path) -> str:
    """The digest of the model that a report is about."""
    return str(json.loads((report / REPORT).read_bytes())["model"])


def _told(report: Path, name: str) -> dict[str, Json]:
    sets: Json = json.loads((report / REPORT).read_bytes())["sets"]
    told = sets.get(name) if isinstance(sets, dict) else None
    if not isinstance(told, dict):
        there = ", ".join(f"`{each}`" for each in sorted(sets)) if isinstance(sets, dict) and sets else "none"
        raise NotComparable(f"The report has no set `{name}`; it has {there}.")
    return told


def arms(report: Path, name: str) -> list[tuple[int, int, int, int]]:
    """The outcomes of both arms on a set, in blocks as they settled: champion right, champion, canary right, canary."""
    told = _told(report, name).get("arms")
    if not isinstance(told, list) or not told:
        raise NotComparable(f"The report tells of no arms on `{name}`.")
    found = []
    for block in told:
        whole = isinstance(block, list) and len(block) == 4 and all(type(each) is int for each in block)
        if not whole or not (0 <= block[0] <= block[1] and 0 <= block[2] <= block[3]):
            raise NotComparable(
                f"The arms on `{name}` are no blocks of [champion right, champion, canary right, canary]."
            )
        found.append(tuple(block))
    return found


def same_questions(one: Documents, other: Documents) -> None:
    """Refuse to compare what does not answer the same questions."""
    if one.metric != other.metric:
        raise NotComparable(f"One report measures {one.metric or 'nothing'}, the other {other.metric or 'nothing'}.")
    if one.rows.select(_QUESTION).equals(other.rows.select(_QUESTION)):
        together = ("weight", "group")
        if not one.rows.select(together).equals(other.rows.select(together)):
            raise NotComparable(f"The two reports weigh or group the documents of `{one.set}` in other ways.")
        return
    mine, theirs = set(one.rows["doc"]), set(other.rows["doc"])
    if mine != theirs:
        raise NotComparable(
            f"The two were not asked the same documents of `{one.set}`: {len(mine - theirs)} only the one, "
            f"{len(theirs - mine)} only the other."
        )
    raise NotComparable(f"The two were asked the documents of `{one.set}` with other prompts, or as another task.")


def failures(held: Documents, block: int = 1) -> dict[tuple[str, ...], int | None]:
    """How often each document failed in one block of its repeats; None where it was not asked in that block at all."""
    first = (block - 1) * held.repeats
    within = (pl.col("repeat") >= first) & (pl.col("repeat") < first + held.repeats)
    counted = held.asked.group_by(_QUESTION).agg(
        (within & (pl.col("value") < 1)).sum().alias("failed"),
        within.sum().alias("asked"),
        pl.col("repeat").filter(within).n_unique().alias("times"),
    )
    found: dict[tuple[str, ...], int | None] = {}
    for doc, prompt, task, failed, asked, times in counted.rows():
        if (asked or block == 1) and not asked == times == held.repeats:
            raise NotComparable(
                f"An item of `{held.set}` was asked {asked} times in block {block}, and not {held.repeats} times."
            )
        found[doc, prompt, task] = failed if asked else None
    return found
