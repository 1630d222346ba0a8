"""What a worker left: its result, or what is to be said where there is none that can be used.

The step's own code could write to that folder, so nothing in it is taken for what it should be.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from sentinel.contract.attempt import RESULT, AttemptOut, read_result
from sentinel.domain.artifact import KINDS
from sentinel.domain.digest import canonical, is_digest
from sentinel.domain.form import to_json
from sentinel.domain.refusal import Refusal

ENDS = ("succeeded", "failed", "refused", "nothing-trained")
"""What a worker may say of its own attempt."""
LARGEST = 2**24
"""Bytes of a result: what belongs into an event, and no more."""
_MOST = 2**62


def result_of(
    attempt: str, folder: Path, ended_by: str | None, why: str, status: Callable[[], int | None]
) -> AttemptOut:
    """The result in an attempt's folder; without one, what its end says: who ended it and why, or its wait status.

    The status is asked for only then: it may have to be waited for.
    """
    try:
        result = _read(folder)
    except (OSError, ValueError, RecursionError) as error:
        return _torn(attempt, folder, str(error) or type(error).__name__)
    if result is None:
        return _without_result(attempt, ended_by, why, status())
    if result.attempt != attempt:
        what = f"The result that lies there is of {str(result.attempt)[:80]!r}, not of this attempt."
        return AttemptOut(attempt, "failed", error=Refusal("E-stale-result", what, str(folder), _LOGS))
    fault = _fault(result)
    return _torn(attempt, folder, fault) if fault is not None else result


_LOGS = "See what wrote it in the attempt's log."


def _read(folder: Path) -> AttemptOut | None:
    size = (folder / RESULT).stat().st_size if (folder / RESULT).exists() else 0
    if size > LARGEST:
        raise ValueError(f"{RESULT} has {size} bytes, where {LARGEST} are the most")
    return read_result(folder)


def _torn(attempt: str, folder: Path, why: str) -> AttemptOut:
    what = f"Its result cannot be used: {why}."
    return AttemptOut(attempt, "failed", error=Refusal("E-torn-result", what, str(folder), _LOGS))


def _fault(result: AttemptOut) -> str | None:
    """Why a result that could be read is none that could be put on record."""
    if not _fits(AttemptOut, result):
        return "its values are not of their types"
    if result.end not in ENDS:
        return f"{result.end[:80]!r} is no end that a worker may say"
    if any(
        not 0 <= number < _MOST for number in (result.cpu_ms, result.peak_memory, result.pause, *result.sizes.values())
    ):
        return "its numbers are no sizes and times"
    ranked = result.reading.places if result.reading is not None else ()
    if any(not 0 <= number < _MOST for place in ranked for number in (place.rank or 0, place.of)):
        return "its ranks are none"
    held = [artifact for artifacts in result.outputs.values() for artifact in artifacts]
    if any(artifact.kind not in KINDS or not is_digest(artifact.digest) for artifact in held):
        return "its outputs are no artifacts"
    try:
        canonical(to_json(result))
    except ValueError as error:
        return str(error)
    return None


def _fits(hint: Any, value: Any) -> bool:
    """Whether a value is of an annotation, as far as results use them."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(arg, value) for arg in args)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(args[0], each) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(args[1], each) for each in value.values())
    if is_dataclass(hint):
        return type(value) is hint and all(_fits(kind, getattr(value, name)) for name, kind in _hints(type(value)))
    return isinstance(value, hint) and not (hint is int and isinstance(value, bool))


@cache
def _hints(kind: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((each.name, hints[each.name]) for each in fields(kind))


def _without_result(attempt: str, ended_by: str | None, why: str, status: int | None) -> AttemptOut:
    if ended_by is not None:
        sentence = {
            "cancelled": "It was ended because its run was cancelled.",
            "out-of-memory": f"It was ended: {why}. Raise `needs.memory`, or give it less to do.",
            "timed-out": f"It was ended: {why}. Raise `timeout`, or give it less to do.",
        }.get(ended_by, f"It was ended: {why}.")
        return AttemptOut(attempt, ended_by, error=Refusal(f"E-{ended_by}", sentence))
    if status is not None and os.WIFEXITED(status):
        what = f"The worker ended with exit status {os.WEXITSTATUS(status)} and left no result."
        return AttemptOut(attempt, "failed", error=Refusal("E-no-result", what, todo=f"`sentinel logs` of {attempt}."))
    what = "The worker is gone and left no result."
    if status is not None:
        what = f"The worker was ended by {_name(os.WTERMSIG(status))}, not by Sentinel."
    return AttemptOut(attempt, "lost", error=Refusal("E-lost", what, todo="It is tried again from its checkpoint."))


def _name(number: int) -> str:
    # most real-time signals have no name
    return next((each.name for each in signal.Signals if each == number), f"signal {number}")
