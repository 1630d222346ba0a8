"""Zoo files: specs whose recipe is there, and whose overrides fit the steps that they change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sentinel.contract.types import Registry
from sentinel.contract.words import quoted
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.recipe.compile import Compiled
from sentinel.recipe.loader import Document, Tree
from sentinel.recipe.model import UseStep
from sentinel.recipe.params import checked_params
from sentinel.recipe.parse import read_form
from sentinel.recipe.spec import SpecForm


@dataclass(frozen=True, slots=True)
class CompiledSpec:
    """A spec file that has no faults."""

    name: str
    path: str
    digest: str
    form: SpecForm


def compile_spec(
    document: Document, recipes: Mapping[str, Compiled], registry: Registry
) -> tuple[CompiledSpec | None, list[Fault]]:
    """The spec of a file where it has no faults, and the faults by path."""
    read = read_form(SpecForm, document.tree, (), {"spec": "unnamed"})
    faults = [*read.faults]
    if read.form is not None and "recipe" not in read.unsure:
        faults += _against(read.form, recipes, registry)
    if read.form is None or faults:
        return None, faults
    return CompiledSpec(read.form.spec, document.file, document.digest, read.form), faults


def _against(form: SpecForm, recipes: Mapping[str, Compiled], registry: Registry) -> Iterator[Fault]:
    compiled = recipes.get(form.recipe)
    if compiled is None:
        what = f"No recipe is called {quoted(form.recipe)}."
        yield Fault("E-unknown-recipe", what, suggest(form.recipe, recipes, "recipe"), at=("recipe",))
        return
    steps = {name: step.form for name, step in zip(compiled.read.ids, compiled.read.steps, strict=True)}
    for name, override in form.overrides.items():
        step = steps.get(name)
        if name not in steps:
            what = f"{quoted(form.recipe)} has no step {quoted(name)}."
            yield Fault("E-unknown-step", what, suggest(name, steps, "step"), at=("overrides", name), key=True)
        elif step is not None and not isinstance(step, UseStep):
            what = f"{quoted(name)} has no parameters to change."
            yield Fault("E-override", what, "Take this away.", at=("overrides", name), key=True)
        elif step is not None and step.use in registry.steps and compiled.plan is not None:
            merged = _merged(step.params, override.params)
            kind = registry.steps[step.use].params
            yield from checked_params(kind, merged, compiled.inputs, ("overrides", name, "with")).faults


def _merged(base: Tree, over: Tree) -> Tree:
    """What a spec says in place of what the recipe says, key by key."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{key: _merged(base.get(key), held) for key, held in over.items()}}
    return over
