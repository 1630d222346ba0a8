"""One step of a recipe as the plan holds it: its ports, parameters and needs, from the form and the registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from sentinel.contract.types import Registry, StepType
from sentinel.contract.words import quoted
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import is_name, suggest
from sentinel.domain.needs import Needs
from sentinel.domain.plan import Approval, Input, PlannedStep, Port, Retry, Source
from sentinel.recipe.gates import CompiledGate
from sentinel.recipe.loader import Path, Tree
from sentinel.recipe.model import ApproveStep, GateStep, NeedsForm, Step, UseStep, WaitStep
from sentinel.recipe.params import checked_params
from sentinel.recipe.subrecipe import SPEC, Subrecipes, runs_a_spec, spec_faults, sub_params, sub_ports

_CREDENTIAL = "credential:"
LINE_STEP = "line"
"""The step with which a run begins that binds what its line has."""
WRITTEN_OTHERWISE = {
    "gate": "Write `gate: NAME`.", "approve": "Write `approve: {ask: TEXT, within: 24h, else: reject}`.",
    "wait": "Write `wait: 1h`.", "resolve": "A run does it by itself.",
    "send": "`publish` and `submit` have it done.",
}  # fmt: skip
"""Registered steps that a recipe does not name in `use:`."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that a recipe may name."""

    registry: Registry
    gates: Mapping[str, CompiledGate | None] = field(default_factory=dict)
    """By name; None for a gate whose file has faults."""
    programs: Mapping[str, tuple[str, ...]] | None = None
    """None where sentinel.yaml could not be read."""


@dataclass(slots=True)
class Made:
    """A planned step, whether its ports are known, and the faults on the way to it."""

    step: PlannedStep
    faults: list[Fault] = field(default_factory=list)
    known: bool = True


def unknown_step(name: str) -> Made:
    """What stands for a step that could not be read."""
    return Made(PlannedStep(name, "use"), known=False)


def planned_step(form: Step, path: Path, known: Known, inputs: Mapping[str, Input] | None, subs: Subrecipes) -> Made:
    """The planned form of a step."""
    if isinstance(form, UseStep):
        made = _used(form, path, known, inputs, subs)
    elif isinstance(form, GateStep):
        made = _gated(form, path, known)
    elif isinstance(form, ApproveStep):
        asked = Approval(form.approve.ask, form.approve.within, form.approve.otherwise)
        made = Made(PlannedStep(form.id, "approve", "approve", _version(known, "approve"), {}, approval=asked))
    else:
        made = Made(PlannedStep(form.id, "wait", "wait", _version(known, "wait"), {}, wait=form.wait))
    made.step = replace(made.step, after=form.after, when=dict(form.when), optional=form.optional)
    if not isinstance(form, ApproveStep | WaitStep):
        retry = Retry(form.retry.times, form.retry.backoff)
        made.step = replace(made.step, each=form.each, timeout=form.timeout, retry=retry, binds=form.sources())
        made.step = replace(made.step, binds={**made.step.binds, **_wanted(made.step, known)})
    return made


def _wanted(step: PlannedStep, known: Known) -> dict[str, tuple[Source, ...]]:
    """What the line gives to the ports that a recipe leaves without."""
    kind = known.registry.steps.get(step.use)
    free = [port for port in (kind.wants if kind is not None else ()) if port not in step.binds]
    return {port: (Source("step", LINE_STEP, port),) for port in free}


def _version(known: Known, name: str) -> int:
    return known.registry.steps[name].version if name in known.registry.steps else 1


def _used(form: UseStep, path: Path, known: Known, inputs: Mapping[str, Input] | None, subs: Subrecipes) -> Made:
    kind = known.registry.steps.get(form.use)
    if kind is None or form.use in WRITTEN_OTHERWISE:
        return _no_step(form, path, known)
    faults = _said_in_vain(form, kind, path)
    given = {name: Port(kind_name) for name, kind_name in form.gives.items()}
    if form.use == "recipe" and runs_a_spec(form):
        faults += spec_faults(form, (*path, "with"))
        return Made(_planned(form, kind, {}, {SPEC: Port("Spec")}, given), faults)
    if form.use == "recipe":
        sub = sub_params(form.params, inputs, subs, (*path, "with"))
        faults += sub.faults
        taken, given = sub_ports(sub.plan)
        made = Made(_planned(form, kind, sub.value, taken, given), faults, known=sub.plan is not None)
        made.step = replace(made.step, filled=sub.filled, recipe=sub.plan.recipe if sub.plan is not None else None)
        return made
    params = checked_params(kind.params, form.params, inputs, (*path, "with"))
    faults += params.faults
    faults += _program_faults(form, known, (*path, "with"))
    if form.use == "program":
        faults += _argv_faults(form, inputs, (*path, "with"))
    made = Made(_planned(form, kind, params.value, kind.ports, {**kind.outputs, **given}), faults)
    made.step = replace(made.step, filled=params.filled, pins=pins_of(kind), secrets=named_secrets(kind, params.value))
    made.faults += _missing_distributions(kind, path)
    return made


def _no_step(form: UseStep, path: Path, known: Known) -> Made:
    made = unknown_step(form.id)
    if form.use in WRITTEN_OTHERWISE:
        fault = Fault("E-unknown-step-type", f"{quoted(form.use)} is not for `use:`.", WRITTEN_OTHERWISE[form.use])
    else:
        names = set(known.registry.steps) - set(WRITTEN_OTHERWISE)
        what = f"{quoted(form.use)} is nothing that a step can use."
        fault = Fault("E-unknown-step-type", what, suggest(form.use, names, "step"))
    made.faults.append(replace(fault, at=(*path, "use")))
    return made


def _planned(
    form: UseStep | GateStep, kind: StepType | None, params: Json, takes: dict[str, Port], gives: dict[str, Port]
) -> PlannedStep:
    act, use = ("gate", "gate") if isinstance(form, GateStep) else ("use", form.use)
    if kind is None:
        return PlannedStep(form.id, act, use, 1, params, takes=takes, gives=gives, needs=_needs(form.needs, Needs()))
    return PlannedStep(
        form.id, act, use, kind.version, params, takes=dict(takes), gives=dict(gives),
        needs=_needs(form.needs, kind.needs), effect=kind.effect, secrets=kind.secrets, reads=kind.reads,
        makes=kind.makes, preload=kind.preload,
    )  # fmt: skip


def _needs(form: NeedsForm, base: Needs) -> Needs:
    return replace(base, **{name: held for name, held in form.model_dump().items() if held is not None})


def _gated(form: GateStep, path: Path, known: Known) -> Made:
    gate = known.gates.get(form.gate)
    if gate is not None:
        kind = known.registry.steps.get("gate")
        step = _planned(form, kind, {}, gate.ports, {"verdict": Port("Verdict")})
        return Made(replace(step, gate=gate.plan, reads=gate.reads))
    made = Made(PlannedStep(form.id, "gate", "gate", gives={"verdict": Port("Verdict")}), known=False)
    at: Path = (*path, "gate")
    if form.gate in known.gates:
        what = f"The gate {quoted(form.gate)} has faults of its own."
        made.faults.append(Fault("E-part-faulty", what, "Mend its file first.", at=at))
    else:
        what = f"No gate is called {quoted(form.gate)}."
        made.faults.append(Fault("E-unknown-gate", what, suggest(form.gate, known.gates, "gate"), at=at))
    return made


def _said_in_vain(form: UseStep, kind: StepType, path: Path) -> list[Fault]:
    found = []
    if form.gives and not (kind.open_ports and (form.use != "recipe" or runs_a_spec(form))):
        what = f"{quoted(form.use)} says by itself what it gives."
        found.append(Fault("E-gives-fixed", what, "Take `gives:` away.", at=(*path, "gives"), key=True))
    if kind.daemon:
        for key in ("needs", "timeout", "retry"):
            if key in form.model_fields_set:
                what = f"{quoted(key)} says nothing of {quoted(form.use)}, which the daemon does itself."
                found.append(Fault("E-daemon-step", what, "Take it away.", at=(*path, key), key=True))
    return found


def _program_faults(form: UseStep, known: Known, path: Path) -> list[Fault]:
    """A program that sentinel.yaml does not allow, or an address that is neither a program nor a credential."""
    key = {"program": "run", "notify": "to"}.get(form.use, "")
    name = form.params.get(key)
    if not isinstance(name, str) or name.startswith("inputs.") or known.programs is None or name in known.programs:
        return []
    at: Path = (*path, key)
    if name.startswith(_CREDENTIAL):
        if is_name(name.removeprefix(_CREDENTIAL)):
            return []
        what = f"`{key}` is not the name of a credential."
        return [Fault("E-secret-ref", what, "Write `credential:NAME`, in small letters, digits and dashes.", at=at)]
    if "://" in name:
        what = f"`{key}` is an address, and addresses are secrets."
        return [Fault("E-secret-ref", what, "Keep it as a credential, and write `credential:NAME`.", at=at)]
    todo = suggest(name, known.programs, "program") + " Programs are listed in `programs:`."
    return [Fault("E-program", f"sentinel.yaml allows no program {quoted(name)}.", todo, at=at)]


def _argv_faults(form: UseStep, inputs: Mapping[str, Input] | None, path: Path) -> list[Fault]:
    found = []
    args = form.params.get("args")
    for number, word in enumerate(args if isinstance(args, list) else []):
        declared = _input_of(word, inputs)
        if declared is not None and declared.type == "text" and str(declared.default or "").startswith("-"):
            what = f"{quoted(word)} reaches a command line, and its default begins with `-`."
            found.append(Fault("E-argv-text", what, "Begin it otherwise.", at=(*path, "args", number)))
    return found


def named_secrets(kind: StepType, params: Json) -> tuple[str, ...]:
    """The credentials that a step's function declares, and those that its parameters name."""
    found = [*kind.secrets]
    waiting = [params]
    while waiting:
        held = waiting.pop()
        if isinstance(held, dict | list):
            waiting.extend(held.values() if isinstance(held, dict) else held)
        elif isinstance(held, str) and held.startswith(_CREDENTIAL) and is_name(held.removeprefix(_CREDENTIAL)):
            found.append(held.removeprefix(_CREDENTIAL))
    return tuple(dict.fromkeys(found))


def _input_of(word: Tree, inputs: Mapping[str, Input] | None) -> Input | None:
    name = word.removeprefix("inputs.") if isinstance(word, str) and word.startswith("inputs.") else ""
    return (inputs or {}).get(name)


@cache
def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def pins_of(kind: StepType) -> dict[str, str]:
    """The versions of the distributions that a step declares, as they are installed here."""
    found = {name: _installed(name) for name in kind.distributions}
    return {name: held for name, held in found.items() if held is not None}


def _missing_distributions(kind: StepType, path: Path) -> list[Fault]:
    missing = [name for name in kind.distributions if _installed(name) is None]
    if not missing:
        return []
    what = f"{quoted(kind.name)} needs {', '.join(missing)}, which is not installed here."
    todo = f"Install it where steps run: `pip install {' '.join(missing)}`."
    return [Fault("E-distribution", what, todo, at=(*path, "use"), warning=True)]


def open_takes(step: PlannedStep, ports: Mapping[Source, Port | None]) -> dict[str, Port]:
    """What a step with open ports takes: whatever is bound."""
    taken = {}
    for name, sources in step.binds.items():
        given = ports.get(sources[0])
        many = len(sources) > 1 or (given is not None and given.many)
        taken[name] = Port(given.kind if given is not None else "", all(each.maybe for each in sources), many)
    return taken
