"""The plan of a re-forge: the whole recipe over again, or what made the data left out and given from the record."""

from dataclasses import replace

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.plan import Input, Plan, PlannedStep, Source
from sentinel.recipe.steps import LINE_STEP
from sentinel.supervisor.record import Record

Given = dict[str, tuple[Artifact, ...]]


def makes_the_data(plan: Plan, maker: str) -> set[str]:
    """The steps that lead to what the maker binds; what a run finds out of its line is none of them."""
    found, fresh = {maker}, {maker}
    while fresh:
        fresh = {name for each in fresh for name in plan.step(each).bound} - found
        found |= fresh
    return {name for name in found - {maker, LINE_STEP} if plan.step(name).act == "use"}


def with_data_given(record: Record, plan: Plan) -> tuple[Plan, Given]:
    """The plan without the steps that made the data, and what they and the maker's other ports are given instead.

    No recipe can write an input's name with a dot, so these names are nobody else's.
    """
    left_out = makes_the_data(plan, record.maker)
    given: Given = {f"{record.maker}.{port}": held for port, held in record.attempt.inputs.items() if held}
    steps = []
    for step in _remaining(record, plan, left_out):
        if step.id == record.maker:
            # a port that got nothing is bound all the same: that too is part of the key of its result
            own: dict[str, tuple[Source, ...]] = {
                port: (Source("input", f"{step.id}.{port}", maybe=True),) for port in record.attempt.inputs
            }
            steps.append(replace(step, binds=own, after=_kept(step.after, left_out)))
            continue
        for source in (*(each for held in step.binds.values() for each in held), *([step.each] if step.each else [])):
            if source.of == "step" and source.name in left_out:
                given[f"{source.name}.{source.port}"] = record.outputs(source.name, source.port)
        steps.append(replace(
            step, binds={port: tuple(_given(each, left_out) for each in held) for port, held in step.binds.items()},
            each=_given(step.each, left_out) if step.each is not None else None, after=_kept(step.after, left_out),
            when={name: held for name, held in step.when.items() if name not in left_out},
        ))  # fmt: skip
    given = {name: held for name, held in given.items() if held}
    inputs = {**plan.inputs, **{name: Input(held[0].kind) for name, held in given.items()}}
    names = {step.id for step in steps}
    gives = {port: source for port, source in plan.gives.items() if source.name in names}
    return replace(plan, steps=_with_less_of_the_line(tuple(steps)), inputs=inputs, gives=gives), given


def _remaining(record: Record, plan: Plan, left_out: set[str]) -> list[PlannedStep]:
    """The steps that are done again: not those that wait for an outcome that making the data did not have."""
    kept = [step for step in plan.steps if step.id not in left_out]
    gone = {step.id for step in kept if not _had_its_outcome(record, step, left_out)}
    while True:
        more = {step.id for step in kept if step.id not in gone and _needs(step, gone)}
        if not more:
            return [step for step in kept if step.id not in gone]
        gone |= more


def _had_its_outcome(record: Record, step: PlannedStep, left_out: set[str]) -> bool:
    return all(record.whole.step(name).outcome in held for name, held in step.when.items() if name in left_out)


def _needs(step: PlannedStep, gone: set[str]) -> bool:
    return bool((step.bound | set(step.when)) & gone)


def _kept(names: tuple[str, ...], left_out: set[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in left_out)


def _given(source: Source, left_out: set[str]) -> Source:
    if source.of != "step" or source.name not in left_out:
        return source
    return Source("input", f"{source.name}.{source.port}", maybe=True)


def _with_less_of_the_line(steps: tuple[PlannedStep, ...]) -> tuple[PlannedStep, ...]:
    """A run finds out of its line what its steps bind, and no more."""
    sources = [
        source for step in steps for held in (*step.binds.values(), (step.each,)) for source in held
        if source is not None and source.of == "step" and source.name == LINE_STEP
    ]  # fmt: skip
    wanted = {source.port for source in sources}
    made = []
    for step in steps:
        if step.id != LINE_STEP:
            made.append(step)
        elif wanted:
            made.append(replace(step, gives={port: held for port, held in step.gives.items() if port in wanted},
                                params=_asked(step.params, wanted)))  # fmt: skip
    return tuple(made)


def _asked(params: Json, wanted: set[str]) -> Json:
    return {
        **params,
        **{word: [port for port in params.get(word) or () if port in wanted] for word in ("wants", "must")},
    }
