"""A re-forge as it is shown before it runs: the controls of the version with what they did, and what would be done."""

import json

from sentinel.contract.types import Registry
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.plan import PlannedStep
from sentinel.domain.run.params import params_of
from sentinel.domain.run.state import Attempt, Run
from sentinel.recipe.controls import Control, controls
from sentinel.recipe.inputs import as_text
from sentinel.store import Store
from sentinel.supervisor.again import makes_the_data
from sentinel.supervisor.reforging import Again, has_controls

_LARGEST = 2**20
"""Bytes of a file of figures that is read for it; a larger one is no such file."""


def reforge_shape(again: Again, made_in: Run, registry: Registry, store: Store) -> Json:
    """All about a re-forge. It reads small files of artifacts, so it is none for the ledger's thread."""
    record, asked = again.record, again.asked
    before = Run("r0", record.plan, inputs=record.inputs)
    upstream = makes_the_data(record.plan, record.maker)
    shown = [step for step in record.plan.steps if has_controls(step) and step.use in registry.steps]
    first = sorted(shown, key=lambda step: (step.id != record.maker, step.id not in upstream))
    return {
        "version": record.version.id, "line": record.line, "recipe": record.plan.recipe, "run": made_in.id,
        "maker": record.maker, "fresh": asked.fresh, "why": again.why, "today": list(again.told),
        "changes": [to_json(each) for each in asked.changes],
        "inputs": {name: as_text(declared, record.inputs[name]) if record.inputs.get(name) is not None else None
                   for name, declared in record.plan.inputs.items()},
        "steps": [
            {
                "step": step.id, "use": step.use, "feeds": step.id == record.maker or step.id in upstream,
                "controls": [to_json(each) for each in _controls(before, step, registry)],
                "did": _did(_attempt(record.whole, made_in, step.id), store),
            }
            for step in first
        ],
        "runs": [step.id for step in again.plan.steps],
        "given": sorted(set(again.plan.inputs) - set(again.whole.inputs)),
    }  # fmt: skip


def _controls(run: Run, step: PlannedStep, registry: Registry) -> list[Control]:
    kind = registry.steps[step.use]
    return controls(step, kind, params_of(run, step))


def _attempt(whole: Run, made_in: Run, step: str) -> Attempt | None:
    """The attempt that did a step's work, in the run that made the version or in that which made its data."""
    for run in (made_in, whole):
        found = [each for each in run.attempts.values() if each.step == step and each.outputs]
        if found:
            return found[-1]
    return None


def _did(attempt: Attempt | None, store: Store) -> Json:
    """What came of a step, as far as it is on record."""
    if attempt is None:
        return {}
    took = attempt.ended_at - attempt.started_at if attempt.ended_at is not None else None
    told: dict[str, Json] = {"took_ms": took, "says": attempt.says or None}
    for kind, digest in ((each.kind, each.digest) for held in attempt.outputs.values() for each in held):
        if kind == "Model":
            told.update(trained(_read(store, digest, "training.json")))
        elif kind == "Dataset":
            rows = _read(store, digest, "profile.json").get("rows")
            told["rows"] = rows if isinstance(rows, int) else None
    return {name: held for name, held in told.items() if held is not None}


def trained(record: Json) -> dict[str, Json]:
    """The figures of a training's own record: parameters before and after, the loss from and to, steps and tokens."""
    told = {name: record.get(name) for name in ("steps", "tokens", "ended_by") if record.get(name) is not None}
    told |= _from_to("loss", record.get("losses")) | _from_to("held_out", record.get("held_out"))
    prune = record.get("prune")
    if isinstance(prune, dict):
        told["parameters"] = {"from": prune.get("parameters"), "to": prune.get("left")}
    return told


def _from_to(name: str, points: Json) -> dict[str, Json]:
    values = (
        [each[1] for each in points if isinstance(each, list) and len(each) == 2] if isinstance(points, list) else []
    )
    return {name: {"from": values[0], "to": values[-1]}} if values else {}


def _read(store: Store, digest: str, name: str) -> Json:
    """A small file of an artifact; nothing where it is not there, or is not what it should be."""
    try:
        path = store.path(digest) / name
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
