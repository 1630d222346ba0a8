"""What the wiring check knows besides the plan, and the plan as it looks at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sentinel.contract.types import Registry
from sentinel.domain.artifact import KINDS
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan, PlannedStep, Port, Source

Path: TypeAlias = tuple[str | int, ...]

ALIAS_PORTS = {
    "model": Port("Model"), "dataset": Port("Dataset"), "report": Port("EvalReport"), "card": Port("Card"),
    "bundle": Port("Bundle"),
}  # fmt: skip
LINE_PORTS = {"base": Port("Model"), "sets": Port("Dataset", many=True), "rows": Port("RawSnapshot", many=True)}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is registered, which nodes there are, and which parts of the file have faults of their own already."""

    registry: Registry = field(default_factory=Registry)
    nodes: Mapping[str, Slots] = field(default_factory=dict)
    unknown: frozenset[int] = frozenset()
    """The steps, by place, whose ports nobody can know."""
    unsure: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """The keys of a step, by place, that could not be read."""
    inputs_known: bool = True


@dataclass(frozen=True, slots=True)
class Bound:
    """One source in a step's bindings, and where it is written."""

    port: str
    source: Source
    path: Path


class View:
    """A plan as the wiring check looks at it: steps by id and place."""

    def __init__(self, plan: Plan, facts: Facts) -> None:
        self.plan, self.facts = plan, facts
        self.places: dict[str, int] = {}
        for index, step in enumerate(plan.steps):
            if step.id:
                self.places.setdefault(step.id, index)

    def steps(self) -> Iterator[tuple[int, PlannedStep]]:
        """The steps with their places in the file."""
        return iter(enumerate(self.plan.steps))

    def named(self, name: str) -> PlannedStep | None:
        """The step of this id, if there is one."""
        place = self.places.get(name)
        return None if place is None else self.plan.steps[place]

    def ports_known(self, name: str) -> bool:
        """Whether the ports of the step of this id can be known."""
        place = self.places.get(name)
        return place not in self.facts.unknown and (place is None or not self.unsure(place, "gives"))

    def unsure(self, index: int, key: str) -> bool:
        """Whether a key of a step has a fault of its own."""
        return key in self.facts.unsure.get(index, ())

    def bound(self, index: int) -> Iterator[Bound]:
        """Every source that a step binds, `each` left out."""
        for port, sources in self.plan.steps[index].binds.items():
            for number, source in enumerate(sources):
                yield Bound(port, source, ("steps", index, "in", port, *((number,) if len(sources) > 1 else ())))

    def port_of(self, source: Source, step: PlannedStep | None = None) -> Port | None:
        """What a source gives, where that is known; `it` is an element of the step's own `each`."""
        if source.of == "it":
            held = self.port_of(step.each) if step is not None and step.each is not None else None
            return Port(held.kind) if held is not None else None
        if source.of == "alias":
            return ALIAS_PORTS.get(source.port)
        if source.of == "input":
            declared = self.plan.inputs.get(source.name)
            return Port(declared.type) if declared is not None and declared.type in KINDS else None
        if source.name == "line":
            return LINE_PORTS.get(source.port)
        from_step = self.named(source.name)
        if from_step is None or not self.ports_known(source.name):
            return None
        port = from_step.gives.get(source.port)
        return Port(port.kind, many=True) if port is not None and from_step.each is not None else port
