"""A plan on record brought up to today: what is installed does its steps, and the gates in force judge."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sentinel.contract.types import Registry
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan, PlannedStep, Port
from sentinel.domain.refusal import Refusal
from sentinel.recipe.steps import LINE_STEP, pins_of
from sentinel.supervisor.catalogue import GateInForce

_ANEW = "Run the recipe that is in force instead: `sentinel run RECIPE`."


@dataclass(slots=True)
class Today:
    """What a plan on record is brought up to, and what of it is not as it was."""

    registry: Registry
    gates: Mapping[str, GateInForce]
    told: list[str] = field(default_factory=list)

    def plan(self, plan: Plan) -> Plan | Refusal:
        """The plan as it would run now. Its steps keep what their recipe says of them."""
        steps, children = [], []
        for step in plan.steps:
            made = self._gate(step) if step.gate is not None else self._step(step)
            if isinstance(made, Refusal):
                return made
            steps.append(made)
        for child in plan.children:
            held = self.plan(child)
            if isinstance(held, Refusal):
                return held
            children.append(held)
        return replace(plan, steps=tuple(steps), children=tuple(children))

    def _step(self, step: PlannedStep) -> PlannedStep | Refusal:
        if step.act != "use":
            return step
        kind = self.registry.steps.get(step.use)
        if kind is None:
            what = f"`{step.id}` used `{step.use}`, and no step of that name is installed any more."
            return Refusal("E-unknown-step-type", what, step.id, suggest(step.use, self.registry.steps, "step"))
        pins = pins_of(kind)
        if kind.version != step.version:
            self.told.append(f"`{step.use}` is version {kind.version}, and was {step.version} when it ran")
        elif step.use != "recipe" and step.id != LINE_STEP and pins != step.pins:
            names = ", ".join(sorted({name for name, _ in set(pins.items()) ^ set(step.pins.items())}))
            self.told.append(f"`{step.id}` would run with another release of {names}")
        now = replace(step, version=kind.version, reads=kind.reads, effect=kind.effect, makes=kind.makes,
                      preload=kind.preload)  # fmt: skip
        if step.use == "recipe":
            return now
        now = replace(now, pins=pins)
        if step.id == LINE_STEP or kind.open_ports:
            return now
        return _unbound(now, kind.ports) or replace(now, takes=dict(kind.ports), gives=dict(kind.outputs))

    def _gate(self, step: PlannedStep) -> PlannedStep | Refusal:
        name = step.gate.gate if step.gate is not None else ""
        held = self.gates.get(name)
        if held is None:
            what = f"`{step.id}` is the gate {name}, and no gate of that name is in force."
            return Refusal("E-unknown-gate", what, step.id, suggest(name, self.gates, "gate"))
        if step.gate != held.plan:
            self.told.append(f"the gate {name} judges as it is in force now, and not as it was")
        return _unbound(step, held.ports) or replace(
            step, gate=held.plan, reads=held.reads, takes=dict(held.ports),
            version=self.registry.steps["gate"].version if "gate" in self.registry.steps else step.version,
        )  # fmt: skip


def _unbound(step: PlannedStep, ports: Mapping[str, Port]) -> Refusal | None:
    """Why what a step binds does not fit the ports that there are now; None where it does."""
    unknown = [port for port in step.binds if port not in ports]
    without = [port for port, held in ports.items() if not held.optional and not held.many and port not in step.binds]
    if not unknown and not without:
        return None
    return Refusal("E-other-ports", f"`{step.id}` {_told(step, unknown, without)}.", step.id, _ANEW)


def _told(step: PlannedStep, unknown: Iterable[str], without: Iterable[str]) -> str:
    name = step.gate.gate if step.gate is not None else step.use
    words = [f"binds `{port}`, which {name} does not take any more" for port in unknown]
    return " and ".join([*words, *(f"binds nothing to `{port}`, which {name} needs now" for port in without)])
