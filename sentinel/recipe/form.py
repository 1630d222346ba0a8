"""What the forms of all files share: their base, and the small types that only files have."""

import re
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, WithJsonSchema

from sentinel.contract.words import quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.names import ALIASES, RESERVED, is_name, suggest
from sentinel.domain.plan import Port, Source
from sentinel.recipe.mistakes import Mistake

_BINDING = re.compile(r"([a-z][a-z0-9-]{0,47})\.([a-z][a-z0-9_-]{0,47})(\?)?")
_PORT = re.compile(r"[a-z][a-z0-9_-]{0,47}")
_BINDINGS = "Write step.port, inputs.name, line.base, champion.port or it; a `?` at the end where it may be unset."
PORT_PATTERN = "^[a-z][a-z0-9_-]{0,47}$"
BINDING_PATTERN = r"^(it|[a-z][a-z0-9-]{0,47}\.[a-z][a-z0-9_-]{0,47})\??$"


class Form(BaseModel):
    """A mapping in a file: unknown keys are faults, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True)


T = TypeVar("T")


def sort_of(value: Any) -> str:
    """Which arm of a union a value means, told by its shape alone."""
    return "~mapping" if isinstance(value, dict) else "~list" if isinstance(value, list | tuple) else "~text"


BY_SHAPE = Discriminator(sort_of)
IS_TEXT, IS_LIST, IS_MAPPING = Tag("~text"), Tag("~list"), Tag("~mapping")


def _name_of_ours(value: Any) -> Any:
    if isinstance(value, str) and not is_name(value):
        near = re.sub(r"[\s_]+", "-", value.strip().lower())
        todo = "Use small letters, digits and dashes; begin with a letter; 48 at most."
        todo = f"Write `{near}`." if is_name(near) and near not in RESERVED else todo
        raise Mistake("E-name", f"{quoted(value)} is no name.", todo)
    return value


def _own_name(value: Any) -> Any:
    if isinstance(value, str) and value in RESERVED:
        raise Mistake("E-reserved", f"{quoted(value)} is a word of its own in bindings.", "Choose another name.")
    return _name_of_ours(value)


def _port_name(value: Any) -> Any:
    if isinstance(value, str) and not _PORT.fullmatch(value):
        todo = "Use small letters, digits, dashes and underscores; begin with a letter; 48 at most."
        raise Mistake("E-name", f"{quoted(value)} cannot name a port.", todo)
    return value


def _source(value: Any) -> Any:
    if not isinstance(value, str):
        raise Mistake("E-type", "A binding is text.", _BINDINGS)
    found = _BINDING.fullmatch(value)
    if value in ("it", "it?"):
        return Source("it", maybe=value.endswith("?"))
    if found is None:
        raise Mistake("E-binding", f"{quoted(value)} is no binding.", _BINDINGS)
    name, port, maybe = found[1], found[2], bool(found[3])
    if name == "inputs":
        return Source("input", port, "", maybe)
    return Source("alias" if name in ALIASES else "step", name, port, maybe)


def _kind(value: Any) -> Any:
    if isinstance(value, str) and value not in KINDS:
        raise Mistake("E-kind", f"{quoted(value)} is no kind of artifact.", suggest(value, KINDS, "kind"))
    return value


def _kind_port(value: Any) -> Any:
    if not isinstance(value, str):
        raise Mistake(
            "E-type", "A port's kind is text.", "Write a kind, with a `?` at the end where it may be left out."
        )
    return Port(_kind(value.removesuffix("?")), value.endswith("?"))


def _kind_names(mark: str = "") -> list[str]:
    return [kind + mark for kind in sorted(KINDS)]


def _text_like(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


NAME_PATTERN = "^[a-z][a-z0-9-]{0,47}$"
AnyName = Annotated[str, BeforeValidator(_name_of_ours), _text_like(NAME_PATTERN)]
OwnName = Annotated[str, BeforeValidator(_own_name), _text_like(NAME_PATTERN)]
PortName = Annotated[str, BeforeValidator(_port_name), _text_like(PORT_PATTERN)]
OneSource = Annotated[Source, BeforeValidator(_source), _text_like(BINDING_PATTERN)]
KindName = Annotated[str, BeforeValidator(_kind), WithJsonSchema({"enum": _kind_names()})]
KindPort = Annotated[Port, BeforeValidator(_kind_port), WithJsonSchema({"enum": _kind_names() + _kind_names("?")})]
Raw = Annotated[Any, WithJsonSchema({})]
Mapping = Annotated[dict[str, Raw], WithJsonSchema({"type": "object"})]
