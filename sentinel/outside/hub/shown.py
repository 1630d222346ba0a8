"""What the hub shows of models and of whoever asks, as values of ours."""

import math
from collections.abc import Iterable
from typing import Any

from sentinel.domain.quantity import is_number
from sentinel.domain.text import plain
from sentinel.outside.hub.port import Rank, Result, Who

_MOST = 10_000
_LONGEST = 500


def who_of(told: Any) -> Who:
    """From `whoami-v2`: a token is to read, to write, or for what it lists."""
    role = ((told.get("auth") or {}).get("accessToken") or {}).get("role")
    return Who(_text(told["name"]), {"read": False, "write": True}.get(str(role)))


def results_of(told: Any) -> list[Result]:
    """From `evalResults`: scores, and files that are rejected."""
    return [_result(each) for each in (told or [])[:_MOST]]


def ranks_of(told: Iterable[Any]) -> list[Rank]:
    """From a leaderboard's entries, best first."""
    rows = [
        Rank(_place(each.rank), _text(each.model_id), _finite(each.value), _text(each.filename), each.verified is True,
             _number(each.pull_request), _text(each.notes))
        for each in told
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row.rank)[:_MOST]


def _result(each: Any) -> Result:
    file = _text(each.get("filename"))
    if each.get("error"):
        return Result(file, error=_text(each["error"]))
    data = each.get("data", each)
    dataset, value = data["dataset"], data["value"]
    return Result(
        file, _text(dataset["id"]), _text(dataset.get("task_id")), float(value) if is_number(value) else None,
        _text(dataset.get("revision")), _text(data.get("date")), _text(data.get("notes")), each.get("verified") is True,
        _number(each.get("pullRequest")),
    )  # fmt: skip


def _place(told: Any) -> int:
    """A rank. ValueError where it is none that could be kept."""
    if isinstance(told, bool) or not 0 < int(told) < 2**31:
        raise ValueError("no rank")
    return int(told)


def _finite(told: Any) -> float:
    if not math.isfinite(float(told)):
        raise ValueError("no number")
    return float(told)


def _text(told: Any) -> str:
    return "" if told is None else plain(told)[:_LONGEST]


def _number(told: Any) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) else None
