"""Dependencies: what a training imports is installed, in the versions that are declared."""

from functools import partial

from sentinel.contract.at import Look
from sentinel.contract.kinds import Preflight
from sentinel.contract.registry import check
from sentinel.domain.preflight import DEPENDENCIES
from sentinel.domain.verdict import Finding
from sentinel.gate.preflights import by_standing, on

NAME = "dependencies"


@check(NAME)
def dependencies(at: Look, preflight: Preflight) -> Finding:
    """Every library of the training was there when preflight looked, in a version that Sentinel declares."""
    return on(NAME, preflight, DEPENDENCIES, partial(by_standing, NAME))
