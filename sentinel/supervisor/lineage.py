"""Where a model comes from, as a step is told it: its version, those before it, and the recipe that made it."""

from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.line.state import Line, Version
from sentinel.domain.reforge import WORD
from sentinel.domain.run.events import Ports
from sentinel.domain.run.params import params_of
from sentinel.domain.run.state import Run
from sentinel.supervisor.record import link_of, maker_of
from sentinel.supervisor.work import Work

_MOST = 20
_FOLD = "fold"
_TRAINED_LIKE = {WORD: "parent", _FOLD: "base"}
"""The port of a step whose model says how it was trained, where the step itself does not."""


def lineage_facts(work: Work, run: Run, inputs: Ports) -> Json:
    """The lineage of the model on a step's ports. Nothing in it changes later, so that a result may serve again."""
    # where a step takes a parent, it asks for the lineage of that one, and not of the base that it begins with
    ports = [inputs["parent"]] if inputs.get("parent") else list(inputs.values())
    models = [held.digest for port in ports for held in port if held.kind == "Model"]
    line = work.line(run.line) if run.line is not None else None
    version = next((found for model in models if line is not None and (found := line.version_of(model))), None)
    if line is None or version is None:
        return {"line": run.line, "version": None, "ancestors": [], "made_by": None}
    return {
        "line": line.name, "version": version.id, "label": version.label,
        "ancestors": [_told(each) for each in ancestors(line, version)[:_MOST]], "made_by": made_by(work, version),
        "trained": makers(work, line, version),
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
    again = link_of(work, version)
    return {
        "run": maker.id, "recipe": first.recipe if first.kind == "recipe" else None, "source": first.plan.source,
        "inputs": first.inputs, "commit": first.commit, "dirty": first.dirty,
        "step": {"id": version.step, "use": step.use, "params": step.params},
        **({"reforge": to_json(again)} if again is not None else {}),
    }  # fmt: skip


def makers(work: Work, line: Line, version: Version) -> list[Json]:
    """The step that made a version and, where that one trained it like another, those that made the others."""
    found: list[Json] = []
    at_hand: Version | None = version
    while at_hand is not None and len(found) < _MOST:
        run = work.run(at_hand.run)
        step, attempt = run.planned(at_hand.step), maker_of(run, at_hand)
        found.append({"version": at_hand.id, "use": step.use, "params": params_of(run, step)})
        parent = attempt.inputs.get(_TRAINED_LIKE.get(step.use, ""), ()) if attempt is not None else ()
        at_hand = line.version_of(parent[0].digest) if parent else None
    return found


def folded_into(work: Work, version: Version) -> list[Json]:
    """The adapters that went into a version's weights, each with the weight at which it did."""
    run = work.run(version.run)
    attempt = maker_of(run, version)
    adapters = attempt.inputs.get("adapters", ()) if attempt is not None else ()
    if not adapters or (step := run.planned(version.step)).use != _FOLD:
        return []
    weights = params_of(run, step).get("weights") or [1.0] * len(adapters)
    return [{"adapter": each.digest, "weight": weight} for each, weight in zip(adapters, weights, strict=True)]


def _told(version: Version) -> Json:
    return {"version": version.id, "label": version.label, "model": version.model, "parents": list(version.parents)}
