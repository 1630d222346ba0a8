"""A run as it is shown: what it is, what each step came to, what it waits for, and what a person can do about that."""

from collections.abc import Mapping

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.plan import PlannedStep
from sentinel.domain.run.events import Ports
from sentinel.domain.run.standing import Blocked, Never, standing
from sentinel.domain.run.state import Attempt, Run, StepState
from sentinel.domain.verdict import Verdict

_PERSON = ("approval", "person")


def run_shape(run: Run, at: int, pids: Mapping[str, int], come: Mapping[str, str]) -> Json:
    """All about a run; `pids` are those of living workers. Times are UTC in ms, durations ms.

    `come` says, by step, how many of the outcomes that it waits for have come.
    """
    return {
        "run": run.id, "recipe": run.recipe, "line": run.line, "state": run.state, "why": run.why, "kind": run.kind,
        "priority": run.priority, "trigger": run.trigger, "reason": run.reason, "actor": run.actor,
        "inputs": run.inputs, "only": run.only, "parent": run.parent, "round": run.round, "commit": run.commit,
        "dirty": run.dirty, "source": run.plan.source, "created_at": run.created_at, "started_at": run.started_at,
        "ended_at": run.ended_at, "ran_ms": run.spent(at), "gpu_ms": run.gpu_ms,
        "aliases": {alias: pinned.version for alias, pinned in run.aliases.items()},
        "steps": [{**_step(run, key, step, pids), "come": come.get(key)} for key, step in run.instances()],
        "next": next_acts(run),
    }  # fmt: skip


def _step(run: Run, key: str, planned: PlannedStep, pids: Mapping[str, int]) -> Json:
    state = run.step(key)
    return {
        "step": key, "does": does(planned), "state": state.state, "outcome": state.outcome, "why": _why(run, state),
        "started_at": state.started_at, "ended_at": state.ended_at, "waits_for": state.waits_for,
        "until": state.until, "reused_from": state.source, "child": state.child, "lifted": state.lifted,
        "verdict": _verdict(state.verdict), "binds": _binds(planned), "outputs": ports_shape(state.outputs),
        "attempts": [_attempt(each, pids) for each in run.attempts.values() if each.step == key],
    }  # fmt: skip


def does(step: PlannedStep) -> str:
    """What a step does, in one word or two."""
    if step.act == "use":
        name = step.recipe if step.use == "recipe" else None
        return f"{step.use} {name}" if name else step.use
    if step.act == "gate" and step.gate is not None:
        return f"gate {step.gate.gate}"
    return step.act


def _binds(step: PlannedStep) -> Json:
    """What a step's ports take, as the recipe has it."""
    return {port: [str(source) for source in sources] for port, sources in step.binds.items()}


def _why(run: Run, state: StepState) -> str:
    if state.state != "pending" or not run.open:
        return state.why
    stands = standing(run, state.key)
    return stands.why if isinstance(stands, Blocked | Never) else "it waits for a slot"


def _verdict(verdict: Verdict | None) -> Json:
    if verdict is None:
        return None
    return {
        "gate": verdict.gate, "verdict": verdict.verdict, "sentence": verdict.sentence, "subject": verdict.subject,
        "against": verdict.against, "round": verdict.round, "checks": to_json(verdict.findings),
    }  # fmt: skip


def _attempt(attempt: Attempt, pids: Mapping[str, int]) -> Json:
    return {
        "attempt": attempt.id, "state": attempt.state, "node": attempt.node, "started_at": attempt.started_at,
        "ended_at": attempt.ended_at, "says": attempt.says, "error": to_json(attempt.error),
        "effect": attempt.effect, "receipt": attempt.receipt, "cpu_ms": attempt.cpu_ms,
        "peak_memory": attempt.peak_memory, "inputs": ports_shape(attempt.inputs), "pid": pids.get(attempt.id),
    }  # fmt: skip


def ports_shape(ports: Ports) -> Json:
    """What a step's ports hold."""
    return {port: [_artifact(artifact) for artifact in held] for port, held in ports.items()}


def _artifact(artifact: Artifact) -> Json:
    return {"kind": artifact.kind, "digest": artifact.digest}


def waits(run: Run, come: Mapping[str, str]) -> str:
    """What a run waits for, in a few words; nothing where it does not wait. `come` is as in `run_shape`."""
    held = [step for step in run.steps.values() if step.state == "waiting"]
    asking = next((step for step in held if step.waits_for in _PERSON), None)
    first = asking or next(iter(held), None)
    if run.state == "paused":
        return f"somebody to resume it{f': {run.why}' if run.why else ''}"
    if first is None:
        return ""
    about = {
        "approval": f"a person's word on `{first.key}`",
        "person": f"a person's word on the gate `{first.key}`",
        "line": f"the line, for `{first.key}`",
        "wait": f"the time of `{first.key}`",
        "retry": f"another try of `{first.key}`",
        "outcomes": f"{come.get(first.key, 'more outcomes')}, for `{first.key}`",
    }
    return about.get(first.waits_for or "", f"`{first.key}`")


def next_acts(run: Run) -> list[Json]:
    """What a person can do now, as commands that can be typed."""
    acts: list[Json] = []
    for step in run.steps.values():
        if step.state != "waiting":
            continue
        if step.waits_for in _PERSON:
            acts.append({"do": f"sentinel approve {run.id} {step.key}", "about": _asked(run, step)})
            acts.append({"do": f"sentinel reject {run.id} {step.key} --reason TEXT", "about": "or stop it there"})
        elif step.waits_for == "line":
            word = "release" if "held" in step.why else "acknowledge"
            acts.append({"do": f"sentinel {word} {run.line} --reason TEXT", "about": step.why})
    if run.state == "paused":
        acts.append({"do": f"sentinel resume {run.id}", "about": "it is paused"})
    if run.state == "failed":
        broken = [step.key for step in run.steps.values() if step.state == "failed"]
        acts += [{"do": f"sentinel logs {run.id} {key}", "about": "what its worker wrote"} for key in broken[:3]]
        acts.append({"do": f"sentinel retry {run.id}", "about": "once it is mended"})
    return acts


def _asked(run: Run, step: StepState) -> str:
    approval = run.planned(step.key).approval
    return approval.ask if approval is not None else step.why
