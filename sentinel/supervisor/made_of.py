"""What a model was made of, followed back through the record of steps: from an import to whoever trained it."""

from sentinel.domain.kept import KeptArtifact
from sentinel.domain.run.state import Attempt
from sentinel.domain.streams import stream_of
from sentinel.supervisor.work import Work

_DEEP = 8


def dataset_of(work: Work, model: str) -> str | None:
    """The dataset that a model was trained on, by its digest; None where the record does not lead to one."""
    seen: set[str] = set()
    waiting = [model]
    for _ in range(_DEEP):
        attempts = [attempt for digest in waiting if (attempt := _maker(work, digest)) is not None]
        used = [each for attempt in attempts for artifacts in attempt.inputs.values() for each in artifacts]
        datasets = [each.digest for each in used if each.kind == "Dataset"]
        if datasets:
            return datasets[0]
        waiting = [each.digest for each in used if each.digest not in seen]
        seen.update(waiting)
    return None


def _maker(work: Work, digest: str) -> Attempt | None:
    kept: KeptArtifact = work.state(stream_of("artifact", digest))
    return work.run(kept.attempt.partition(".")[0]).attempts.get(kept.attempt) if kept.attempt else None
