"""Two reports side by side: the documents on which the two models disagree, with what each answered."""

from pathlib import Path

import polars as pl

from sentinel.data.report import DOCUMENTS, NotComparable, documents, model_of, sets_of
from sentinel.domain.digest import Json

LONGEST = 500
"""Letters of a text or an answer that are told."""
_QUESTION = ["doc", "prompt", "task"]
_SAID = ("truth", "answer", "text")


def flips(one: Path, other: Path, name: str | None, most: int) -> Json:
    """What the two make of each set that both tell of, or of one set: in numbers, then document by document."""
    names = [name] if name is not None else sorted(set(sets_of(one)) & set(sets_of(other)))
    if not names:
        raise NotComparable("The two reports have no set in common.")
    told, found = [], []
    for each in names:
        both, lonely = _joined(one, other, each)
        gaps = both["value"] - both["value_other"]
        told.append({
            "set": each, "n": len(both), "only_one": int((gaps > 0).sum()), "only_other": int((gaps < 0).sum()),
            "mean_one": both["value"].mean(), "mean_other": both["value_other"].mean(), "unmatched": lonely,
        })  # fmt: skip
        found += _rows(both.filter(pl.col("value") != pl.col("value_other")), one, other, each)
    found.sort(key=lambda row: (-abs(row["one"] - row["other"]), row["set"], row["doc"]))
    return {
        "models": [model_of(one), model_of(other)],
        "sets": told,
        "flips": found[:most],
        "left_out": len(found[most:]),
    }


def _joined(one: Path, other: Path, name: str) -> tuple[pl.DataFrame, int]:
    """The documents that both were asked, and how many only one of them was."""
    mine, theirs = documents(one, name), documents(other, name)
    if mine.metric != theirs.metric:
        raise NotComparable(f"One report measures {mine.metric or 'nothing'}, the other {theirs.metric or 'nothing'}.")
    both = mine.rows.join(theirs.rows, on=_QUESTION, suffix="_other")
    return both, len(mine.rows) + len(theirs.rows) - 2 * len(both)


def _rows(apart: pl.DataFrame, one: Path, other: Path, name: str) -> list[dict[str, Json]]:
    mine, theirs = (_said(path, name, apart) for path in (one, other))
    return [
        {
            "set": name, "doc": row["doc"], "slice": row["slice"] or "", "one": row["value"],
            "other": row["value_other"], "truth": mine[row["doc"]]["truth"], "answer_one": mine[row["doc"]]["answer"],
            "answer_other": theirs[row["doc"]]["answer"],
            "text": mine[row["doc"]]["text"] or theirs[row["doc"]]["text"],
        }
        for row in apart.iter_rows(named=True)
    ]  # fmt: skip


def _said(report: Path, name: str, apart: pl.DataFrame) -> dict[str, dict[str, str]]:
    """What a report holds of each document in words: its first answer, the truth, the text where it has one."""
    held = pl.scan_parquet(report / DOCUMENTS, glob=False)
    there = [each for each in _SAID if each in held.collect_schema().names()]  # older reports hold no text
    words = (
        held.filter((pl.col("set") == name) & pl.col("doc").is_in(apart["doc"].to_list()))
        .sort("repeat")
        .group_by("doc")
        .agg(pl.col(each).first().fill_null("").str.slice(0, LONGEST) for each in there)
        .collect()
    )
    blank = dict.fromkeys(_SAID, "")
    return {row["doc"]: {**blank, **row} for row in words.iter_rows(named=True)}
