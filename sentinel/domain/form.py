"""Frozen dataclasses to JSON and back, by their annotations: one codec for plans, events and verdicts."""

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from sentinel.domain.digest import Json

T = TypeVar("T")
Convert = Callable[[Any], Any]


def to_json(value: object) -> Json:
    """The JSON form of a value made of dataclasses, tuples, dicts and scalars."""
    kind: Any = type(value)
    return _encoder(kind)(value)


def from_json(kind: type[T], value: Json) -> T:
    """The value of its JSON form. KeyError and TypeError mean that the form is not of this kind."""
    sought: Any = kind
    return cast(T, _decoder(sought)(value))


def _same(value: Any) -> Any:
    return value


def _encode_sequence(value: Any) -> Json:
    return [to_json(item) for item in value]


def _encode_mapping(value: Any) -> Json:
    return {key: to_json(item) for key, item in value.items()}


@cache
def _encoder(kind: Any) -> Convert:
    if kind in (list, tuple):
        return _encode_sequence
    if kind is dict:
        return _encode_mapping
    if not is_dataclass(kind):
        return _same
    names = tuple(field.name for field in fields(kind))

    def encode(value: Any) -> Json:
        return {name: to_json(getattr(value, name)) for name in names}

    return encode


@cache
def _decoder(kind: Any) -> Convert:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = _decoder(next(arg for arg in args if arg is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple and args[-1] is Ellipsis:
        item = _decoder(args[0])
        return lambda value: tuple(map(item, _held(list, value)))
    if origin is tuple:
        return _tuple_decoder([_decoder(arg) for arg in args])
    if origin is dict:
        held = _decoder(args[1])
        return lambda value: {key: held(each) for key, each in _held(dict, value).items()}
    return _dataclass_decoder(kind) if isinstance(kind, type) and is_dataclass(kind) else _same


def _held(kind: type[Any], value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"a {type(value).__name__} where a {kind.__name__} belongs")
    return value


def _tuple_decoder(parts: list[Convert]) -> Convert:
    def decode(value: Any) -> Any:
        if len(_held(list, value)) != len(parts):
            raise TypeError(f"{len(value)} parts where {len(parts)} belong")
        return tuple(part(each) for part, each in zip(parts, value, strict=True))

    return decode


def _dataclass_decoder(kind: Any) -> Convert:
    @cache
    def parts() -> dict[str, Convert]:
        # looked up on first use, since a kind may hold itself: a plan holds the plans of its sub-recipes
        hints = get_type_hints(kind)
        return {field.name: _decoder(hints[field.name]) for field in fields(kind)}

    def decode(value: Any) -> Any:
        convert = parts()
        return kind(**{name: convert[name](held) for name, held in _held(dict, value).items()})

    return decode
