"""The wiring check: what is wrong with a plan before anything runs, by path, every fault at once. Pure."""

from itertools import chain, islice

from sentinel.contract.wiring.bindings import binding_faults
from sentinel.contract.wiring.cost import cost_faults
from sentinel.contract.wiring.facts import Facts, View
from sentinel.contract.wiring.judged import judged_faults
from sentinel.contract.wiring.maybe import maybe_faults
from sentinel.contract.wiring.order import order_faults
from sentinel.domain.fault import Fault
from sentinel.domain.plan import Plan

__all__ = ["Facts", "wiring_faults"]


def wiring_faults(plan: Plan, facts: Facts, most: int = 101) -> list[Fault]:
    """The faults and warnings of a plan whose steps are those of its file, in that order; `most` at most."""
    view = View(plan, facts)
    found = chain(binding_faults(view), order_faults(view), cost_faults(view), maybe_faults(view), judged_faults(view))
    return list(islice(found, most))
