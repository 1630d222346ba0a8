"""Ports, parameters and outputs, read from a typed function: the one place where a step says what it takes."""

import inspect
import keyword
import types
from collections.abc import Callable
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from sentinel.contract.at import At, Look, TriggerLook
from sentinel.contract.kinds import Kind
from sentinel.contract.scalars import Params
from sentinel.domain.artifact import port_name
from sentinel.domain.plan import Port

_CONFIG = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


def written(name: str) -> str:
    """How users write a parameter: `for` where Python has to say `for_`."""
    bare = name.removesuffix("_")
    return bare if keyword.iskeyword(bare) else name


def arguments_of(params: BaseModel) -> dict[str, Any]:
    """Checked parameters as the keyword arguments of the function that they were read from."""
    names = type(params).model_fields
    return {f"{name}_" if keyword.iskeyword(name) else name: getattr(params, name) for name in names}


class Signature:
    """What a function takes and gives."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self._name = name
        hints = get_type_hints(function, include_extras=True)
        given = hints.pop("return", None)
        self.ports: dict[str, Port] = {}
        keywords: dict[str, Any] = {}
        for parameter in inspect.signature(function).parameters.values():
            hint = hints.get(parameter.name)
            if hint is None:
                raise self._wrong(f"`{parameter.name}` has no type")
            if hint in (At, Look, TriggerLook):
                continue
            if parameter.kind is parameter.KEYWORD_ONLY:
                default = ... if parameter.default is parameter.empty else parameter.default
                keywords[written(parameter.name)] = (self._parameter(parameter.name, hint), default)
            elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                self.ports[parameter.name] = self._port(parameter.name, hint)
            else:
                raise self._wrong(f"`{parameter.name}` takes any number of arguments")
        self.params: type[BaseModel] = create_model(f"{name}-parameters", __config__=_CONFIG, **keywords)
        self.outputs = self._outputs(given)

    def _wrong(self, what: str) -> TypeError:
        return TypeError(f"`{self._name}` cannot be registered: {what}")

    def _port(self, name: str, hint: Any) -> Port:
        port = _as_port(hint)
        if port is None:
            raise self._wrong(f"`{name}` is no artifact kind; parameters come after a `*`")
        return port

    def _parameter(self, name: str, hint: Any) -> Any:
        if _as_port(hint) is not None:
            raise self._wrong(f"`{name}` is an artifact kind, and ports come before the `*`")
        for model in _models(hint):
            if not issubclass(model, Params):
                raise self._wrong(f"{model.__name__} may let unknown keys pass; make it a `Params`")
        return hint

    def _outputs(self, hint: Any) -> dict[str, Port]:
        lone = _as_port(hint)
        if lone is not None:
            return {port_name(lone.kind): lone}
        if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
            return {name: self._port(name, each) for name, each in get_type_hints(hint).items()}
        return {}


def _as_port(hint: Any) -> Port | None:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _as_port(args[0])
    if origin in (Union, types.UnionType):
        held = [each for each in args if each is not type(None)]
        inner = _as_port(held[0]) if len(held) == 1 else None
        return Port(inner.kind, optional=True, many=inner.many) if inner else None
    if origin is list:
        inner = _as_port(args[0])
        return Port(inner.kind, many=True) if inner else None
    return Port(hint.__name__) if isinstance(hint, type) and issubclass(hint, Kind) and hint is not Kind else None


def _models(hint: Any) -> list[type[BaseModel]]:
    """The parameter groups inside a type, to any depth."""
    found: list[type[BaseModel]] = []
    waiting = [hint]
    while waiting:
        each = waiting.pop()
        if isinstance(each, type) and get_origin(each) is None and issubclass(each, BaseModel):
            if each not in found:
                found.append(each)
                waiting.extend(field.annotation for field in each.model_fields.values())
        else:
            waiting.extend(arg for arg in get_args(each) if not isinstance(arg, str | int | float | bool))
    return found
