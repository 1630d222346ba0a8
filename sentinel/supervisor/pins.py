"""What a line's aliases stand for at this moment: a version each, and the artifacts of its ports."""

from sentinel.domain.artifact import Artifact, port_name
from sentinel.domain.line.state import Version
from sentinel.domain.run.events import Pinned
from sentinel.supervisor.made_of import dataset_of
from sentinel.supervisor.work import Work

_PORTS = ("Dataset", "EvalReport", "Card", "Bundle")


def pinned_aliases(work: Work, line: str | None) -> dict[str, Pinned]:
    """The aliases of a line, pinned; none where there is no line."""
    if line is None:
        return {}
    state = work.line(line)
    return {alias: pinned(work, state.versions[version]) for alias, version in state.named.items()}


def pinned(work: Work, version: Version) -> Pinned:
    """A version with its ports: its model, what it was made of, and what the same run found out about it."""
    model = Artifact("Model", version.model)
    ports = {"model": model}
    run = work.run(version.run)
    for attempt in run.attempts.values():
        speaks_of_it = any(model in held for held in attempt.inputs.values())
        if attempt.step == version.step:
            found = [artifact for held in attempt.inputs.values() for artifact in held]
        elif speaks_of_it:
            found = [artifact for held in attempt.outputs.values() for artifact in held]
        else:
            continue
        for artifact in found:
            if artifact.kind in _PORTS:
                ports[port_name(artifact.kind)] = artifact
    dataset = dataset_of(work, version.model) if "dataset" not in ports else None
    if dataset is not None:
        ports["dataset"] = Artifact("Dataset", dataset)
    return Pinned(version.id, ports)
