"""A file's tree as its form, leniently: what does not fit is a fault, and the rest is read all the same."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from sentinel.contract.words import listed, quoted
from sentinel.domain.fault import Fault
from sentinel.domain.names import nearest
from sentinel.recipe.loader import Document, Path, Tree
from sentinel.recipe.mistakes import faults_of
from sentinel.recipe.model import ACTS, STEPS, RecipeHead, Step, UseStep

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Read(Generic[M]):
    """A form as far as it could be read. `unsure` names the keys that had faults and were left out."""

    form: M | None
    faults: list[Fault] = field(default_factory=list)
    unsure: frozenset[str] = frozenset()


def read_form(kind: type[M], tree: Tree, path: Path = (), stand_ins: dict[str, Tree] | None = None) -> Read[M]:
    """Read a mapping as a form. Where a key does not fit, the form is read without it, or with what stands in."""
    if not isinstance(tree, dict):
        given = "nothing" if tree is None else "a list" if isinstance(tree, list) else f"the text {quoted(tree)}"
        what = f"A mapping belongs here, and {given} is given."
        return Read(None, [Fault("E-empty" if tree is None else "E-type", what, "Write `key: value`.", at=path)])
    try:
        return Read(kind.model_validate(tree))
    except ValidationError as error:
        faults = faults_of(error, kind, tree, path)
    unsure = frozenset(str(fault.at[len(path)]) for fault in faults if len(fault.at) > len(path))
    rest = {**(stand_ins or {}), **{key: held for key, held in tree.items() if key not in unsure}}
    try:
        return Read(kind.model_validate(rest), faults, unsure)
    except ValidationError:
        return Read(None, faults, unsure)


@dataclass(slots=True)
class ReadRecipe:
    """A recipe as far as it could be read: its head, and its steps in the order of the file."""

    document: Document
    head: Read[RecipeHead]
    steps: list[Read[Step]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    """The id of each step, also of one that could not be read; empty where it has none."""


def read_recipe(document: Document) -> ReadRecipe:
    """Read a recipe, its head and each step by itself."""
    tree = document.tree
    found = ReadRecipe(document, read_form(RecipeHead, tree, (), {"recipe": "unnamed", "steps": [None]}))
    steps = tree.get("steps") if isinstance(tree, dict) else None
    if isinstance(steps, list) and "steps" not in found.head.unsure:
        for index, step in enumerate(steps):
            found.steps.append(_read_step(step, ("steps", index)))
            held = step.get("id") if isinstance(step, dict) else None
            found.ids.append(held if isinstance(held, str) else "")
    return found


def _read_step(tree: Tree, path: Path) -> "Read[Step]":
    if not isinstance(tree, dict):
        return Read(None, read_form(UseStep, tree, path).faults)
    acts = [act for act in tree if act in ACTS]
    if len(acts) != 1:
        return Read(None, [_no_act(tree, path) if not acts else _many_acts(acts, path)])
    read = read_form(STEPS[acts[0]], tree, path, {"id": "unnamed"})
    return Read(read.form, [_foreign(fault, acts[0], path) for fault in read.faults], read.unsure)


def _no_act(tree: dict[str, Tree], path: Path) -> Fault:
    for key in tree:
        near = nearest(key, ACTS) if key not in _KEYS else None
        if near is not None:
            what = f"{quoted(key)} is no key here."
            return Fault("E-unknown-key", what, f"Did you mean `{near}`?", at=(*path, key), key=True)
    return Fault("E-act", "This step does nothing.", f"Give it one of {listed(ACTS, 'or')}.", at=path)


def _many_acts(acts: list[str], path: Path) -> Fault:
    what = f"This step has {listed(acts)}, and a step does one thing."
    return Fault("E-act", what, "Make two steps of it.", at=(*path, acts[1]), key=True)


_KEYS = {field.alias or name for form in STEPS.values() for name, field in form.model_fields.items()}


def _foreign(fault: Fault, act: str, path: Path) -> Fault:
    """An unknown key of one sort of step that another sort has."""
    key = fault.at[-1] if fault.at else ""
    if fault.code != "E-unknown-key" or len(fault.at) != len(path) + 1 or key not in _KEYS:
        return fault
    homes = [name for name, form in STEPS.items() if key in {f.alias or n for n, f in form.model_fields.items()}]
    what = f"{quoted(key)} says nothing of a step with `{act}`."
    return Fault(fault.code, what, f"It belongs to a step with {listed(homes, 'or')}.", at=fault.at, key=True)
