"""Canonical forms: what a row of each must hold, and in which words it is told when it does not."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from sentinel.domain.task import CHAT, FORMS, PREFERENCE

MESSAGES = "messages"
BESIDE = ("id", "at", "group", "slice")
"""What may stand beside the fields of a form, each with a meaning of its own."""
_OPEN, _SPEAKERS = "system", ("user", "assistant")


def unfit(form: str) -> list[pl.Expr]:
    """Why rows are not of a form, beyond fields that are missing: null where nothing is wrong."""
    empty: list[pl.Expr] = [
        pl.when(pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")).then(pl.lit(f"its `{name}` is empty"))
        for name in FORMS[form]
    ]
    if form == PREFERENCE:
        same = pl.when(pl.col("chosen") == pl.col("rejected"))
        return [*empty, same.then(pl.lit("what was chosen and what was rejected are the same"))]
    return empty


def conversations(
    values: Sequence[Any], turn: Mapping[str, str], roles: Mapping[str, str]
) -> tuple[list[str | None], list[str | None]]:  # fmt: skip
    """The canonical JSON of each conversation, or why there is none."""
    told: list[str | None] = []
    wrong: list[str | None] = []
    for value in values:
        try:
            told.append(_written(value, turn, roles))
            wrong.append(None)
        except ValueError as why:
            told.append(None)
            wrong.append(str(why))
    return told, wrong


def _written(value: Any, turn: Mapping[str, str], roles: Mapping[str, str]) -> str:
    messages = _listed(value)
    role_of, content_of = turn.get("role", "role"), turn.get("content", "content")
    held = []
    for number, message in enumerate(messages, 1):
        if not isinstance(message, dict):
            raise ValueError(f"message {number} is no record")
        role, content = message.get(role_of), message.get(content_of)
        if not isinstance(role, str):
            raise ValueError(f"message {number} does not say in `{role_of}` whose it is")
        if not isinstance(content, str) or not content.strip():
            raise ValueError(f"message {number} says nothing in `{content_of}`")
        held.append({"role": roles.get(role, role), "content": content})
    _in_turn([message["role"] for message in held])
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))


def _listed(value: Any) -> list[Any]:
    if value is None:
        raise ValueError(f"its `{MESSAGES}` is empty")
    try:
        told = json.loads(value)
    except (ValueError, RecursionError, TypeError):
        raise ValueError(f"its `{MESSAGES}` is no list of messages") from None
    if not isinstance(told, list) or not told:
        raise ValueError(f"its `{MESSAGES}` is no list of messages")
    return told


def _in_turn(roles: list[str]) -> None:
    """At most one message of the system's, first; then the user and the assistant in turn, who has the last word."""
    for number, role in enumerate(roles, 1):
        if role not in (_OPEN, *_SPEAKERS):
            raise ValueError(f"message {number} is of `{role[:40]}`, and neither of system, user nor assistant")
    spoken = roles[1:] if roles[0] == _OPEN else roles
    first = len(roles) - len(spoken) + 1
    for number, role in enumerate(spoken):
        if role != _SPEAKERS[number % 2]:
            raise ValueError(f"message {number + first} is of `{role}` where `{_SPEAKERS[number % 2]}` has its turn")
    if not spoken or len(spoken) % 2:
        raise ValueError("the assistant does not have the last word")


def text_fields(form: str) -> tuple[str, ...]:
    """The fields of a form that hold text to be joined; a conversation is no such text."""
    return tuple(name for name in FORMS[form] if not (form == CHAT and name == MESSAGES))
