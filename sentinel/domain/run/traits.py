"""What the time of an attempt may depend on, as far as its plan says: its parameters, one by one."""

from collections.abc import Iterator

from sentinel.domain.digest import Json
from sentinel.domain.plan import PlannedStep
from sentinel.domain.run.params import params_of
from sentinel.domain.run.state import Run

_MOST, _DEEPEST, _LONGEST = 24, 4, 40


def traits_of(run: Run, step: PlannedStep) -> dict[str, float | str]:
    """The parameters of a step in a run: numbers, and words that are short; of a list, how long it is."""
    found = dict(_leaves("", params_of(run, step), _DEEPEST))
    if step.gate is not None:
        found["gate"] = step.gate.gate
    return dict(sorted(found.items())[:_MOST])


def _leaves(name: str, value: Json, depth: int) -> Iterator[tuple[str, float | str]]:
    if isinstance(value, bool):
        yield name, str(value)
    elif isinstance(value, int | float):
        yield name, float(value)
    elif isinstance(value, str) and len(value) <= _LONGEST:
        yield name, value
    elif isinstance(value, list):
        yield f"{name}#", float(len(value))
    elif isinstance(value, dict) and depth:
        for key, held in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), held, depth - 1)
