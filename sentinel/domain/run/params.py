"""The parameters of a step in a run: as its plan says, with the run's inputs filled in."""

import copy
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.plan import PlannedStep
from sentinel.domain.run.state import Run


def params_of(run: Run, step: PlannedStep) -> Json:
    """A step's parameters, with the run's inputs filled in."""
    params = copy.deepcopy(step.params) if step.filled else step.params
    for filled in step.filled:
        place = params
        for part in filled.at[:-1]:
            place = place[int(part)] if isinstance(place, list) else place[part]
        last: Any = int(filled.at[-1]) if isinstance(place, list) else filled.at[-1]
        place[last] = run.inputs.get(filled.input)
    return params
