"""A route of the door: who may take it, what it is given, and the one guard that looks at both."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sentinel.api.peers import OPERATE, VIEW, Peer
from sentinel.api.site import Site
from sentinel.domain.digest import Json
from sentinel.domain.names import suggest
from sentinel.domain.refusal import Refusal

_WHOLE = 2**53
_LONGEST_TEXT = 10_000
_LONGEST_WORD = 200
_LONGEST_LIST = 200


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that has passed the guard: what it acts upon, who asks, and what was given."""

    site: Site
    peer: Peer
    role: str | None
    """What the peer may do."""
    given: Mapping[str, Any]


Answer = Callable[[Ask], Awaitable[Json]]
Messages: TypeAlias = AsyncGenerator[Json, None]
Stream = Callable[[Ask], Messages]


@dataclass(frozen=True, slots=True)
class Param:
    """One thing that a route is given: word (an id or a name), text, whole, flag, values (a JSON object) or list."""

    kind: str
    required: bool = False
    default: Json = None


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked. It has an answer or a stream, never both."""

    name: str
    role: str
    params: Mapping[str, Param] = field(default_factory=dict)
    answer: Answer | None = None
    stream: Stream | None = None


def let_in(route: Route, role: str | None) -> Refusal | None:
    """Why a role may not take this route, or None where it may."""
    if role == OPERATE or (role == VIEW and route.role == VIEW):
        return None
    if role == VIEW:
        todo = "Ask its owner, or have `operators:` in sentinel.yaml name you."
        return Refusal("E-viewer", f"You may look, and `{route.name}` acts.", todo=todo)
    todo = "Ask its owner, or become a member of the `sentinel` group and log in anew."
    return Refusal("E-closed", "This daemon's door is closed to you.", todo=todo)


def fitted(route: Route, given: Json) -> dict[str, Any] | Refusal:
    """What a route is given, each of its kind, with the defaults filled in."""
    if not isinstance(given, dict):
        return Refusal("E-param", f"What `{route.name}` is given must be a JSON object.")
    for name in given:
        if name not in route.params:
            todo = suggest(str(name), route.params, "parameter")
            return Refusal("E-param", f"`{route.name}` takes no {name!r}.", todo=todo)
    values = {}
    for name, param in route.params.items():
        value = given.get(name)
        if value is None:
            if param.required:
                return Refusal("E-param", f"`{route.name}` needs `{name}`.", todo="Give it one.")
            value = param.default
        elif not _FITS[param.kind](value):
            return Refusal("E-param", f"`{name}` of `{route.name}` must be {_NEEDS[param.kind]}.")
        values[name] = value
    return values


def _is_word(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_WORD and value.isprintable()


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _WHOLE


_FITS: dict[str, Callable[[object], bool]] = {
    "word": _is_word,
    "text": _is_text,
    "whole": _is_whole,
    "flag": lambda value: isinstance(value, bool),
    "values": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list) and 0 < len(value) <= _LONGEST_LIST,
}
_NEEDS = {
    "word": f"a name or an id of at most {_LONGEST_WORD} letters",
    "text": f"text of at most {_LONGEST_TEXT} letters",
    "whole": "a whole number",
    "flag": "true or false",
    "values": "a JSON object",
    "list": f"a JSON list of at most {_LONGEST_LIST} things",
}
