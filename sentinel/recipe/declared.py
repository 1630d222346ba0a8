"""The inputs that a recipe declares, with their defaults typed."""

from collections.abc import Iterator, Mapping

from sentinel.contract.words import quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.fault import Fault
from sentinel.domain.plan import Input, Plan
from sentinel.recipe.inputs import parsed
from sentinel.recipe.model import InputForm, OneOf


def declared_inputs(forms: Mapping[str, InputForm]) -> tuple[dict[str, Input], list[Fault]]:
    """The inputs by name, and the faults of their defaults."""
    found: dict[str, Input] = {}
    faults: list[Fault] = []
    for name, form in forms.items():
        kind, choices = ("one_of", form.type.one_of) if isinstance(form.type, OneOf) else (form.type, ())
        if form.default is None:
            found[name] = Input(kind, choices, required=True)
            continue
        found[name] = Input(kind, choices)
        fault = _default(name, found[name], form.default)
        if isinstance(fault, Fault):
            faults.append(fault)
        else:
            found[name] = Input(kind, choices, fault)
    return found, faults


def _default(name: str, declared: Input, raw: object) -> object:
    path = ("inputs", name, "default")
    if declared.type in KINDS:
        what = f"{quoted(name)} is an artifact, which has no default."
        return Fault("E-default", what, "Take `default:` away.", at=path, key=True)
    if not isinstance(raw, str):
        return Fault("E-default", f"The default of {quoted(name)} is not one value.", "Write one value.", at=path)
    try:
        return parsed(declared, raw)
    except ValueError as error:
        said = str(error)
        todo = f"{said[:1].upper()}{said[1:]}{'' if said.endswith('?') else '.'}"
        return Fault("E-default", f"{quoted(raw)} is no {_noun(declared)}.", todo, at=path)


def _noun(declared: Input) -> str:
    return "choice" if declared.type == "one_of" else declared.type


def unused_inputs(plan: Plan) -> Iterator[Fault]:
    """Warnings of inputs that nothing reads."""
    used = {hole.input for step in plan.steps for hole in step.filled}
    used |= {
        source.name for step in plan.steps for held in step.binds.values() for source in held if source.of == "input"
    }
    for name in plan.inputs:
        if name not in used:
            what = f"Nothing reads the input {quoted(name)}."
            todo = f"Write `inputs.{name}` where it belongs, or take it away."
            yield Fault("E-unused-input", what, todo, at=("inputs", name), key=True, warning=True)
