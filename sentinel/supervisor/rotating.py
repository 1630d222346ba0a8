"""Rotations as people ask for them: which recipe rotates, for which line, and the run that does it."""

from dataclasses import dataclass
from typing import Any

from sentinel.contract.words import listed
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan
from sentinel.domain.refusal import Refusal
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.triggers import queued_already
from sentinel.supervisor.verbs import plan_in_force
from sentinel.supervisor.work import Work
from sentinel.supervisor.zoo import ROTATION


@dataclass(frozen=True, slots=True)
class Rotates:
    """A recipe in force that rotates the zoo, for a line or for none."""

    recipe: str
    line: str | None
    budget: int
    """How many train, where nobody says otherwise."""
    gpu: int | None


def rotations(catalogue: Catalogue) -> list[Rotates]:
    """Every rotation in force."""
    found = []
    for name, recipe in sorted(catalogue.recipes.items()):
        held: Any = recipe
        for line in held.lines or (None,):
            plan: Plan = held.plan_for(line)
            asked = [step.params for step in plan.steps if step.use == ROTATION]
            if asked:
                own = (asked[0] or {}).get("budget")
                budget = own if isinstance(own, int) else catalogue.rotation
                found.append(Rotates(name, line, budget, plan.policy.budget.gpu))
    return found


def which(catalogue: Catalogue, recipe: str | None, line: str | None) -> Rotates | Refusal:
    """The one rotation that is meant."""
    every = rotations(catalogue)
    named = [each for each in every if recipe in (None, each.recipe)]
    if not every:
        return Refusal("E-no-rotation", "No recipe in force rotates the zoo.",
                       todo="Write one with a step `use: rotation`; docs/zoo.md has one to begin with.")  # fmt: skip
    if not named:
        todo = suggest(recipe or "", {each.recipe for each in every}, "rotation")
        return Refusal("E-no-rotation", f"No recipe {recipe!r} rotates the zoo.", todo=todo)
    found = [each for each in named if line in (None, each.line) or each.line is None]
    recipes = sorted({each.recipe for each in found})
    if len(recipes) > 1:
        return Refusal("E-which-rotation", "Several recipes rotate the zoo.",
                       todo=f"Add --recipe: {', '.join(recipes)}.")  # fmt: skip
    if len(found) > 1:
        lines = ", ".join(each.line or "" for each in found)
        return Refusal("E-which-line", f"Recipe {recipes[0]} has several lines.", todo=f"Add --line: {lines}.")
    if not found:
        lines = listed([each.line or "" for each in named])
        return Refusal("E-other-line", f"No rotation is for line {line!r}.", todo=f"They are for {lines}.")
    return found[0] if found[0].line is not None or line is None else _for(catalogue, found[0], line)


def _for(catalogue: Catalogue, found: Rotates, line: str) -> Rotates | Refusal:
    if line not in catalogue.lines:
        todo = suggest(line, catalogue.lines, "line")
        return Refusal("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=todo)
    return Rotates(found.recipe, line, found.budget, found.gpu)


def rotate(engine: Engine, actor: str, recipe: str | None, line: str | None, budget: int | None) -> Done:
    """Ask for a rotation now. Where one waits in the queue already, with the same budget, that one is the answer."""

    def act(work: Work) -> Refusal | str:
        found = which(engine.catalogue, recipe, line)
        if isinstance(found, Refusal):
            return found
        plan = plan_in_force(engine, found.recipe, found.line)
        if isinstance(plan, Refusal):
            return plan
        required = [name for name, declared in plan.inputs.items() if declared.required]
        if required:
            what = f"Recipe {found.recipe} has to be given {required[0]!r}."
            todo = f"`sentinel run {found.recipe} --set {required[0]}=…`."
            return Refusal("E-input-missing", what, todo=todo)
        purpose = None if budget is None else {"budget": budget}
        waiting = queued_already(work, engine.floor, found.recipe, found.line)
        if waiting is not None and work.run(waiting).purpose == purpose:
            return waiting
        inputs = {name: declared.default for name, declared in plan.inputs.items()}
        ask = Ask(
            plan, plan.line, inputs, "manual", "a rotation was asked for", commit=engine.catalogue.commit,
            dirty=engine.catalogue.dirty, purpose=purpose,
        )  # fmt: skip
        return queue_run(work, ask)

    return engine.do(actor, act)
