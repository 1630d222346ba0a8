"""The controls of a step: each parameter with its value as people write it, and what is set in place of it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pydantic import BaseModel, TypeAdapter

from sentinel.contract import scalars
from sentinel.contract.types import StepType
from sentinel.contract.words import quoted
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import Filled, Input, PlannedStep
from sentinel.domain.quantity import Rate, format_duration, format_size
from sentinel.domain.reforge import laid
from sentinel.recipe.inputs import parsed
from sentinel.recipe.mistakes import keys_at
from sentinel.recipe.params import validated
from sentinel.recipe.steps import named_secrets

Where = tuple[str, ...]
_NOTHING = "none"
_DURATION, _SIZE = (TypeAdapter(kind).json_schema()["pattern"] for kind in (scalars.Duration, scalars.Size))
_RATE = {"times", "per_ms"}
_BEGINS_JSON = re.compile(r'[\[{"]')


@dataclass(frozen=True, slots=True)
class Control:
    """One parameter of a step."""

    name: str
    """As `--set` names it: the step, then the way to it."""
    value: Json
    default: bool
    """Whether it is what the step takes by itself."""
    input: str | None = None
    """The input of the recipe that fills it."""


def controls(step: PlannedStep, kind: StepType, params: Json) -> list[Control]:
    """Every control of a step, in the order of its parameters. `params` are complete, with what inputs fill."""
    filled = {each.at: each.input for each in step.filled}
    return [
        Control(
            ".".join((step.id, *at)), written(kind.params, at, value), _is_default(kind.params, params, at, value),
            next((name for place, name in filled.items() if at[: len(place)] == place), None),
        )
        for at, value in _leaves(params)
    ]  # fmt: skip


def value_of(text: str) -> Json:
    """What a text stands for: `none`, JSON where it begins like it, else itself. ValueError says what is wrong."""
    parsed(Input("text"), text)
    if text == _NOTHING:
        return None
    if not _BEGINS_JSON.match(text):
        return text
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it is too deep") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it begins like JSON, and is none: {error.msg}") from error


def _no_number(word: str) -> Json:
    raise ValueError(f"{word} is no number")


def with_settings(
    step: PlannedStep, kind: StepType, params: Json, given: Mapping[Where, Json]
) -> tuple[PlannedStep, Json, list[Fault]]:
    """A step with values laid over its parameters, these complete, and what is wrong with them.

    `params` are complete, with what inputs fill; a place that is set is not filled by an input any more.
    """
    tree = params
    for at, value in given.items():
        tree = laid(tree, at, value)
    value, faults = validated(kind.params, tree, (step.id,))
    if faults:
        return step, params, [_with_nearest(each, kind.params) for each in faults]
    before, after = named_secrets(kind, params), named_secrets(kind, value)
    if set(after) - set(before):
        what = f"{quoted(step.id)} would get a credential that its recipe does not give it."
        return step, params, [Fault("E-secret-ref", what, "Name credentials in the recipe.", at=(step.id,))]
    filled = tuple(each for each in step.filled if not any(_meet(each.at, at) for at in given))
    return _made(step, value, filled, after), value, []


def _with_nearest(fault: Fault, model: type[BaseModel]) -> Fault:
    """A fault that names the nearest of all keys: what is set stands beside every key that there is."""
    if fault.code != "E-unknown-key":
        return fault
    known = set(keys_at(model, fault.at[1:-1]))
    return replace(fault, todo=suggest(str(fault.at[-1]), known, "parameter")) if known else fault


def _made(step: PlannedStep, value: Json, filled: tuple[Filled, ...], secrets: tuple[str, ...]) -> PlannedStep:
    held = value
    for each in filled:
        held = laid(held, each.at, None) if _in_groups(held, each.at) else held
    return replace(step, params=held, filled=filled, secrets=secrets)


def _in_groups(held: Json, at: Where) -> bool:
    """Whether a place is reached through groups alone; an item of a list keeps its value until it is filled."""
    for part in at[:-1]:
        if not isinstance(held, dict):
            return False
        held = held.get(part)
    return isinstance(held, dict)


def _meet(one: Where, other: Where) -> bool:
    """Whether one of two places is inside the other."""
    return all(a == b for a, b in zip(one, other, strict=False))


def at(params: Json, where: Sequence[str]) -> Json:
    """What stands at a place; None where nothing does."""
    for part in where:
        params = params.get(part) if isinstance(params, dict) else None
    return params


def written(model: type[BaseModel], where: Where, value: Json) -> Json:
    """A value as people write it: a duration as 30d and no number of milliseconds."""
    if isinstance(value, dict) and set(value) == _RATE:
        return str(Rate(value["times"], value["per_ms"]))
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    patterns = _patterns(model, where)
    if _DURATION in patterns:
        return format_duration(value)
    return format_size(value) if _SIZE in patterns else value


def _leaves(value: Json, at: Where = ()) -> Iterator[tuple[Where, Json]]:
    if isinstance(value, dict) and set(value) != _RATE and (value or not at):
        for key, held in value.items():
            yield from _leaves(held, (*at, str(key)))
    else:
        yield at, value


def _is_default(model: type[BaseModel], params: Json, where: Where, value: Json) -> bool:
    """Whether the step would come to the same value, were it not said."""
    made, faults = validated(model, _without(params, where), ())
    return not faults and at(made, where) == value


def _without(params: Json, where: Where) -> Json:
    if not isinstance(params, dict):
        return params
    if len(where) == 1:
        return {key: held for key, held in params.items() if key != where[0]}
    return {**params, where[0]: _without(params.get(where[0]), where[1:])}


@cache
def _schema(model: type[BaseModel]) -> Json:
    return model.model_json_schema()


def _patterns(model: type[BaseModel], where: Where) -> set[str]:
    """The patterns of text that a place takes, by the schema of its model."""
    whole = _schema(model)
    arms = _arms(whole, whole)
    for part in where:
        arms = [arm for each in arms for arm in _arms(each.get("properties", {}).get(part, {}), whole)]
    return {each["pattern"] for each in arms if "pattern" in each}


def _arms(node: Json, whole: Json) -> list[Json]:
    if "$ref" in node:
        node = whole.get("$defs", {}).get(node["$ref"].rpartition("/")[2], {})
    found = [arm for each in (*node.get("anyOf", ()), *node.get("allOf", ())) for arm in _arms(each, whole)]
    return [node, *found]
