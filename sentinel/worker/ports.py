"""Artifacts into a step's hands, and what a step gives into the store."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import KIND_CLASSES, Kind, form_faults
from sentinel.domain.artifact import Artifact
from sentinel.domain.plan import Port
from sentinel.domain.refusal import Refusal
from sentinel.store import Store
from sentinel.worker.ending import Failed

Inputs = Mapping[str, tuple[Kind, ...]]
Made = Mapping[str, list[Kind]]
Outputs = dict[str, tuple[Artifact, ...]]


def held(told: AttemptIn, store: Store) -> Inputs:
    """Every bound port with its artifacts, as read-only files."""
    return {
        port: tuple(KIND_CLASSES[each.kind](each.digest, store.path(each.digest)) for each in artifacts)
        for port, artifacts in told.inputs.items()
    }


def arguments(ports: Mapping[str, Port], inputs: Inputs) -> list[Any]:
    """The ports of a function in its order: an artifact, a list where it takes many, None for what is not there."""
    taken: list[Any] = []
    for name, port in ports.items():
        here = list(inputs.get(name, ()))
        if port.many and (here or not port.optional):
            taken.append(here)
        else:
            taken.append(here[0] if here else None)
    return taken


def made_by(value: Any, ports: Mapping[str, Port]) -> Made:
    """What a function returned, by port: the fields of its tuple, a mapping from a step with open ports, or one."""
    if hasattr(value, "_asdict"):
        fields = value._asdict()
    else:
        fields = value if isinstance(value, Mapping) else dict.fromkeys(ports, value)
    return {name: _listed(each) for name, each in fields.items()}


def keep(made: Made, ports: Mapping[str, Port], step: str, own: Path, store: Store) -> tuple[Outputs, dict[str, int]]:
    """Put all that was made into the store: the artifacts by port, and the bytes of each by digest.

    Everything that is missing or not of its kind's form is said at once, and then nothing is kept.
    """
    faults = [fault for name, port in ports.items() for fault in _faults(name, port, made.get(name, []))]
    if faults:
        raise Failed(Refusal("E-step-output", " ".join(faults), step, "See what it wrote in the attempt's folder."))
    outputs: Outputs = {}
    sizes: dict[str, int] = {}
    for name, port in ports.items():
        kept = [_kept(each, own, store) for each in made.get(name, [])]
        sizes.update(kept)
        outputs[name] = tuple(Artifact(port.kind, digest) for digest, _ in kept)
    return outputs, sizes


def _listed(value: Any) -> list[Kind]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _faults(name: str, port: Port, made: list[Kind]) -> list[str]:
    if not made and not port.optional and not port.many:
        return [f"Nothing was given on the port `{name}`, which is for {port.kind}."]
    wrong = next((each for each in made if not isinstance(each, KIND_CLASSES[port.kind])), None)
    if wrong is not None:
        return [f"The port `{name}` is for {port.kind}, and {type(wrong).__name__} was given."]
    return [f"On `{name}`: {fault}" for each in made for fault in form_faults(port.kind, each.path)]


def _kept(each: Kind, own: Path, store: Store) -> tuple[str, int]:
    if each.digest and store.has(each.digest) and each.path == store.path(each.digest):
        return each.digest, store.size(each.digest)  # an input that is passed on
    kept = store.put(each.path, move=each.path.is_relative_to(own))
    return kept.digest, kept.size
