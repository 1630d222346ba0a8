"""Fits: a base, its rows, their prompt and the node belong together, by what preflight found."""

from functools import partial

from sentinel.contract.at import Look
from sentinel.contract.kinds import Preflight
from sentinel.contract.registry import check
from sentinel.domain.verdict import Finding
from sentinel.gate.preflights import by_standing, on

NAME = "fits"


@check(NAME)
def fits(at: Look, preflight: Preflight) -> Finding:
    """No point of the preflight is a no; its warnings are told."""
    return on(NAME, preflight, None, partial(by_standing, NAME))
