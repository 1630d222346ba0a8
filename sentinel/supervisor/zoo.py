"""The zoo as it stands on record: who was tried when, who trains now, and to whom a rotation yields."""

from collections.abc import Callable, Iterable

from sentinel.domain.digest import Json, canonical
from sentinel.domain.form import to_json
from sentinel.domain.line.state import Version
from sentinel.domain.policy.rotation import Challenger
from sentinel.domain.run.state import Run
from sentinel.domain.zoo import ZooSpec
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.work import Work

ROTATION = "rotation"
"""The step that chooses who trains."""
URGENT = ("drift", "distribution", "floor")
"""What fires a retrain of what is live, to which a rotation yields."""


def purpose_of(spec: ZooSpec) -> Json:
    """What a run that trains a spec is for. Whatever it registers bears the label."""
    return {"label": spec.label, "spec": spec.name}


def passed_on(run: Run) -> Json:
    """What a run inside of another is for: what it registers bears the same label."""
    label = (run.purpose or {}).get("label")
    return {"label": label} if label else None


def zoo_facts(work: Work, run: Run, catalogue: Catalogue) -> Json:
    """What a rotation is told: the zoo, and how many may train. A person's word comes before the recipe's."""
    return {
        "challengers": [to_json(each) for each in challengers(work, catalogue, run.line)],
        "asked": (run.purpose or {}).get("budget"), "budget": catalogue.rotation,
        "gpu": run.plan.policy.budget.gpu,
        "texts": {name: spec.text for name, spec in catalogue.specs.items()},
    }  # fmt: skip


def challengers(work: Work, catalogue: Catalogue, line: str | None) -> list[Challenger]:
    """Every spec of the zoo, as a rotation for a line looks at it."""
    return [_challenger(work, spec, line) for _, spec in sorted(catalogue.specs.items())]


def _challenger(work: Work, spec: ZooSpec, line: str | None) -> Challenger:
    own = spec.line_for(line)
    runs = work.ledger.reads.runs_for(canonical(purpose_of(spec)).decode(), own)
    open_run = next((run.id for run in runs if run.ended_at is None), None)
    ends = [run.ended_at for run in runs if run.ended_at is not None]
    # a version may have been made by hand under its label: that is an attempt too
    ends += [version.registered_at for version in versions_of(work, spec, own)]
    return Challenger(
        spec.name, max(ends, default=None), spec.priority, spec.active, spec.gpu, open_run, spec.misfit(line)
    )


def versions_of(work: Work, spec: ZooSpec, line: str | None) -> list[Version]:
    """The versions of a line that came of a spec, oldest first: traced by its label."""
    if line is None:
        return []
    held = [version for version in work.line(line).versions.values() if version.label == spec.label]
    return sorted(held, key=lambda each: (each.registered_at, each.id))


def yields_to(work: Work, open_runs: Iterable[str], run: Run, moves: Callable[[Run], bool]) -> str | None:
    """The retrain of what is live that a rotation, or a training of a spec, lets go first; None where there is none.

    Such a retrain counts while it `moves`: one that cannot start whatever is free would hold up the zoo for weeks.
    """
    if not rotates(run):
        return None
    for name in open_runs:
        other = work.run(name)
        if other.trigger in URGENT and not rotates(other) and moves(other):
            return name
    return None


def rotates(run: Run) -> bool:
    """Whether a run chooses from the zoo, or trains one of it."""
    return "label" in (run.purpose or {}) or any(step.use == ROTATION for step in run.plan.steps)
