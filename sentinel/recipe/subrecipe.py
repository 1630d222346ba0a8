"""A step that runs another recipe: which one, with which inputs, and which ports it thereby has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from sentinel.contract import scalars
from sentinel.contract.wiring.facts import Facts, View
from sentinel.contract.words import quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import Filled, Input, Plan, Port
from sentinel.recipe.loader import Path, Tree
from sentinel.recipe.mistakes import unknown_key
from sentinel.recipe.model import UseStep
from sentinel.recipe.params import checked_params

Subrecipes = Callable[[str], Plan | Fault]
"""The plan of a recipe by name, or why there is none: unknown, faulty, too deep or running itself."""

SPEC = "spec"
"""The port on which a step gets a challenger's definition, and then runs the recipe that it names."""

_TYPES: dict[str, Any] = {
    "text": scalars.Text, "int": scalars.Whole, "number": scalars.Number, "flag": scalars.Flag,
    "duration": scalars.Duration, "size": scalars.Size, "rate": scalars.Rate,
}  # fmt: skip


def runs_a_spec(form: UseStep) -> bool:
    """Whether a step runs the recipe of whichever spec it is given, with what that overrides."""
    return form.use == "recipe" and SPEC in form.binds and "recipe" not in form.params


def spec_faults(form: UseStep, path: Path) -> list[Fault]:
    """A spec brings all its settings along."""
    if not form.params:
        return []
    what = "A spec says by itself which recipe runs, and with which settings."
    return [Fault("E-sub", what, "Take `with:` away.", at=path, key=True)]


@dataclass(slots=True)
class Sub:
    """The recipe that a step runs, and the inputs that it is given."""

    plan: Plan | None = None
    value: Json = None
    filled: tuple[Filled, ...] = ()
    faults: list[Fault] = field(default_factory=list)


def sub_params(raw: Mapping[str, Tree], inputs: Mapping[str, Input] | None, subs: Subrecipes, path: Path) -> Sub:
    """Read `with: {recipe: NAME, inputs: {…}}`."""
    sub = Sub()
    sub.faults = [unknown_key(key, {"recipe", "inputs"} - set(raw), (*path, key)) for key in raw if key not in _KEYS]
    name, given = raw.get("recipe"), raw.get("inputs")
    if not isinstance(name, str) or name.startswith("inputs."):
        what = "It is not said which recipe runs here."
        sub.faults.append(Fault("E-sub", what, "Write `with: {recipe: NAME}`, by its name.", at=(*path, "recipe")))
        return sub
    found = subs(name)
    if isinstance(found, Fault):
        sub.faults.append(Fault(found.code, found.what, found.todo, at=(*path, "recipe")))
        return sub
    sub.plan = found
    if given is not None and not isinstance(given, dict):
        sub.faults.append(Fault("E-type", "`inputs` takes a mapping.", "Write `name: value`.", at=(*path, "inputs")))
        given = None
    _inputs(sub, found, given or {}, inputs, (*path, "inputs"))
    return sub


_KEYS = ("recipe", "inputs")


def _inputs(sub: Sub, plan: Plan, given: dict[str, Tree], inputs: Mapping[str, Input] | None, path: Path) -> None:
    declared = {name: held for name, held in plan.inputs.items() if held.type not in KINDS}
    for name in given:
        if name in plan.inputs and name not in declared:
            what = f"{quoted(name)} is an artifact."
            sub.faults.append(Fault("E-artifact-param", what, "Bind it in `in:`.", at=(*path, name), key=True))
        elif name not in declared:
            what = f"{quoted(plan.recipe)} has no input {quoted(name)}."
            todo = suggest(name, declared, "input")
            sub.faults.append(Fault("E-unknown-input", what, todo, at=(*path, name), key=True))
    for name, held in declared.items():
        if held.required and name not in given:
            what = f"{quoted(plan.recipe)} has to be given {quoted(name)}, a {held.type}."
            sub.faults.append(Fault("E-input-missing", what, f"Add `inputs: {{{name}: …}}`.", at=path, key=True))
    wanted = {name: held for name, held in declared.items() if name in given}
    raw = {name: held for name, held in given.items() if name in wanted}
    params = checked_params(_model_of(wanted), raw, inputs, path)
    sub.faults += params.faults
    told = {fault.at for fault in params.faults}
    for hole in params.filled:
        if (*path, *hole.at) in told:
            continue
        mine, theirs = (inputs or {})[hole.input], declared[hole.at[0]]
        if mine.type != theirs.type and (mine.type, theirs.type) != ("one_of", "text"):
            what = f"`inputs.{hole.input}` is {quoted(mine.type)}, and {quoted(hole.at[0])} is {quoted(theirs.type)}."
            sub.faults.append(Fault("E-input-fit", what, "Give both the same type.", at=(*path, *hole.at)))
    sub.value = {"recipe": plan.recipe, "inputs": params.value}
    sub.filled = tuple(Filled(("inputs", *hole.at), hole.input) for hole in params.filled)


def _model_of(declared: Mapping[str, Input]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for number, (name, held) in enumerate(declared.items()):
        kind = Literal[held.choices] if held.type == "one_of" else _TYPES[held.type]
        fields[f"input{number}"] = (kind, Field(alias=name))
    return create_model("inputs", __config__=ConfigDict(extra="forbid", allow_inf_nan=False), **fields)


def sub_ports(plan: Plan | None) -> tuple[dict[str, Port], dict[str, Port]]:
    """What a step that runs this recipe takes and gives."""
    if plan is None:
        return {}, {}
    takes = {name: Port(held.type) for name, held in plan.inputs.items() if held.type in KINDS}
    view = View(plan, Facts())
    gives = {name: port for name, source in plan.gives.items() if (port := view.port_of(source)) is not None}
    return takes, gives
