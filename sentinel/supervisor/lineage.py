"""Where a model comes from, as a step is told it: its version, those before it, and the recipe that made it."""

from sentinel.domain.digest import Json
from sentinel.domain.line.state import Line, Version
from sentinel.domain.run.events import Ports
from sentinel.domain.run.state import Run
from sentinel.supervisor.work import Work

_MOST = 20


def lineage_facts(work: Work, run: Run, inputs: Ports) -> Json:
    """The lineage of the model on a step's ports. Nothing in it changes later, so that a result may serve again."""
    models = [held.digest for port in inputs.values() for held in port if held.kind == "Model"]
    line = work.line(run.line) if run.line is not None else None
    version = next((found for model in models if line is not None and (found := line.version_of(model))), None)
    if line is None or version is None:
        return {"line": run.line, "version": None, "ancestors": [], "made_by": None}
    return {
        "line": line.name, "version": version.id, "label": version.label,
        "ancestors": [_told(each) for each in ancestors(line, version)[:_MOST]], "made_by": made_by(work, version),
    }  # fmt: skip


def ancestors(line: Line, version: Version) -> list[Version]:
    """A version and all that it descends from, nearest first."""
    ahead, seen = [version.id], dict[str, Version]()
    while ahead:
        each = line.versions.get(ahead.pop(0))
        if each is not None and each.id not in seen:
            seen[each.id] = each
            ahead.extend(each.parents)
    return list(seen.values())


def made_by(work: Work, version: Version) -> Json:
    """The recipe that made a version, with its inputs, and the step that did."""
    maker = work.run(version.run)
    first = maker
    while first.parent is not None:
        first = work.run(first.parent)
    step = maker.planned(version.step)
    return {
        "run": maker.id, "recipe": first.recipe if first.kind == "recipe" else None, "source": first.plan.source,
        "inputs": first.inputs, "commit": first.commit, "dirty": first.dirty,
        "step": {"id": version.step, "use": step.use, "params": step.params},
    }  # fmt: skip


def _told(version: Version) -> Json:
    return {"version": version.id, "label": version.label, "model": version.model, "parents": list(version.parents)}
