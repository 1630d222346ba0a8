"""What the end of a step or of a run means beyond the run: versions, verdicts on lines, adoptions, notices."""

from sentinel.contract.attempt import AttemptOut
from sentinel.domain.digest import Json
from sentinel.domain.kept import ArtifactKept, KeptArtifact
from sentinel.domain.line.decide import Adopt, Cited, Judged, Register
from sentinel.domain.line.decide import decide as decide_line
from sentinel.domain.line.state import Version
from sentinel.domain.reforge import reforge_of
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run.decide import decide as decide_run
from sentinel.domain.run.state import Attempt, Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.alerts import alert
from sentinel.supervisor.awaited import counted_outcomes
from sentinel.supervisor.board import take_reading
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.intents import intend
from sentinel.supervisor.looks import count_looks
from sentinel.supervisor.work import Work


def end_attempt(work: Work, run: Run, result: AttemptOut, end: str, progressed: bool, catalogue: Catalogue) -> None:
    """Put the end of an attempt on record, with all that follows from it elsewhere."""
    attempt = run.attempts[result.attempt]
    nothing = end == "nothing-trained"
    counted = counted_outcomes(work, run) if run.planned(attempt.step).act == "gate" else None
    command = c.EndAttempt(
        result.attempt, "succeeded" if nothing else end, result.outputs, result.says, result.error, result.verdict,
        result.receipt, result.cpu_ms, result.peak_memory, progressed, nothing, counted,
    )  # fmt: skip
    decided = decide_run(run, command, work.at)
    if isinstance(decided, Refusal):
        return
    work.apply(stream_of("run", run.id), decided)
    if command.end == "succeeded":
        _keep(work, result)
        _register(work, run, attempt, result, catalogue)
        intend(work, run, attempt, result)
        take_reading(work, run, attempt, result)
    after = work.run(run.id).step(attempt.step)
    if run.line is not None and after.verdict is not None and run.step(attempt.step).verdict is not after.verdict:
        count_looks(work, run.line, Cited(attempt.id, after.verdict), catalogue)
        _judged(work, run, attempt, after.outcome == "freeze")


def _keep(work: Work, result: AttemptOut) -> None:
    for held in result.outputs.values():
        for artifact in held:
            stream = stream_of("artifact", artifact.digest)
            kept: KeptArtifact = work.state(stream)
            if not kept.kept_at or kept.dropped is not None:
                size = result.sizes.get(artifact.digest, 0)
                work.apply(stream, [ArtifactKept(artifact.kind, size, result.attempt)])


def _register(work: Work, run: Run, attempt: Attempt, result: AttemptOut, catalogue: Catalogue) -> None:
    step = run.planned(attempt.step)
    models = [artifact for held in result.outputs.values() for artifact in held if artifact.kind == "Model"]
    if step.makes != "version" or run.line is None or not models:
        return
    line = work.line(run.line)
    again = reforge_of(run.purpose)
    before = line.versions.get(again.of) if again is not None and again.step == step.id else None
    pins: Json = {
        "key": attempt.key, "recipe": run.plan.source, "commit": run.commit, "step": [step.use, step.version],
        "tree": _tree(before, catalogue) if run.dirty else None, "made": result.pins,
    }  # fmt: skip
    used = [artifact.digest for held in attempt.inputs.values() for artifact in held if artifact.kind == "Model"]
    found = [version.id for model in used if (version := line.version_of(model)) is not None]
    parents = tuple(dict.fromkeys(([before.id] if before is not None else []) + found))
    label = (run.purpose or {}).get("label", "")
    if label:
        pins["label"] = label  # two specs that come to the same model have a version each
    _line(work, run.line, Register(models[0].digest, run.id, attempt.step, label, parents, pins))


def _tree(before: Version | None, catalogue: Catalogue) -> str | None:
    """What the workspace held that no commit does: for a re-forge when its recipe was read, and not now."""
    if before is None:
        return catalogue.dirty_digest
    tree: str | None = before.pins.get("tree") if isinstance(before.pins, dict) else None
    return tree


def _judged(work: Work, run: Run, attempt: Attempt, frozen: bool) -> None:
    verdict = work.run(run.id).step(attempt.step).verdict
    if verdict is not None and verdict.verdict != "pass":
        _line(work, run.line or "", Judged(Cited(attempt.id, verdict), frozen))


def _line(work: Work, line: str, command: object) -> Refusal | None:
    decided = decide_line(work.line(line), command, work.at)
    if isinstance(decided, Refusal):
        return decided
    work.apply(stream_of("line", line), decided)
    return None


def end_run(work: Work, run: Run) -> None:
    """A run has ended: do what it was asked for."""
    purpose = run.purpose or {}
    if "adopt" in purpose and run.state == "done" and run.line is not None:
        models = [a for step in run.steps.values() for held in step.outputs.values() for a in held if a.kind == "Model"]
        refused = _line(work, run.line, Adopt(models[0].digest, purpose["adopt"])) if models else None
        if refused is not None:
            alert(work, "adoption", run.id, f"{run.line} did not adopt what {run.id} imported. {refused}")
