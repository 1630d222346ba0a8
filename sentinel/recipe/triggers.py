"""The triggers of a recipe: known, with settings that fit, and able to start a run by themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from sentinel.contract.types import Registry
from sentinel.contract.words import quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan
from sentinel.recipe.params import checked_params
from sentinel.recipe.parse import ReadRecipe

_OF_LINE = frozenset(("champion", "drift", "profiles", "signals", "usage"))
"""What a trigger can only read of a line."""


@dataclass(frozen=True, slots=True)
class CompiledTrigger:
    """A trigger of a recipe file, checked."""

    index: int
    kind: str
    params: Json
    line: int
    """The line of the file that it stands in."""
    reads: tuple[str, ...] = ()


def compile_triggers(
    read: ReadRecipe, plan: Plan, registry: Registry, needs_line: bool
) -> tuple[tuple[CompiledTrigger, ...], list[Fault]]:
    """The triggers of a recipe, and the faults of those that cannot fire."""
    head = read.head.form
    found: list[CompiledTrigger] = []
    faults: list[Fault] = []
    for index, raw in enumerate(head.triggers if head is not None else []):
        if not isinstance(raw, dict) or len(raw) != 1:
            what = "A trigger is one word with its settings."
            faults.append(Fault("E-trigger", what, "Write `- cron: {…}`.", at=("triggers", index)))
            continue
        name, held = next(iter(raw.items()))
        kind = registry.triggers.get(name)
        if kind is None:
            what = f"{quoted(name)} is no trigger."
            todo = suggest(name, registry.triggers, "trigger")
            faults.append(Fault("E-unknown-trigger", what, todo, at=("triggers", index, name), key=True))
            continue
        if held is not None and not isinstance(held, dict):
            what = f"{quoted(name)} takes a mapping of its settings."
            todo = f"Write `{name}: {{{', '.join(f'{key}: …' for key in kind.params.model_fields)}}}`."
            faults.append(Fault("E-type", what, todo, at=("triggers", index, name)))
            continue
        params = checked_params(kind.params, held or {}, {}, ("triggers", index, name))
        faults += params.faults
        watched = params.value.get("set") if isinstance(params.value, dict) else None
        if watched is not None and any(each.kind == name and each.params.get("set") == watched for each in found):
            what = f"Two triggers {quoted(name)} watch the set {quoted(watched)}."
            faults.append(Fault("E-doubled", what, "Keep one.", at=("triggers", index, name)))
        if name != "manual":
            of_line = needs_line or bool(_OF_LINE & set(kind.reads))
            faults += _lacking(plan, head.lines if head is not None else (), of_line, ("triggers", index))
        place = read.document.keys.get(("triggers", index, name), (0, 0))
        found.append(CompiledTrigger(index, name, params.value, place[0], kind.reads))
    return tuple(found), faults


def _lacking(plan: Plan, lines: tuple[str, ...], needs_line: bool, path: tuple[str | int, ...]) -> Iterator[Fault]:
    required = [name for name, held in plan.inputs.items() if held.required]
    if required:
        what = f"A trigger cannot give the input {quoted(required[0])}."
        todo = "Give it a default." if plan.inputs[required[0]].type not in KINDS else "Let a step make it."
        yield Fault("E-trigger-input", what, todo, at=path)
    if needs_line and not lines:
        yield Fault("E-line-needed", "A trigger cannot tell which line this is for.", "Add `line:`.", at=path)
