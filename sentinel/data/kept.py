"""Answers that earlier reports hold of the same model: what was asked before, in the same way, is not asked again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from sentinel.data.report import DOCUMENTS, REPORT
from sentinel.domain.digest import Json
from sentinel.domain.question import Said
from sentinel.domain.task import TEXT

BY = "scored_by"
"""The key in what a report tells of a set: the digest of all that decides what a model answers there."""
WITH = "made_with"
"""The key beside it: the libraries, and the sort of device, that computed the answers or held them to their anchor."""
_COLUMNS = ("doc", "prompt", "task", "truth", "repeat", "value", "answer", "chance", "weight")


@dataclass(slots=True)
class Kept:
    """The answers of one set, by document, prompt, task and truth: each repeat's, which report has them, and what
    each report was made with."""

    answers: dict[tuple[str, str, str, str], dict[int, Said]] = field(default_factory=dict)
    reports: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    made_with: dict[str, Json] = field(default_factory=dict)


def kept(reports: Mapping[str, Path], name: str, by: str, metric: str) -> Kept:
    """What reports hold of a set, by digest of the report, newest first; those that were scored otherwise have none."""
    found = Kept()
    for digest, folder in reports.items():
        told = _told(folder, name)
        if told.get(BY) != by:
            continue
        held = pl.scan_parquet(folder / DOCUMENTS, glob=False)
        if not set(_COLUMNS) <= set(held.collect_schema().names()):
            continue
        found.made_with[digest] = told.get(WITH)
        mine = held.filter((pl.col("set") == name) & (pl.col("metric") == metric)).select(_COLUMNS).collect()
        counts = told.get("form") == TEXT  # other documents count for what their set says now
        for doc, prompt, task, truth, repeat, value, answer, chance, weight in mine.iter_rows():
            key = (doc, prompt, task, truth or "")
            if found.reports.setdefault(key, digest) == digest:
                found.answers.setdefault(key, {})[repeat] = Said(
                    value, answer or "", chance, weight if counts else None
                )
    return found


def about(reports: Sequence[tuple[str, Path]], model: str) -> dict[str, Path]:
    """Those of some reports that are there, and about a model."""
    return {digest: folder for digest, folder in reports if _is_about(folder, model)}


def _is_about(folder: Path, model: str) -> bool:
    try:
        return bool(json.loads((folder / REPORT).read_bytes())["model"] == model)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _told(folder: Path, name: str) -> dict[str, Json]:
    sets: Json = json.loads((folder / REPORT).read_bytes()).get("sets")
    told = sets.get(name) if isinstance(sets, dict) else None
    return told if isinstance(told, dict) else {}
