"""What a `?` does: where it says nothing, and where it would quietly skip what the recipe is for.

A `?` on a required port is legal: the step is skipped while the alias is unset, as `before` is in a first run. It is
a fault where a gate, or a step whose result is bound without a `?`, would be skipped with it: then the run would do
nothing and seem to have done all.
"""

from collections.abc import Iterator

from sentinel.contract.wiring.bindings import source_fault
from sentinel.contract.wiring.facts import Bound, View
from sentinel.contract.words import listed, quoted
from sentinel.domain.fault import Fault
from sentinel.domain.plan import PlannedStep


def maybe_faults(view: View) -> Iterator[Fault]:
    """The faults of every `?` on a binding that leads somewhere."""
    left_out = _left_out(view)
    told: set[str] = set()
    for index, step in view.steps():
        for bound in view.bound(index):
            if source_fault(view, bound.source, step, bound.path) or not _known(view, bound):
                continue
            gives_nothing = _may_give_nothing(bound, left_out)
            if bound.source.maybe and not gives_nothing:
                what = f"`{str(bound.source)[:-1]}` always gives something, so its `?` says nothing."
                yield Fault("E-maybe", what, "Take the `?` away.", at=bound.path)
            elif bound.source.maybe and _required(step, bound.port):
                for fault in _required_fault(view, step, bound):
                    told.add(step.id)
                    yield fault
            elif gives_nothing and step.act == "gate" and not bound.source.maybe and not _required(step, bound.port):
                if bound.source.of == "step" and bound.source.name in told:
                    continue
                what = f"{quoted(step.id)} and all below it are skipped while `{bound.source}` gives nothing."
                todo = f"Write `{bound.source}?` to judge without it."
                yield Fault("E-gate-skipped", what, todo, at=bound.path, warning=True)


def _left_out(view: View) -> set[str]:
    """The steps that are skipped while an alias is unset."""
    found: set[str] = set()
    before = -1
    while before < len(found):
        before = len(found)
        for index, step in view.steps():
            if step.id not in found and any(_skips(step, bound, found) for bound in view.bound(index)):
                found.add(step.id)
    return found


def _skips(step: PlannedStep, bound: Bound, left_out: set[str]) -> bool:
    return _may_give_nothing(bound, left_out) and (not bound.source.maybe or _required(step, bound.port))


def _may_give_nothing(bound: Bound, left_out: set[str]) -> bool:
    return bound.source.of == "alias" or (bound.source.of == "step" and bound.source.name in left_out)


def _known(view: View, bound: Bound) -> bool:
    return bound.source.of != "step" or bound.source.name == "line" or view.ports_known(bound.source.name)


def _required(step: PlannedStep, port: str) -> bool:
    taken = step.takes.get(port)
    return taken is not None and not taken.optional and not taken.many


def _required_fault(view: View, step: PlannedStep, bound: Bound) -> Iterator[Fault]:
    needs_it = [
        other.id
        for place, other in view.steps()
        if any(
            each.source.name == step.id and not each.source.maybe
            for each in view.bound(place)
            if each.source.of == "step"
        )
    ]
    start = f"`{bound.port}` is required, and `{bound.source}` may give nothing: then {quoted(step.id)} is skipped"
    if step.act == "gate":
        todo = f"Make the gate's port `{bound.port}` optional, or bind what is always there."
        yield Fault("E-required", f"{start}, and all below it.", todo, at=bound.path)
    elif needs_it:
        todo = "Bind what is always there, or put a `?` where its result is bound."
        yield Fault("E-required", f"{start}, and with it {listed(needs_it)}.", todo, at=bound.path)
