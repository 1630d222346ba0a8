"""A file of scores in a repository, `.eval_results/*.yaml`, checked as the hub checks it; and a card's base."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_FRONT = re.compile(rb"\A---\r?\n(.*?\n)---\r?\n", re.DOTALL)
_MAY = {"dataset", "value", "verifyToken", "date", "notes", "source"}
_OF_DATASET, _OF_SOURCE = {"id", "task_id", "revision"}, {"url", "name", "user", "org"}


def scores_in(content: bytes, benchmarks: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]] | str:
    """The entries of a file, or why the hub does not take it. `benchmarks` are datasets with their tasks."""
    try:
        told = YAML(typ="safe").load(content)
    except (YAMLError, ValueError, RecursionError) as error:
        return f"not YAML: {type(error).__name__}"
    if not isinstance(told, list) or not told:
        return "must be a list of results"
    wrong = [f"[{place}] {says}" for place, entry in enumerate(told) if (says := _wrong(entry, benchmarks))]
    return "; ".join(wrong) if wrong else told


def front_of(page: bytes) -> dict[str, Any]:
    """What stands between the dashes at the top of a card."""
    match = _FRONT.match(page)
    try:
        told = YAML(typ="safe").load(match[1]) if match else None
    except (YAMLError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def declares_base(page: bytes) -> bool:
    """Whether a card says which model this one is made from."""
    return bool(front_of(page).get("base_model"))


def _wrong(entry: Any, benchmarks: Mapping[str, tuple[str, ...]]) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("dataset"), dict):
        return "has no dataset"
    dataset, value, source, date = entry["dataset"], entry.get("value"), entry.get("source"), entry.get("date")
    if over := [*(set(entry) - _MAY), *(set(dataset) - _OF_DATASET)]:
        return f"unknown key {over[0]}"
    if dataset.get("id") not in benchmarks:
        return f"{dataset.get('id')} is not a benchmark"
    if dataset.get("task_id") not in benchmarks[dataset["id"]]:
        return f"{dataset['id']} has no task {dataset.get('task_id')}"
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return "value must be a number"
    if date is not None and not _is_date(date):
        return "date must be a quoted ISO-8601 date"
    if source is not None and (not isinstance(source, dict) or set(source) - _OF_SOURCE or "url" not in source):
        return "source must have a url"
    if any(not isinstance(entry.get(name, ""), str) for name in ("notes", "verifyToken")):
        return "notes must be text"
    return ""


def _is_date(told: Any) -> bool:
    try:
        datetime.fromisoformat(told)
    except (TypeError, ValueError):
        return False
    return True
