"""Two versions laid beside each other by what they were made of; and the half of them that is run to tell more."""

from dataclasses import replace

from sentinel.domain.difference import BOTH, Made, between, changes, cheaper, moved
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.line.state import Line, Version
from sentinel.domain.plan import Input, Plan, PlannedStep, Policy, Source
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.params import params_of
from sentinel.domain.run.state import Attempt, Run
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.naming import named_version
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.reforging import moved_between
from sentinel.supervisor.work import Work

_VERSIONS = 50
"""Among so many of the line's latest versions one is looked for that stands half-way."""


def difference(work: Work, one: str, other: str, line: str | None) -> Refusal | Json:
    """What differs between two versions of a line, and what would tell which of it moved the score."""
    found = _both(work, one, other, line)
    if isinstance(found, Refusal):
        return found
    of, first, second = found
    mine, theirs = made(work, first), made(work, second)
    apart = changes(mine, theirs)
    told: dict[str, Json] = {
        "line": of.name, "one": first.id, "other": second.id, "same_model": first.model == second.model,
        "moved": moved(apart), "changes": [to_json(each) for each in apart], "half": None, "between": None,
        "controls": [to_json(each) for each in moved_between(work, of, first, second)],
    }  # fmt: skip
    if told["moved"] != BOTH:
        return told
    others = sorted(of.versions.values(), key=lambda each: -each.registered_at)[:_VERSIONS]
    half = between(mine, theirs, [made(work, each) for each in others])
    if half is not None:
        return {**told, "between": {"version": half[0], "data_of": half[1]}}
    recipe, data = cheaper(mine, theirs)
    blocked = _unable(work, of, recipe, data)
    return {**told, "half": {"recipe_of": recipe.version, "data_of": data.version, "takes": recipe.took,
                             "unable": blocked.what if blocked is not None else None}}  # fmt: skip


def run_half(engine: Engine, actor: str, one: str, other: str, line: str | None) -> Done:
    """Train the cheaper half, and score it where the version whose recipe it has was scored."""

    def act(work: Work) -> Refusal | str:
        told = difference(work, one, other, line)
        if isinstance(told, Refusal):
            return told
        half = told["half"]
        if half is None:
            what = f"{told['one']} and {told['other']} need no half: {told['moved']} differs."
            if told["between"] is not None:
                what = f"{told['between']['version']} stands half-way already."
            return Refusal("E-no-half", what, todo="`sentinel diff A B` tells what differs.")
        of = work.line(told["line"])
        recipe, data = (made(work, of.versions[half[name]]) for name in ("recipe_of", "data_of"))
        blocked = _unable(work, of, recipe, data)
        if blocked is not None:
            return blocked
        plan, inputs = _plan(work, of, of.versions[recipe.version], data)
        reason = f"the recipe of {recipe.version} on the data of {data.version}"
        return queue_run(work, Ask(plan, of.name, inputs, "diff", reason, kind="asked"))

    return engine.do(actor, act)


def made(work: Work, version: Version) -> Made:
    """What a version was made of and by."""
    run = work.run(version.run)
    step, attempt = run.planned(version.step), _maker(run, version)
    inputs = [each for port in sorted(attempt.inputs) for each in attempt.inputs[port]] if attempt is not None else []
    pins = version.pins if isinstance(version.pins, dict) else {}
    return Made(
        version.id, step.use, step.version, params_of(run, step),
        tuple(each.digest for each in inputs if each.kind == "Dataset"),
        tuple(each.digest for each in inputs if each.kind != "Dataset"), f"{run.recipe} {version.step}",
        tuple(pins.get("lock") or ()), _took(attempt),
    )  # fmt: skip


def _maker(run: Run, version: Version) -> Attempt | None:
    return next((each for each in run.attempts.values() if each.step == version.step and each.outputs), None)


def _took(attempt: Attempt | None) -> int | None:
    return attempt.ended_at - attempt.started_at if attempt is not None and attempt.ended_at is not None else None


def _both(work: Work, one: str, other: str, line: str | None) -> Refusal | tuple[Line, Version, Version]:
    first, second = named_version(work, one, line), named_version(work, other, line)
    if isinstance(first, Refusal):
        return first
    if isinstance(second, Refusal):
        return second
    if first[0] != second[0]:
        what = f"{one} is of the line {first[0]}, and {other} of {second[0]}: they were never to be the same."
        return Refusal("E-other-line", what, todo="Compare versions of one line.")
    held = work.line(first[0])
    return held, held.versions[first[1]], held.versions[second[1]]


def _unable(work: Work, line: Line, recipe: Made, data: Made) -> Refusal | None:
    """Why a half cannot be run now."""
    version = line.versions[recipe.version]
    run = work.run(version.run)
    attempt = _maker(run, version)
    if attempt is None or run.planned(version.step).each is not None:
        what = f"{recipe.version} was not made by a step of its own that can be run again."
        return Refusal("E-no-half", what, todo="Run its recipe again instead.")
    if len(recipe.data) != 1 or len(data.data) != 1:
        what = f"{recipe.version} and {data.version} were not each made of one dataset."
        return Refusal("E-no-half", what, todo="Run the recipe on the other data instead.")
    for digest in (*data.data, *recipe.others):
        row = work.ledger.reads.artifact(digest)
        if row is None or row.dropped is not None:
            what = f"{digest[:12]}, which it would be made of, is not in the store any more."
            return Refusal("E-no-half", what, todo="Run the step that makes it again.")
    return None


def _plan(work: Work, line: Line, version: Version, data: Made) -> tuple[Plan, Json]:
    """The making of a version on other data, under its own names so that chance stays the same; and its scoring."""
    run = work.run(version.run)
    attempt = _maker(run, version)
    assert attempt is not None  # noqa: S101 - `_unable` has looked
    owner = line.versions[data.version]
    other = _maker(work.run(owner.run), owner)
    assert other is not None  # noqa: S101 - it has data
    swap = next(each for held in other.inputs.values() for each in held if each.kind == "Dataset")
    maker, inputs = _alone(run, attempt)
    for port, held in attempt.inputs.items():
        if any(each.kind == "Dataset" for each in held):
            inputs[f"{maker.id}-{port}"] = [swap.to_json()]
    steps = [maker]
    gives = next(port for port, held in attempt.outputs.items() if any(each.digest == version.model for each in held))
    for scores in run.attempts.values():
        ports = [port for port, held in scores.inputs.items() if any(each.digest == version.model for each in held)]
        if ports and any(each.kind == "EvalReport" for held in scores.outputs.values() for each in held):
            step, more = _alone(run, scores)
            own = {port: (Source("step", maker.id, gives),) for port in ports}
            inputs.update({name: held for name, held in more.items() if name not in {f"{step.id}-{p}" for p in ports}})
            steps.append(replace(step, binds={**step.binds, **own}))
            break
    kinds = {name: Input(held[0]["kind"]) for name, held in inputs.items() if held}
    about = f"{version.id}'s recipe on the data of {data.version}"
    return Plan(run.recipe, about, line.name, kinds, tuple(steps), Policy(priority=80), {}, ""), inputs


def _alone(run: Run, attempt: Attempt) -> tuple[PlannedStep, dict[str, Json]]:
    """A step by itself, that takes from the run's inputs what it took before."""
    step = run.planned(attempt.step)
    inputs = {f"{step.id}-{port}": [each.to_json() for each in held] for port, held in attempt.inputs.items() if held}
    binds: dict[str, tuple[Source, ...]] = {
        port: (Source("input", f"{step.id}-{port}"),) for port, held in attempt.inputs.items() if held
    }
    alone = replace(step, params=params_of(run, step), filled=(), binds=binds, after=(), when={}, each=None)
    return alone, inputs
