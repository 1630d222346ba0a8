"""Events: what happened, in which stream, when, by whom and because of what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sentinel.domain.digest import Json
from sentinel.domain.form import from_json, to_json


@dataclass(frozen=True, slots=True)
class Happened:
    """The body of an event: a frozen dataclass whose fields are its payload. Its class name is the event's kind."""

    VERSION: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Event:
    """An event on record. `at` is UTC in ms; `cause` is the seq of the event that led to this one."""

    seq: int
    stream: str
    version: int
    at: int
    actor: str
    cause: int | None
    body: Happened


class UnknownEvent(Exception):
    """An event of a kind or a version that this release does not know; a newer release wrote this ledger."""


_KINDS: dict[str, type[Happened]] = {}
_UPGRADES: dict[tuple[str, int], Callable[[Json], Json]] = {}


def on_record(kind: type[Any]) -> type[Any]:
    """Class decorator: this event may stand in the ledger under its class name."""
    _KINDS[kind.__name__] = kind
    return kind


def upgrade(kind: str, version: int) -> Callable[[Callable[[Json], Json]], Callable[[Json], Json]]:
    """Decorator: turns a payload of this version into one of the next."""

    def keep(convert: Callable[[Json], Json]) -> Callable[[Json], Json]:
        _UPGRADES[kind, version] = convert
        return convert

    return keep


def event_kinds() -> dict[str, type[Happened]]:
    """Every kind of event that may stand in the ledger, by name."""
    return dict(_KINDS)


def encode(body: Happened) -> tuple[str, int, Json]:
    """The kind, the payload version and the payload of a body."""
    return type(body).__name__, body.VERSION, to_json(body)


def decode(kind: str, version: int, payload: Json) -> Happened:
    """The body of a payload, through every upgrade between its version and ours."""
    known = _KINDS.get(kind)
    if known is None or version > known.VERSION:
        raise UnknownEvent(f"{kind} version {version}")
    while version < known.VERSION:
        payload = _UPGRADES[kind, version](payload)
        version += 1
    return from_json(known, payload)
