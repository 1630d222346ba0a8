"""What does not fit a model, as faults in our own words: by path, with the nearest known key."""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from sentinel.contract.scalars import BY_NAME_ONLY, Apart
from sentinel.contract.words import quoted
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.recipe.loader import Path, Tree

_TAKES = {
    "string_type": "text", "int_type": "a whole number", "float_type": "a number", "bool_type": "true or false",
    "dict_type": "a mapping", "model_type": "a mapping", "model_attributes_type": "a mapping", "list_type": "a list",
    "tuple_type": "a list", "dataclass_type": "a mapping", "set_type": "a list", "frozen_set_type": "a list",
}  # fmt: skip
_WRITTEN = {
    "int_parsing": "A whole number is written like 12 or -3.", "int_from_float": "A whole number is written like 12.",
    "float_parsing": "A number is written like 0.5 or 1e-4.", "bool_parsing": "Write true or false.",
    "finite_number": "Write a finite number.", "int_parsing_size": "Write a smaller number.",
}  # fmt: skip
_RANGES = {
    "greater_than": ("more than {gt}", "gt"), "greater_than_equal": ("at least {ge}", "ge"),
    "less_than": ("less than {lt}", "lt"), "less_than_equal": ("at most {le}", "le"),
    "multiple_of": ("a multiple of {multiple_of}", "multiple_of"),
}  # fmt: skip
_LENGTHS = {
    "string_too_short": ("is too short", "{min_length} letters or more"),
    "string_too_long": ("is too long", "{max_length} letters at most"),
    "too_short": ("holds too few", "{min_length} or more"), "too_long": ("holds too many", "{max_length} at most"),
}  # fmt: skip


MOST = 101
"""The errors of one validation that are told; looking for the nearest key to thousands would take minutes."""


class Mistake(ValueError):
    """A value that a model refuses, with the fault that says so."""

    def __init__(self, code: str, what: str, todo: str) -> None:
        super().__init__(what)
        self.code, self.what, self.todo = code, what, todo


def faults_of(error: ValidationError, model: type[BaseModel], tree: Tree, prefix: Path = ()) -> list[Fault]:
    """Every error of a validation as a fault at its path below `prefix`."""
    found = []
    for each in error.errors(include_url=False)[:MOST]:
        path = tuple(_real(tree, each["loc"]))
        found.append(_fault(each, model, tree, (*prefix, *path), prefix))
    return found


def _fault(error: Mapping[str, Any], model: type[BaseModel], tree: Tree, path: Path, prefix: Path) -> Fault:
    sort, value, about = error["type"], error["input"], error.get("ctx") or {}
    name = quoted(next((part for part in reversed(path) if isinstance(part, str)), "this file"))
    name = f"An item of {name}" if path and isinstance(path[-1], int) else name
    is_key = error["loc"][-1:] == ("[key]",)
    if sort == "missing":
        key = str(error["loc"][-1])
        return Fault("E-missing-key", f"{quoted(key)} is missing.", f"Add `{key}:` here.", at=path, key=True)
    if sort == "extra_forbidden":
        known = set(keys_at(model, error["loc"][:-1])) - set(_beside(tree, path[len(prefix) : -1]))
        return unknown_key(str(error["loc"][-1]), known, path)
    if sort == "value_error" and isinstance(about.get("error"), Mistake):
        mistake = about["error"]
        return Fault(mistake.code, mistake.what, mistake.todo, at=path, key=is_key)
    if sort == "value_error":
        says = str(about.get("error", ""))
        if says == BY_NAME_ONLY:
            # what stands there may be the secret itself, so it is not repeated
            return Fault("E-secret-ref", f"{name} is not the name of a credential.", _sentence(says), at=path)
        if isinstance(about.get("error"), Apart):
            return Fault("E-value", f"The values of {name} do not go together.", _sentence(says), at=path)
        if value is None or isinstance(value, dict | list):
            return Fault("E-type", f"{name} takes one value, and {_given(value)} is given.", _sentence(says), at=path)
        return Fault("E-value", f"{quoted(value)} is no value for {name}.", _sentence(says), at=path, key=is_key)
    if sort == "literal_error" or sort == "enum":
        words = [word.strip("' ") for word in str(about.get("expected", "")).replace(" or ", ", ").split(",")]
        return Fault("E-choice", f"{name} cannot be {quoted(value)}.", suggest(str(value), words, "word"), at=path)
    if sort in _TAKES:
        what = f"{name} takes {_TAKES[sort]}, and {_given(value)} is given."
        return Fault("E-type", what, f"Write {_TAKES[sort]}.", at=path, key=is_key)
    if sort in _RANGES:
        return Fault(
            "E-range", f"{name} is {quoted(value)}.", f"It must be {_filled(_RANGES[sort][0], about)}.", at=path
        )
    if sort in _LENGTHS:
        what, takes = _LENGTHS[sort]
        return Fault("E-range", f"{name} {what}.", f"It takes {_filled(takes, about)}.", at=path)
    todo = _WRITTEN.get(sort, "The reference says what it takes: docs/reference.md.")
    return Fault("E-value", f"{quoted(value)} is no value for {name}.", todo, at=path, key=is_key)


def unknown_key(key: str, known: set[str], path: Path) -> Fault:
    """The fault of a key that nothing reads."""
    todo = suggest(key, known, "key") if known else "Take it away."
    return Fault("E-unknown-key", f"{quoted(key)} is no key here.", todo, at=path, key=True)


def keys_at(kind: Any, loc: tuple[int | str, ...]) -> Iterator[str]:
    """The keys that a model knows at a place inside it."""
    for part in loc:
        kind = _inside(kind, part)
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from (field.alias or name for name, field in kind.model_fields.items())


def _inside(kind: Any, part: int | str) -> Any:
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {field.alias or name: field for name, field in kind.model_fields.items()}
        return _annotated(fields[str(part)]) if part in fields else None
    if get_origin(kind) in (Union, types.UnionType):
        return next((arm for arm in get_args(kind) if Tag(str(part)) in getattr(arm, "__metadata__", ())), None)
    args = [arg for arg in get_args(kind) if arg is not Ellipsis]
    return args[-1] if args else None


def _annotated(field: Any) -> Any:
    return field.annotation


def _plain(kind: Any) -> Any:
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            arms = [arm for arm in get_args(kind) if arm is not type(None)]
            if len(arms) != 1:
                return kind
            kind = arms[0]
        else:
            return kind


def _real(tree: Tree, loc: tuple[int | str, ...]) -> Iterator[int | str]:
    """The parts of a location that are in the file; pydantic adds the arms of unions."""
    for part in loc:
        if isinstance(tree, dict) and part in tree:
            tree = tree[str(part)]
            yield part
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
            yield part


def _beside(tree: Tree, path: Path) -> list[str]:
    for part in path:
        tree = tree[part]  # type: ignore[index]
    return list(tree) if isinstance(tree, dict) else []


def _given(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else quoted(value)


def _filled(text: str, about: dict[str, Any]) -> str:
    return text.format(**about)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".") if text else ""
