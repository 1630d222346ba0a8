"""Ceiling: a measure of the candidate is at most so high, beyond doubt: a share of errors, of refusals."""

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share
from sentinel.domain.verdict import Finding
from sentinel.gate.bounded import bounded


@check("ceiling")
def ceiling(at: Look, candidate: EvalReport, *, set: Name, at_most: Share) -> Finding:
    """The candidate's measure on a set is at most so high, beyond doubt."""
    return bounded("ceiling", at, candidate, set, at_most)
