"""A frozen value with some of its fields changed."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def altered(value: T, **changes: Any) -> T:
    """What `dataclasses.replace` gives, at half its price: every event makes a run anew, several times over."""
    kind: Any = type(value)
    read, places = _shape(kind)
    held = [*read(value)]
    for name, change in changes.items():
        held[places[name]] = change
    made: T = kind(*held)
    return made


@cache
def _shape(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]:
    names = [field.name for field in fields(kind)]
    return attrgetter(*names), {name: place for place, name in enumerate(names)}
