"""What a verdict that a person asked for may be cited for: only what our own steps vouch for.

In a recipe, `check` follows a verdict through its report to the model that was scored. By hand anybody may bind any
report, one too that a program wrote; such a verdict is worth reading, and promotes nothing.
"""

from collections.abc import Iterable, Mapping

from sentinel.domain.artifact import REPORTS, Artifact
from sentinel.domain.kept import KeptArtifact
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.work import Work


def are_vouched_for(work: Work, artifacts: Iterable[Artifact], about: Mapping[str, str]) -> bool:
    """Whether each report was written by a step that says which of its ports its reports are about."""
    return all(_is_vouched_for(work, held, about) for held in artifacts if held.kind in REPORTS)


def _is_vouched_for(work: Work, report: Artifact, about: Mapping[str, str]) -> bool:
    kept: KeptArtifact = work.state(stream_of("artifact", report.digest))
    run = work.run(kept.attempt.partition(".")[0])
    attempt = run.attempts.get(kept.attempt)
    port = about.get(run.planned(attempt.step).use) if attempt is not None else None
    return attempt is not None and port is not None and bool(attempt.inputs.get(port))


def unvouched(run: Run, verdict: str) -> Refusal | None:
    """Why a verdict that was asked for by hand promotes nothing, where that is so."""
    purpose = run.purpose or {}
    if run.kind != "asked" or purpose.get("vouched"):
        return None
    what = f"Verdict {verdict} was asked for by hand, on a report that no step of ours vouches for."
    return Refusal("E-hearsay", what, todo="Judge reports that a step wrote which says what they are about.")
