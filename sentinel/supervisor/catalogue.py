"""What is in force: the configuration, the compiled recipes and their triggers, as of the last good check."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.needs import Slots
from sentinel.domain.plan import GatePlan, Plan, Port
from sentinel.domain.streams import stream_of
from sentinel.domain.zoo import ZooSpec


@dataclass(frozen=True, slots=True)
class TriggerInForce:
    """A trigger of a recipe for one line."""

    recipe: str
    line: str | None
    kind: str
    index: int
    params: Any
    reads: tuple[str, ...] = ()
    """What a look is told, where it is in a worker."""

    @property
    def stream(self) -> str:
        """The stream that keeps its state."""
        # by what it watches, where it gathers evidence: its place in the file may change, and the evidence stays
        which = self.params["set"] if self.kind == "drift" else self.index
        return stream_of("trigger", f"{self.recipe}.{self.line or '-'}.{self.kind}.{which}")


@dataclass(frozen=True, slots=True)
class GateInForce:
    """A gate's file: its plan, the ports that it judges on, and what it reads besides them."""

    path: str
    plan: GatePlan
    ports: dict[str, Port]
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where notices go, and about what."""

    to: str
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The workspace in force, in the words of the domain."""

    recipes: dict[str, Any] = field(default_factory=dict)
    """CompiledRecipe by name."""
    gates: dict[str, GateInForce] = field(default_factory=dict)
    triggers: tuple[TriggerInForce, ...] = ()
    lines: dict[str, Any] = field(default_factory=dict)
    """The configuration of each line, as JSON."""
    nodes: dict[str, Slots] = field(default_factory=dict)
    programs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    specs: dict[str, ZooSpec] = field(default_factory=dict)
    """The zoo, by name."""
    rotation: int = 3
    """How many of the zoo train in one rotation."""
    shadows: int = 12
    """How many versions are scored in the shadow at once."""
    hub_token: str | None = None
    """The name of the credential for the hub."""
    board: Json = None
    """Whose hub it is (`owner`) and what may be submitted there (`benchmarks`); None where sentinel.yaml names none."""
    targets: tuple[Target, ...] = ()
    operators: tuple[str, ...] = ()
    timezone: str = "UTC"
    files: dict[str, str] = field(default_factory=dict)
    commit: str | None = None
    dirty: bool = False
    dirty_digest: str | None = None

    def plan(self, recipe: str, line: str | None) -> Plan:
        """The plan of a recipe for a line."""
        plan: Plan = self.recipes[recipe].plan_for(line)
        return plan

    def of_kind(self, *kinds: str) -> Iterator[TriggerInForce]:
        """The triggers of these kinds."""
        return (trigger for trigger in self.triggers if trigger.kind in kinds)
