"""The inputs of a run: given as text, typed by the recipe, and put where the plan says."""

import copy
import re
from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from sentinel.contract import scalars
from sentinel.contract.types import Registry
from sentinel.contract.words import listed, quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.digest import Json, is_digest
from sentinel.domain.names import suggest
from sentinel.domain.plan import Input, Plan, PlannedStep
from sentinel.domain.quantity import Rate, format_duration, format_size
from sentinel.domain.refusal import Refusal

_TYPES: dict[str, TypeAdapter[object]] = {
    "int": TypeAdapter(scalars.Whole),
    "number": TypeAdapter(scalars.Number),
    "flag": TypeAdapter(scalars.Flag),
    "duration": TypeAdapter(scalars.Duration),
    "size": TypeAdapter(scalars.Size),
    "rate": TypeAdapter(scalars.Rate),
}
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_LONGEST = 16 * 1024


def given_inputs(plan: Plan, given: Mapping[str, str], registry: Registry) -> dict[str, Json] | list[Refusal]:
    """The inputs of a run, from texts such as `--set window=30d`: typed and complete, or every reason why not."""
    found: dict[str, Json] = {name: declared.default for name, declared in plan.inputs.items()}
    wrong: list[Refusal] = []
    for name, text in given.items():
        if name not in plan.inputs:
            todo = suggest(name, plan.inputs, "input")
            wrong.append(Refusal("E-unknown-input", f"{quoted(plan.recipe)} has no input {quoted(name)}.", name, todo))
            continue
        try:
            found[name] = parsed(plan.inputs[name], text)
        except ValueError as error:
            wrong.append(Refusal("E-value", f"{quoted(text)} is no value for {quoted(name)}: {error}.", name))
            continue
        if text.startswith("-") and plan.inputs[name].type == "text" and name in reaches_argv(plan):
            what = f"{quoted(name)} reaches a program's command line, and may not begin with `-`."
            wrong.append(Refusal("E-argv-text", what, name, "Begin it otherwise."))
    for name, declared in plan.inputs.items():
        if declared.required and name not in given:
            wrong.append(Refusal("E-input-missing", f"{quoted(name)} has to be given.", name, f"Add `--set {name}=…`."))
    return wrong or unfit_inputs(plan, found, registry) or found


def parsed(declared: Input, text: str) -> Json:
    """The JSON value of an input's text. ValueError says what it should have been."""
    if len(text) > _LONGEST or _HIDDEN.search(text):
        raise ValueError(f"it is plain text of {_LONGEST} characters at most, without control characters")
    if declared.type == "text":
        return text
    if declared.type == "one_of":
        if text not in declared.choices:
            raise ValueError(suggest(text, declared.choices, "choice").rstrip("."))
        return text
    if declared.type in KINDS:
        if not is_digest(text):
            raise ValueError("an artifact is given by the 64 hex digits of its digest")
        return {"kind": declared.type, "digest": text}
    adapter = _TYPES[declared.type]
    try:
        return adapter.dump_python(adapter.validate_python(text), mode="json")
    except ValidationError as error:
        told = (error.errors()[0].get("ctx") or {}).get("error")
        raise ValueError(str(told) if told is not None else f"it takes a {declared.type}") from error


def as_text(declared: Input, value: Json) -> str:
    """An input's JSON value as people write it; `parsed` reads it back."""
    if declared.type == "duration":
        return format_duration(value)
    if declared.type == "size":
        return format_size(value)
    if declared.type == "rate":
        return str(Rate(value["times"], value["per_ms"]))
    if declared.type == "flag":
        return "true" if value else "false"
    return str(value["digest"]) if declared.type in KINDS else str(value)


def unfit_inputs(plan: Plan, inputs: Mapping[str, Json], registry: Registry) -> list[Refusal]:
    """The steps, here and in sub-recipes, whose parameters do not take what these inputs say."""
    found = []
    for step in plan.steps:
        params = filled_params(step, inputs)
        child = next((each for each in plan.children if each.recipe == step.recipe), None)
        if child is not None:
            defaults = {name: declared.default for name, declared in child.inputs.items()}
            found += unfit_inputs(child, {**defaults, **params["inputs"]}, registry)
        elif step.filled and step.use in registry.steps:
            try:
                registry.steps[step.use].params.model_validate(params)
            except ValidationError as error:
                where = quoted(".".join(str(part) for part in error.errors()[0]["loc"]))
                names = listed(sorted({hole.input for hole in step.filled}))
                what = f"{where} of {quoted(step.id)} does not take what {names} says."
                found.append(Refusal("E-input-fit", what, step.id, "The reference says what it takes."))
    return found


def filled_params(step: PlannedStep, inputs: Mapping[str, Json]) -> Json:
    """A step's parameters with the run's inputs in their places."""
    value = copy.deepcopy(step.params) if step.filled else step.params
    for hole in step.filled:
        place = value
        for part in hole.at[:-1]:
            place = place[int(part) if isinstance(place, list) else part]
        place[int(hole.at[-1]) if isinstance(place, list) else hole.at[-1]] = inputs.get(hole.input)
    return value


def reaches_argv(plan: Plan) -> set[str]:
    """The inputs that become words of a program's command line, here or in a sub-recipe."""
    found = {
        hole.input for step in plan.steps if step.use == "program" for hole in step.filled if hole.at[:1] == ("args",)
    }
    for step in plan.steps:
        child = next((each for each in plan.children if each.recipe == step.recipe), None)
        if child is not None:
            deeper = reaches_argv(child)
            found |= {hole.input for hole in step.filled if hole.at[:1] == ("inputs",) and hole.at[1] in deeper}
    return found
