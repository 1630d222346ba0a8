"""The daemon's own steps, a closed list: they do no I/O but the ledger's."""

from sentinel.domain.artifact import Artifact
from sentinel.domain.line.decide import Cited, Promote, RollBack
from sentinel.domain.line.decide import decide as decide_line
from sentinel.domain.plan import Input, Plan
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.run.decide import decide as decide_run
from sentinel.domain.run.events import Ports
from sentinel.domain.run.params import params_of
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.work import Work
from sentinel.supervisor.zoo import passed_on, purpose_of

OWN_STEPS = ("recipe", "promote", "rollback")
"""Besides the acts `approve` and `wait`, which need nothing but the run itself."""


def do_own(work: Work, run: Run, key: str, inputs: Ports, catalogue: Catalogue) -> None:
    """Do a ready step of the daemon's own."""
    planned = run.planned(key)
    if planned.use == "recipe" and planned.recipe is None:
        _spec(work, run, key, inputs, catalogue)
        return
    {"recipe": _recipe, "promote": _promote, "rollback": _rollback}[planned.use](work, run, key, inputs)


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
        purpose=passed_on(run),
    )  # fmt: skip
    child = queue_run(work, ask)
    give(work, run.id, c.StartSubrun(key, child))


def _spec(work: Work, run: Run, key: str, inputs: Ports, catalogue: Catalogue) -> None:
    """Run the recipe of a spec, with what that overrides, as the zoo in force says."""
    artifact = inputs["spec"][0]
    spec = next((each for each in catalogue.specs.values() if each.artifact == artifact), None)
    why = "the zoo does not hold this spec any more as it was chosen: rotate again"
    why = why if spec is None else spec.misfit(run.line)
    if spec is None or why:
        give(work, run.id, c.EndOwn(key, "failed", "failed", {}, why))
        return
    line = spec.line_for(run.line)
    plan = spec.plan.for_line(line)
    given = {name: declared.default for name, declared in plan.inputs.items()}
    if plan.inputs.get("spec", Input("")).type == "Spec":
        given["spec"] = artifact.to_json()
    ask = Ask(
        plan, line, given, "recipe", f"{spec.name}: step {key} of {run.id}", priority=run.priority, parent=run.id,
        parent_step=key, commit=run.commit, dirty=run.dirty, purpose=purpose_of(spec),
    )  # fmt: skip
    give(work, run.id, c.StartSubrun(key, queue_run(work, ask)))


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
        end = _gave(parent, child)
    elif child.state == "cancelled":
        end = c.EndOwn(child.parent_step, "cancelled", "cancelled", {}, f"{child.id} was cancelled")
    else:
        end = c.EndOwn(child.parent_step, "failed", "failed", {}, f"{child.id} ended as {child.state}: {child.why}")
    give(work, parent.id, end)


def _gave(parent: Run, child: Run) -> c.EndOwn:
    """The end of a step whose run has ended well: with what it gives, and failed where a spec's lacks what was said."""
    key, given = child.parent_step or "", given_by(child, child.plan)
    lacking = [port for port in parent.planned(key).gives if port not in given]
    if child.state == "done" and parent.planned(key).recipe is None and lacking:
        why = f"{child.id} gave no `{lacking[0]}`: `{child.recipe}` says by `gives:` what it gives"
        return c.EndOwn(key, "failed", "failed", {}, why)
    return c.EndOwn(key, "done", child.state, given, child.id)


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
