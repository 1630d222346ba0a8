"""The record of a version: the run of the whole recipe that it came from, the step that made it, and its settings."""

from dataclasses import dataclass, replace

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.line.state import Version
from sentinel.domain.plan import Plan
from sentinel.domain.reforge import Reforge, reforge_of
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.state import Attempt, Run
from sentinel.recipe.steps import LINE_STEP
from sentinel.supervisor.work import Work

_RUN_IT = "Re-forge a version that a recipe made, or run one: `sentinel run RECIPE --line {line}`."


@dataclass(frozen=True, slots=True)
class Record:
    """All that a version can be made again from."""

    line: str
    version: Version
    whole: Run
    """The run whose plan is the whole recipe: that of the first in a row of re-forges that kept its data."""
    plan: Plan
    """That plan, with the parameters that the version was made with."""
    inputs: Json
    maker: str
    """The id of the step that made it."""
    attempt: Attempt
    tree: Json
    """What the workspace had that no commit holds, where that is on record."""

    def outputs(self, step: str, port: str) -> tuple[Artifact, ...]:
        """What a step of the whole recipe gave."""
        return self.whole.step(step).outputs.get(port, ())


def record_of(work: Work, line: str, version: Version) -> Record | Refusal:
    """The record of a version, or why there is none."""
    run = work.run(version.run)
    todo = _RUN_IT.format(line=line)
    if run.kind != "recipe":
        came = {"adopt": "it was adopted: brought here as it was", "diff": "it is the half that `diff --run` trained"}
        why = came.get(run.trigger, f"`{run.trigger}` made it")
        return Refusal("E-no-recipe", f"No recipe on record made {version.id}; {why}.", todo=todo)
    attempt = maker_of(run, version)
    if attempt is None:
        return Refusal("E-no-recipe", f"It is not on record what {version.id} was made of.", todo=todo)
    before = reforge_of(run.purpose)
    whole = work.run(before.whole) if before is not None else run
    own = {step.id: step for step in run.plan.steps if step.id != LINE_STEP}
    steps = tuple(
        replace(step, params=held.params, filled=held.filled, secrets=held.secrets)
        if (held := own.get(step.id))
        else step
        for step in whole.plan.steps
    )
    inputs = {**(whole.inputs or {}), **{name: (run.inputs or {}).get(name) for name in whole.plan.inputs}}
    pins = version.pins if isinstance(version.pins, dict) else {}
    return Record(line, version, whole, replace(whole.plan, steps=steps), inputs, run.planned(version.step).id,
                  attempt, pins.get("tree"))  # fmt: skip


def maker_of(run: Run, version: Version) -> Attempt | None:
    """The attempt that made a version, in the run that did."""
    made = (each for each in run.attempts.values() if each.step == version.step)
    return next((each for each in made if _gave(each, version.model)), None)


def _gave(attempt: Attempt, model: str) -> bool:
    return any(each.digest == model for held in attempt.outputs.values() for each in held)


def link_of(work: Work, version: Version) -> Reforge | None:
    """What a version is a re-forge of; None where it is none."""
    run = work.run(version.run)
    held = reforge_of(run.purpose)
    if held is None or run.planned(version.step).id != held.step or version.id == held.of:
        return None
    return held
