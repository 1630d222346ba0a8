"""Floor: a measure of the candidate is at least so high, beyond doubt. It needs no champion."""

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share
from sentinel.domain.verdict import Finding
from sentinel.gate.bounded import bounded


@check("floor")
def floor(at: Look, candidate: EvalReport, *, set: Name, at_least: Share) -> Finding:
    """The candidate's measure on a set is at least so high, beyond doubt; it also judges a first champion."""
    return bounded("floor", at, candidate, set, at_least)
