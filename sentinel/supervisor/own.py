"""The daemon's own steps, a closed list: they do no I/O but the ledger's."""

from sentinel.domain.artifact import Artifact
from sentinel.domain.line.decide import Cited, Promote, RollBack
from sentinel.domain.line.decide import decide as decide_line
from sentinel.domain.plan import Plan
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run.decide import decide as decide_run
from sentinel.domain.run.events import Ports
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.attempts import params_of
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.work import Work

OWN_STEPS = ("recipe", "promote", "rollback")
"""Besides the acts `approve` and `wait`, which need nothing but the run itself."""


def do_own(work: Work, run: Run, key: str, inputs: Ports) -> None:
    """Do a ready step of the daemon's own."""
    {"recipe": _recipe, "promote": _promote, "rollback": _rollback}[run.planned(key).use](work, run, key, inputs)


def give(work: Work, run: str, command: c.Command) -> None:
    """Give a run a command that it cannot refuse at this point."""
    decided = decide_run(work.run(run), command, work.at)
    if isinstance(decided, Refusal):
        raise RuntimeError(f"{type(command).__name__} was refused: {decided}")
    work.apply(stream_of("run", run), decided)


def _recipe(work: Work, run: Run, key: str, inputs: Ports) -> None:
    step = run.planned(key)
    plan = run.plan.child(step.recipe or "")
    given = dict((params_of(run, step) or {}).get("inputs") or {})
    for port, held in inputs.items():
        many = step.takes[port].many if port in step.takes else False
        given[port] = [artifact.to_json() for artifact in held] if many else held[0].to_json()
    defaults = {name: declared.default for name, declared in plan.inputs.items()}
    ask = Ask(
        plan, run.line if plan.line is None else plan.line, {**defaults, **given}, "recipe", f"step {key} of {run.id}",
        priority=run.priority, parent=run.id, parent_step=key, commit=run.commit, dirty=run.dirty,
    )  # fmt: skip
    child = queue_run(work, ask)
    give(work, run.id, c.StartSubrun(key, child))


def end_subrun(work: Work, child: Run) -> None:
    """A child run has ended: so does the step of its parent that asked for it, if that still waits for this child."""
    if child.parent is None or child.parent_step is None:
        return
    parent = work.run(child.parent)
    step = parent.step(child.parent_step)
    # either of the two may have been retried since: then the step waits for another child, or for nothing yet
    if not parent.open or step.ended or step.child != child.id:
        return
    if child.state in ("done", "nothing-trained"):
        end = c.EndOwn(child.parent_step, "done", child.state, given_by(child, child.plan), f"{child.id}")
    elif child.state == "cancelled":
        end = c.EndOwn(child.parent_step, "cancelled", "cancelled", {}, f"{child.id} was cancelled")
    else:
        end = c.EndOwn(child.parent_step, "failed", "failed", {}, f"{child.id} ended as {child.state}: {child.why}")
    give(work, parent.id, end)


def given_by(run: Run, plan: Plan) -> Ports:
    """What a run of a sub-recipe gives: the ports that the recipe names."""
    given = {}
    for port, source in plan.gives.items():
        held = run.step(source.name).outputs.get(source.port, ())
        if held:
            given[port] = held
    return given


def _promote(work: Work, run: Run, key: str, inputs: Ports) -> None:
    alias = (params_of(run, run.planned(key)) or {}).get("alias", "champion")
    cited = tuple(found for artifact in inputs.get("verdict", ()) if (found := _cited(run, artifact)) is not None)
    _move(work, run, key, Promote(alias, inputs["model"][0].digest, cited))


def _cited(run: Run, artifact: Artifact) -> Cited | None:
    """The verdict behind an artifact, from the gate of this run that gave it."""
    for attempt in run.attempts.values():
        gave = any(artifact in held for held in attempt.outputs.values())
        state = run.step(attempt.step)
        if gave and state.verdict is not None:
            return Cited(attempt.id, state.verdict)
    return None


def _rollback(work: Work, run: Run, key: str, _inputs: Ports) -> None:
    if not run.actor.startswith("uid:"):
        why = "a roll-back is a named person's act; this run was started by " + run.actor
        give(work, run.id, c.EndOwn(key, "failed", "failed", {}, why))
        return
    params = params_of(run, run.planned(key)) or {}
    _move(work, run, key, RollBack(params.get("version"), params.get("reason") or run.reason))


def _move(work: Work, run: Run, key: str, command: Promote | RollBack) -> None:
    if run.line is None:
        give(work, run.id, c.EndOwn(key, "failed", "failed", {}, "this run belongs to no line"))
        return
    decided = decide_line(work.line(run.line), command, work.at)
    if isinstance(decided, Refusal) and decided.code in ("E-held", "E-frozen"):
        give(work, run.id, c.WaitOwn(key, "line", decided.what))
    elif isinstance(decided, Refusal):
        give(work, run.id, c.EndOwn(key, "failed", "failed", {}, str(decided)))
    else:
        work.apply(stream_of("line", run.line), decided)
        give(work, run.id, c.EndOwn(key, "done", "done", {}, ""))
