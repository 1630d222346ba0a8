"""A step's function, called: its ports and parameters in, what it made out."""

import inspect
from typing import Any

from pydantic import ValidationError

from sentinel.contract.at import At
from sentinel.contract.signature import arguments_of
from sentinel.contract.types import Registry, StepType
from sentinel.domain.names import suggest
from sentinel.domain.refusal import refuse
from sentinel.worker.ports import arguments


def step_of(at: At, registry: Registry) -> StepType:
    """The step that this is an attempt of."""
    step = registry.steps.get(at.told.use)
    if step is None:
        raise refuse("E-step-unknown", f"no step is called `{at.told.use}` here.", where=at.step,
                     todo=suggest(at.told.use, registry.steps))  # fmt: skip
    return step


def call(step: StepType, at: At) -> Any:
    """Call the function and give what it returns."""
    try:
        params = step.params.model_validate(at.told.params or {})
    except ValidationError as error:
        first = error.errors()[0]
        raise refuse("E-step-params", f"`{'.'.join(map(str, first['loc']))}` of `{step.name}`: {first['msg']}.",
                     where=at.step, todo="`sentinel check` says it before anything runs.") from None  # fmt: skip
    given = arguments(step.ports, at.inputs)
    return step.function(*[at][: _takes_at(step)], *given, **arguments_of(params))


def _takes_at(step: StepType) -> bool:
    sorts = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(step.function).parameters.values()
    return sum(each.kind in sorts for each in parameters) > len(step.ports)
