"""Zoo files: specs whose recipe is there, with what they override put over the parameters of its steps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sentinel.contract.words import quoted
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan, PlannedStep
from sentinel.domain.quantity import format_duration
from sentinel.domain.zoo import ZooSpec, label_of
from sentinel.recipe.compile import DEEPEST, Compiled, CompiledRecipe, depth
from sentinel.recipe.loader import Document, Tree
from sentinel.recipe.model import UseStep
from sentinel.recipe.parse import read_form
from sentinel.recipe.spec import SpecForm
from sentinel.recipe.steps import Known, planned_step
from sentinel.recipe.subrecipe import SPEC

ROTATION = "rotation"
"""The step that chooses who trains."""


@dataclass(frozen=True, slots=True)
class CompiledSpec:
    """A spec file that has no faults."""

    name: str
    path: str
    digest: str
    form: SpecForm
    spec: ZooSpec


def compile_spec(
    document: Document, recipes: Mapping[str, Compiled], known: Known
) -> tuple[CompiledSpec | None, list[Fault]]:
    """The spec of a file where it has no faults, and the faults by path."""
    read = read_form(SpecForm, document.tree, (), {"spec": "unnamed"})
    faults = [*read.faults]
    spec = None
    if read.form is not None and "recipe" not in read.unsure:
        spec, wrong = _against(read.form, document.file, recipes, known)
        faults += wrong
    if read.form is None or spec is None or any(not fault.warning for fault in faults):
        return None, faults
    return CompiledSpec(read.form.spec, document.file, document.digest, read.form, spec), faults


def _against(
    form: SpecForm, file: str, recipes: Mapping[str, Compiled], known: Known
) -> tuple[ZooSpec | None, list[Fault]]:
    compiled = recipes.get(form.recipe)
    if compiled is None:
        what = f"No recipe is called {quoted(form.recipe)}."
        return None, [Fault("E-unknown-recipe", what, suggest(form.recipe, recipes, "recipe"), at=("recipe",))]
    plan, faults = _overlaid(form, compiled, recipes, known)
    if plan is None or compiled.recipe is None:
        what = f"The recipe {quoted(form.recipe)} has faults of its own."
        return None, [*faults, Fault("E-part-faulty", what, "Mend its file first.", at=("recipe",))]
    faults += _alone(plan)
    overrides: dict[str, Json] = {name: override.params for name, override in form.overrides.items()}
    label = label_of(form.spec, form.label, overrides)
    recipe = compiled.recipe
    held = ZooSpec(
        form.spec, label, form.status == "active", form.priority, overrides, file, plan, recipe.lines,
        recipe.needs_line, _gpu_time(plan),
    )  # fmt: skip
    return held, [*faults, *_dear(held, recipes)]


def _overlaid(
    form: SpecForm, compiled: Compiled, recipes: Mapping[str, Compiled], known: Known
) -> tuple[Plan | None, list[Fault]]:
    """The recipe's plan with the spec's parameters in it, each read as its step reads its own."""
    steps = {name: step.form for name, step in zip(compiled.read.ids, compiled.read.steps, strict=True)}
    plan, faults = compiled.plan, []
    for name, override in form.overrides.items():
        step = steps.get(name)
        if name not in steps:
            what = f"{quoted(form.recipe)} has no step {quoted(name)}."
            faults.append(Fault("E-unknown-step", what, suggest(name, steps, "step"), at=("overrides", name), key=True))
        elif step is not None and not isinstance(step, UseStep):
            what = f"{quoted(name)} has no parameters to change."
            faults.append(Fault("E-override", what, "Take this away.", at=("overrides", name), key=True))
        elif step is not None and step.use == "recipe" and "recipe" in override.params:
            what = f"{quoted(name)} runs another recipe, and a spec does not change which."
            at = ("overrides", name, "with", "recipe")
            faults.append(Fault("E-override", what, "Change its `inputs`, or write a recipe of its own.", at=at))
        elif step is not None and plan is not None and step.use in known.registry.steps:
            merged = step.model_copy(update={"params": _merged(step.params, override.params)})
            made = planned_step(merged, ("overrides", name), known, compiled.inputs, _Runs(recipes))
            faults += [fault for fault in made.faults if fault.at[:3] == ("overrides", name, "with")]
            plan = _with_params(plan, made.step)
    return plan, faults


@dataclass(frozen=True, slots=True)
class _Runs:
    """The plans of the recipes that a recipe without faults runs."""

    recipes: Mapping[str, Compiled]

    def __call__(self, name: str) -> Plan | Fault:
        plan = self.recipes[name].plan if name in self.recipes else None
        return plan or Fault("E-part-faulty", f"The recipe {quoted(name)} has faults of its own.", "Mend it first.")


def _with_params(plan: Plan, new: PlannedStep) -> Plan:
    old = plan.step(new.id)
    step = replace(old, params=new.params, filled=new.filled, secrets=new.secrets)
    return replace(plan, steps=tuple(step if each is old else each for each in plan.steps))


def _merged(base: Tree, over: Tree) -> Tree:
    """What a spec says in place of what the recipe says, key by key."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{key: _merged(base.get(key), held) for key, held in over.items()}}
    return over


def _alone(plan: Plan) -> Iterator[Fault]:
    """What keeps a recipe from being run for a spec: an input that nobody gives it, or a rotation inside of it."""
    for name, held in plan.inputs.items():
        if held.required and (name, held.type) != (SPEC, "Spec"):
            what = f"{quoted(plan.recipe)} has to be given {quoted(name)}, and a spec gives no inputs."
            yield Fault("E-input-missing", what, "Give the input a default, or override a parameter.", at=("recipe",))
    if rotates(plan):
        what = f"{quoted(plan.recipe)} rotates the zoo itself."
        yield Fault("E-recursion", what, "Name a recipe that trains.", at=("recipe",))
    if 1 + depth(plan) > DEEPEST:
        what = f"With {quoted(plan.recipe)} recipes run each other more than {DEEPEST} deep."
        yield Fault("E-sub-depth", what, "Put the steps of one into another.", at=("recipe",))


def rotates(plan: Plan) -> bool:
    """Whether a recipe, or one that it runs, chooses from the zoo or runs what it is given of it."""
    own = any(step.use == ROTATION or (step.use == "recipe" and step.recipe is None) for step in plan.steps)
    return own or any(rotates(child) for child in plan.children)


def _gpu_time(plan: Plan) -> int | None:
    """What the timeouts of its steps let it take at most; None where a step that needs GPUs has none."""
    total = 0
    for step in plan.steps:
        if step.needs.gpus and (step.timeout is None or step.each is not None):
            return None
        total += step.needs.gpus * (step.timeout or 0)
    for child in plan.children:
        held = _gpu_time(child)
        if held is None:
            return None
        total += held * sum(step.recipe == child.recipe for step in plan.steps)
    return total


def _dear(spec: ZooSpec, recipes: Mapping[str, Compiled]) -> Iterator[Fault]:
    """A warning for each rotation that has not the GPU time for this spec, however long it waits for its turn."""
    found: list[CompiledRecipe] = [each.recipe for each in recipes.values() if each.recipe is not None]
    for rotation in sorted(found, key=lambda each: each.name):
        budget = rotation.plan.policy.budget.gpu
        chooses = any(step.use == ROTATION for step in rotation.plan.steps)
        if spec.active and chooses and budget is not None and (spec.gpu or 0) > budget:
            what = (
                f"{quoted(spec.name)} may take {format_duration(spec.gpu or 0)} of GPU time, and a whole "
                f"{quoted(rotation.name)} has {format_duration(budget)}: it never trains."
            )
            todo = f"Shorten the timeouts of {quoted(spec.plan.recipe)}, or raise `budget.gpu` of the rotation."
            yield Fault("E-spec-dear", what, todo, at=("recipe",), warning=True)
