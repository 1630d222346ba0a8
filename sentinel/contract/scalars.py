"""Parameter types that read what people write and give what JSON holds: ms, bytes, numbers, names."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from sentinel.domain import names, quantity

_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")


GUESSED = "guessed"
"""Said in the context of a validation some of whose values are only samples of what an input may say later."""
BY_NAME_ONLY = "a secret is written as `credential:NAME`, never as itself"


class Apart(ValueError):
    """Values of one group, each right by itself, that do not go together."""


class Params(BaseModel):
    """The base of a parameter that is a group of parameters: unknown keys are faults, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _one(value: Any, says: str) -> Any:
    if value is None or isinstance(value, dict | list):
        raise ValueError(says)
    return value


def _duration(value: Any) -> Any:
    return (
        quantity.parse_duration(value)
        if isinstance(value, str)
        else _one(value, "a duration is written like 90s, 15m, 6h, 1h30m, 30d or 2w")
    )


def _size(value: Any) -> Any:
    return (
        quantity.parse_size(value)
        if isinstance(value, str)
        else _one(value, "a size is written like 512MiB, 20GiB or 1.5GB")
    )


def _share(value: Any) -> Any:
    return (
        quantity.parse_share(value)
        if isinstance(value, str)
        else _one(value, "a share is written like 5% or 0.05, between 0 and 1")
    )


def _rate(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"times", "per_ms"}:
        return quantity.Rate(value["times"], value["per_ms"])
    return (
        quantity.parse_rate(value) if isinstance(value, str) else _one(value, "a rate is written like `1 per 3 years`")
    )


def _rate_json(value: quantity.Rate) -> dict[str, int]:
    return {"times": value.times, "per_ms": value.per_ms}


def _name(value: Any) -> Any:
    if isinstance(value, str) and not names.is_name(value):
        raise ValueError("a name is small letters, digits and dashes, begins with a letter and has 48 at most")
    return value


def _metric(value: Any) -> Any:
    if isinstance(value, str) and not names.is_metric(value):
        raise ValueError("a metric is small letters, digits, - and _, and begins with a letter")
    return _one(value, "a metric is one word")


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        if value.lower() not in ("true", "false"):
            raise ValueError("a flag is true or false")
        return value.lower() == "true"
    return _one(value, "a flag is true or false")


def _whole(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        raise ValueError("a whole number is written like 12 or -3")
    return _one(value, "a whole number is written like 12 or -3")


def _number(value: Any) -> Any:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("a number is written like 12, 0.5 or 1e-4")
    return _one(value, "a number is written like 12, 0.5 or 1e-4")


def _text(value: Any) -> Any:
    # a number that fills a word of an argv is that word
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _credential(value: Any) -> Any:
    if isinstance(value, str) and not (value.startswith("credential:") and names.is_name(value[11:])):
        raise ValueError(BY_NAME_ONLY)
    return _one(value, BY_NAME_ONLY)


def _written(pattern: str, example: str, *types: str) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", *types], "pattern": pattern, "examples": [example]})


NAME_PATTERN = "^[a-z][a-z0-9-]{0,47}$"
Duration = Annotated[int, BeforeValidator(_duration), _written(r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$", "1h30m")]
Size = Annotated[int, BeforeValidator(_size), _written(r"^\d+(\.\d+)? ?(B|[kKMGT]i?B)$", "20GiB")]
Share = Annotated[float, BeforeValidator(_share), _written(r"^\d*\.?\d+%?$", "5%", "number")]
Rate = Annotated[
    quantity.Rate, BeforeValidator(_rate), PlainSerializer(_rate_json), _written(r"^\d+ (per|in) ", "1 per 3 years")
]
Name = Annotated[str, BeforeValidator(_name), _written(NAME_PATTERN, "support-router")]
Metric = Annotated[str, BeforeValidator(_metric), _written("^[a-z][a-z0-9_-]{0,47}$", "accuracy")]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"type": "integer"})]
Number = Annotated[float, BeforeValidator(_number), WithJsonSchema({"type": "number"})]
Credential = Annotated[str, BeforeValidator(_credential), _written(r"^credential:[a-z]", "credential:hf-token")]
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""A scalar kept as it was written; to an editor it may look like a number."""
