"""Whether every binding leads somewhere, gives the right kind, and leaves no required port without."""

from collections.abc import Iterator

from sentinel.contract.wiring.facts import ALIAS_PORTS, LINE_PORTS, Bound, Path, View
from sentinel.contract.words import listed, quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import PlannedStep, Source


def binding_faults(view: View) -> Iterator[Fault]:
    """The faults of ids, of each binding by itself, of each step's ports together, and of what the recipe gives."""
    for index, step in view.steps():
        if step.id and view.places[step.id] != index:
            what = f"The id {quoted(step.id)} is taken by a step above."
            yield Fault("E-id-twice", what, "Give each step an id of its own.", at=("steps", index, "id"))
        for bound in view.bound(index):
            fault = source_fault(view, bound.source, step, bound.path)
            yield from [fault] if fault is not None else _fit(view, step, index, bound)
        yield from _each(view, step, index)
        yield from _ports(view, step, index)
    for port, source in view.plan.gives.items():
        yield from _given(view, source, ("gives", port))


def source_fault(view: View, source: Source, step: PlannedStep | None, path: Path) -> Fault | None:
    """What keeps a source from giving an artifact at all."""
    if source.of == "it":
        if step is not None and step.each is not None:
            return None
        return Fault("E-it", "`it` is an element, and this step has no `each`.", "Write step.port.", at=path)
    if source.of == "input":
        return _input_fault(view, source, path)
    if source.of == "alias":
        return _port_fault(source, set(ALIAS_PORTS), path)
    if source.name == "line":
        return _port_fault(source, set(LINE_PORTS), path)
    given = view.named(source.name)
    if given is None:
        known = {*view.places, *(("line",) if source.port in LINE_PORTS else ())} - {
            step.id if step is not None else ""
        }
        what = f"No step is called {quoted(source.name)}."
        return Fault("E-unknown-step", what, suggest(source.name, known, "step"), at=path)
    return _port_fault(source, set(given.gives), path) if view.ports_known(source.name) else None


def _input_fault(view: View, source: Source, path: Path) -> Fault | None:
    declared = view.plan.inputs.get(source.name)
    if declared is None:
        if not view.facts.inputs_known:
            return None
        what = f"No input is called {quoted(source.name)}."
        return Fault("E-unknown-input", what, suggest(source.name, view.plan.inputs, "input"), at=path)
    if declared.type in KINDS:
        return None
    what = f"`inputs.{source.name}` is {quoted(declared.type)}, and a port takes an artifact."
    return Fault("E-not-artifact", what, "Give it to a parameter, in `with:`.", at=path)


def _port_fault(source: Source, known: set[str], path: Path) -> Fault | None:
    if source.port in known:
        return None
    what = f"{quoted(source.name)} gives no {quoted(source.port)}."
    return Fault("E-unknown-port", what, suggest(source.port, known, "port"), at=path)


def _fit(view: View, step: PlannedStep, index: int, bound: Bound) -> Iterator[Fault]:
    port, given = step.takes.get(bound.port), view.port_of(bound.source, step)
    if port is None or given is None or index in view.facts.unknown:
        return
    if given.kind != port.kind:
        what = f"`{bound.port}` takes {quoted(port.kind)}, and `{bound.source}` is {quoted(given.kind)}."
        yield Fault("E-kind-wrong", what, f"Bind a {port.kind}.", at=bound.path)
    elif given.many and not port.many:
        what = f"`{bound.port}` takes one {port.kind}, and `{bound.source}` is a list of them."
        yield Fault("E-list", what, f"Write `each: {bound.source}` and bind `it`.", at=bound.path)


def _each(view: View, step: PlannedStep, index: int) -> Iterator[Fault]:
    if step.each is None:
        return
    path: Path = ("steps", index, "each")
    fault = source_fault(view, step.each, None, path)
    if fault is not None:
        yield fault
        return
    given = view.port_of(step.each)
    if given is not None and not given.many:
        what = f"`{step.each}` is one {given.kind}, and `each` goes over a list."
        yield Fault("E-each", what, "Take `each` away, or name a port that gives a list.", at=path)
    elif not any(bound.source.of == "it" for bound in view.bound(index)):
        todo = "Bind `it` to one of its ports."
        yield Fault("E-each-unused", "The step does the same for each element.", todo, at=path, warning=True)


def _ports(view: View, step: PlannedStep, index: int) -> Iterator[Fault]:
    if index in view.facts.unknown or view.unsure(index, "in"):
        return
    for port, sources in step.binds.items():
        path: Path = ("steps", index, "in", port)
        if port not in step.takes:
            what = f"{quoted(_noun(step))} takes no {quoted(port)}."
            yield Fault("E-unknown-port", what, suggest(port, step.takes, "port"), at=path, key=True)
        elif len(sources) > 1 and not step.takes[port].many:
            what = f"`{port}` takes one {step.takes[port].kind}, and {len(sources)} are bound."
            yield Fault("E-doubled", what, "Keep one.", at=(*path, 1))
        elif len({(source.of, source.name, source.port) for source in sources}) < len(sources):
            yield Fault("E-doubled", f"`{port}` is given the same twice.", "Keep one.", at=path)
    missing = [name for name, port in step.takes.items() if not port.optional and name not in step.binds]
    if missing:
        kinds = listed(f"{name}: {step.takes[name]}" for name in missing)
        what = f"{quoted(_noun(step))} is not given {kinds}."
        yield Fault("E-unbound", what, "Bind it in `in:`.", at=("steps", index, "in"), key=True)
    kind = view.facts.registry.steps.get(step.use)
    if kind is None or step.act != "use" or not isinstance(step.params, dict) or view.unsure(index, "with"):
        return
    for param, port in kind.speaks_of.items():
        if port not in step.binds and step.params.get(param) != kind.params.model_fields[param].default:
            what = f"`{param}` speaks of what {quoted(port)} gives, and nothing is bound there."
            todo = f"Bind {quoted(port)} in `in:`, or take `{param}` away."
            yield Fault("E-unbound", what, todo, at=("steps", index, "with", param), key=True)


def _given(view: View, source: Source, path: Path) -> Iterator[Fault]:
    if source.of != "step" or source.name == "line" or source.maybe:
        what = f"`{source}` is not what a step of this recipe gives."
        yield Fault("E-gives", what, "Write step.port.", at=path)
        return
    fault = source_fault(view, source, None, path)
    if fault is not None:
        yield fault


def _noun(step: PlannedStep) -> str:
    return step.gate.gate if step.gate is not None else step.use
