"""Gate files in force: each with its checks found among the registered ones, and who is judged against whom."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sentinel.contract.types import CheckType, Registry
from sentinel.contract.words import listed, quoted
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import GatePlan, PlannedCheck, Port, Wait
from sentinel.recipe.gatefile import GateForm, Waiting
from sentinel.recipe.loader import Document, Path
from sentinel.recipe.params import checked_params
from sentinel.recipe.parse import read_form


@dataclass(frozen=True, slots=True)
class CompiledGate:
    """A gate file that has no faults: its plan, and the ports that a recipe has to bind."""

    name: str
    path: str
    ports: dict[str, Port]
    plan: GatePlan
    reads: tuple[str, ...] = ()
    """What the step that judges and its checks look at besides the ports."""


def compile_gate(document: Document, registry: Registry) -> tuple[str, CompiledGate | None, list[Fault]]:
    """The gate of a file: its name, its compiled form where it has no faults, and the faults by path."""
    stand_ins = {"gate": "unnamed", "in": {}, "checks": []}
    read = read_form(GateForm, document.tree, (), stand_ins)  # type: ignore[arg-type]
    name = _name(document)
    if read.form is None:
        # with neither ports nor checks to go by there is nothing more to say than what the reading has said
        return name, None, read.faults
    gate = _Gate(read.form, registry, read.unsure)
    faults = [*read.faults, *gate.faults()]
    if any(not fault.warning for fault in faults):
        return name, None, faults
    return name, CompiledGate(name, document.file, gate.ports(), gate.plan(document), gate.reads()), faults


def _name(document: Document) -> str:
    held = document.tree.get("gate") if isinstance(document.tree, dict) else None
    return held if isinstance(held, str) else ""


class _Gate:
    def __init__(self, form: GateForm, registry: Registry, unsure: frozenset[str]) -> None:
        self.form, self.unsure = form, unsure
        self.raw = [check if isinstance(check, dict) else {} for check in form.checks]
        self.known = [registry.checks.get(str(check.get("use"))) for check in self.raw]
        self.names = sorted(registry.checks)
        self.step_reads = registry.steps["gate"].reads if "gate" in registry.steps else ()
        self.checks: list[PlannedCheck] = []

    def faults(self) -> Iterator[Fault]:
        for index, (raw, known) in enumerate(zip(self.raw, self.known, strict=True)):
            path: Path = ("checks", index)
            if not isinstance(self.form.checks[index], dict):
                what = "A check is a mapping of its name and its settings."
                yield Fault("E-type", what, "Write `- {use: NAME}`.", at=path)
            elif known is None:
                yield self._unknown(raw.get("use"), path)
            if known is None:
                continue
            params = checked_params(known.params, {key: held for key, held in raw.items() if key != "use"}, {}, path)
            yield from params.faults
            if "in" not in self.unsure:
                yield from self._ports(known, (*path, "use"))
                yield from self._port(params.value, path)
            self.checks.append(PlannedCheck(known.name, known.version, params.value, tuple(known.ports)))
        if "in" not in self.unsure:
            yield from self._roles()
            yield from self._unused()

    def _unknown(self, use: object, path: Path) -> Fault:
        if not isinstance(use, str):
            return Fault("E-missing-key", "`use` is missing.", f"Name a check. {suggest('', self.names)}", at=path)
        return Fault(
            "E-unknown-check", f"{quoted(use)} is no check.", suggest(use, self.names, "check"), at=(*path, "use")
        )

    def _ports(self, known: CheckType, path: Path) -> Iterator[Fault]:
        for name, port in known.ports.items():
            there = self.form.ports.get(name)
            if there is None:
                if not port.optional or known.comparative:
                    what = f"{quoted(known.name)} judges `{name}`, and the gate's `in:` has none."
                    yield Fault("E-check-port", what, f"Add `{name}: {port}` to `in:`.", at=path)
            elif there.kind != port.kind:
                what = f"{quoted(known.name)} takes {port.kind} for `{name}`, and the gate's `in:` says {there.kind}."
                yield Fault("E-kind-wrong", what, "Make the two the same.", at=path)
            elif there.optional and not port.optional and not known.comparative:
                what = f"{quoted(known.name)} cannot judge without `{name}`, and the gate's `in:` may be without."
                yield Fault("E-check-optional", what, f"Take the `?` from `{name}`.", at=path)

    def _port(self, params: Json, path: Path) -> Iterator[Fault]:
        """A check that takes any kind may be told which port it looks at."""
        port = params.get("port") if isinstance(params, dict) else None
        if isinstance(port, str) and port not in self.form.ports:
            what = f"The gate's `in:` has no {quoted(port)}."
            yield Fault("E-unknown-port", what, suggest(port, self.form.ports, "port"), at=(*path, "port"))

    def _roles(self) -> Iterator[Fault]:
        for key, port in (("judges", self.form.judges), ("against", self.form.against)):
            if port is not None and port not in self.form.ports:
                what = f"The gate's `in:` has no {quoted(port)}."
                yield Fault("E-unknown-port", what, suggest(port, self.form.ports, "port"), at=(key,))
        judges = self.form.judges or self._judges()
        if judges is None:
            what = "It is not clear which port is judged."
            yield Fault("E-judges", what, f"Add `judges:` with {listed(self.form.ports, 'or')}.", at=("in",), key=True)
        elif judges in self.form.ports and self.form.ports[judges].optional:
            todo = f"Take the `?` from `{judges}`."
            yield Fault("E-judges", f"`{judges}` is judged, so it cannot be left out.", todo, at=("in", judges))

    def _judges(self) -> str | None:
        required = [name for name, port in self.form.ports.items() if not port.optional]
        if "candidate" in self.form.ports:
            return "candidate"
        return required[0] if len(required) == 1 else None

    def _unused(self) -> Iterator[Fault]:
        if None in self.known or not (self.form.judges or self._judges()):
            return
        used = {name for known in self.known if known is not None for name in known.ports}
        used |= {str(check.get("port")) for check in self.raw}
        used |= {self.form.judges or self._judges() or "", self.form.against or "champion"}
        for name in self.form.ports:
            if name not in used:
                what = f"No check looks at `{name}`."
                yield Fault("E-unused-port", what, "Take it away.", at=("in", name), key=True, warning=True)

    def ports(self) -> dict[str, Port]:
        """The gate's ports. One takes many where the checks that look at it do."""
        found = {}
        for name, port in self.form.ports.items():
            takers = [known.ports[name] for known in self.known if known is not None and name in known.ports]
            found[name] = replace(port, many=bool(takers) and all(taker.many for taker in takers))
        return found

    def reads(self) -> tuple[str, ...]:
        checks = (word for known in self.known if known is not None for word in known.reads)
        return tuple(dict.fromkeys((*self.step_reads, *checks)))

    def plan(self, document: Document) -> GatePlan:
        form, then = self.form, self.form.then
        wait = then.inconclusive.wait if isinstance(then.inconclusive, Waiting) else None
        against = form.against or ("champion" if "champion" in form.ports else None)
        acts = {
            "fail": then.fail, "inconclusive": "wait" if wait is not None else str(then.inconclusive),
            "error": then.error, "freeze": then.freeze,
        }  # fmt: skip
        return GatePlan(
            form.gate, document.digest, tuple(self.checks), form.judges or self._judges() or "", against, acts,
            Wait(wait.outcomes, wait.at_most) if wait is not None else None,
        )  # fmt: skip
