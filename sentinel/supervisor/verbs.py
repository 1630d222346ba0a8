"""What people ask of the engine by name: a run, an adoption, a hold, a roll-back. Each is one transaction."""

from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.line.decide import Acknowledge, Cited, Hold, Promote, Release, RollBack
from sentinel.domain.line.decide import decide as decide_line
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan, Port
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.domain.streams import HOUSE, stream_of
from sentinel.ledger.reads.results import verdict_of
from sentinel.supervisor.by_hand import unvouched
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.queueing import Ask, asked_plan, queue_run
from sentinel.supervisor.triggers import queued_already
from sentinel.supervisor.work import Work

LineCommand = Hold | Release | Acknowledge | RollBack


def queue(
    engine: Engine, actor: str, recipe: str, line: str | None, inputs: Json, *,
    priority: int | None = None, only: str | None = None, reason: str = "asked for",
) -> Done:  # fmt: skip
    """Ask for a run of a recipe. Where one with the same inputs waits already, that one is the answer."""

    def act(work: Work) -> Refusal | str:
        plan = plan_in_force(engine, recipe, line)
        if isinstance(plan, Refusal):
            return plan
        if only is not None and only not in {step.id for step in plan.steps}:
            todo = suggest(only, [step.id for step in plan.steps], "step")
            return Refusal("E-unknown-step", f"Recipe {recipe} has no step {only!r}.", todo=todo)
        defaults = {name: declared.default for name, declared in plan.inputs.items()}
        given = {**defaults, **(inputs or {})}
        waiting = queued_already(work, engine.floor, recipe, plan.line) if only is None else None
        if waiting is not None and work.run(waiting).inputs == given:
            return waiting
        ask = Ask(
            plan, plan.line, given, "manual", reason, priority=priority, only=only,
            commit=engine.catalogue.commit, dirty=engine.catalogue.dirty,
        )  # fmt: skip
        return queue_run(work, ask)

    return engine.do(actor, act)


def plan_in_force(engine: Engine, recipe: str, line: str | None) -> Plan | Refusal:
    """The plan of a recipe in force, for a line."""
    held: Any = engine.catalogue.recipes.get(recipe)
    if held is None:
        todo = suggest(recipe, engine.catalogue.recipes, "recipe")
        if engine.ledger.state(HOUSE).broken:
            todo += " Some files have faults, and may hold it: `sentinel check` tells which."
        return Refusal("E-unknown-recipe", f"No recipe {recipe!r} is in force.", todo=todo)
    lines = tuple(held.lines)
    if line is None and len(lines) > 1:
        return Refusal("E-which-line", f"Recipe {recipe} has several lines.", todo=f"Add --line: {', '.join(lines)}.")
    if line is not None and lines and line not in lines:
        return Refusal("E-other-line", f"Recipe {recipe} is not for line {line!r}.", todo=suggest(line, lines, "line"))
    if line is not None and line not in engine.catalogue.lines:
        todo = suggest(line, engine.catalogue.lines, "line")
        return Refusal("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=todo)
    chosen = line if line is not None else (lines[0] if lines else None)
    return engine.catalogue.plan(recipe, chosen)


def line_command(engine: Engine, actor: str, line: str, command: LineCommand) -> Done:
    """Give a line a command; what waits for the line is looked at again."""

    def act(work: Work) -> Refusal | str:
        unknown = _unknown_line(engine, line)
        if unknown is not None:
            return unknown
        decided = decide_line(work.line(line), command, work.at)
        if isinstance(decided, Refusal):
            return decided
        work.apply(stream_of("line", line), decided)
        work.dirty.update(name for name, scope in engine.floor.open.items() if scope[1] == line)
        return line

    return engine.do(actor, act)


def promote(engine: Engine, actor: str, version: str, verdict: str) -> Done:
    """Move a line's champion to a version by hand, citing a verdict that passed."""

    def act(work: Work) -> Refusal | str:
        row = engine.ledger.reads.version(version)
        if row is None:
            return Refusal(
                "E-unknown-version", f"There is no version {version!r}.", todo="See `sentinel versions LINE`."
            )
        found = engine.ledger.reads.verdict(verdict)
        if found is None:
            return Refusal("E-unknown-verdict", f"There is no verdict {verdict!r}.", todo="See `sentinel verdicts`.")
        hearsay = unvouched(work.run(found.run), verdict)
        if hearsay is not None:
            return hearsay
        cited = Cited(verdict, verdict_of(found))
        decided = decide_line(work.line(row.line), Promote("champion", row.model, (cited,)), work.at)
        if isinstance(decided, Refusal):
            return decided
        work.apply(stream_of("line", row.line), decided)
        return version

    return engine.do(actor, act)


def adopt(engine: Engine, actor: str, line: str, model: str, reason: str) -> Done:
    """Bring the model that serves today: imported by a run of one step, then champion, once a line, by name."""

    def act(work: Work) -> Refusal | str:
        unknown = _unknown_line(engine, line)
        if unknown is not None:
            return unknown
        state = work.line(line)
        if state.champion is not None:
            what = f"Line {line} has a champion already, {state.champion}; a line adopts once, and first of all."
            return Refusal("E-adopted", what, todo="Promote through a gate instead.")
        if not reason.strip():
            return Refusal("E-reason", "An adoption is by name and reason.", todo="Add `--reason TEXT`.")
        plan = asked_plan("adopt", line, "import", {"path": str(Path(model).absolute())}, {"model": Port("Model")})
        ask = Ask(plan, line, {}, "adopt", reason, kind="asked", purpose={"adopt": reason})
        return queue_run(work, ask)

    return engine.do(actor, act)


def cancel(engine: Engine, actor: str, run: str, why: str) -> Done:
    """Cancel a run; one that is held up by nothing ends at once."""
    return engine.command(actor, run, c.Cancel("cancelled", why or f"cancelled by {actor}"))


def _unknown_line(engine: Engine, line: str) -> Refusal | None:
    if line in engine.catalogue.lines:
        return None
    todo = suggest(line, engine.catalogue.lines, "line")
    return Refusal("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=todo)
