"""`reforge`: a version made again from its record, with some of its controls changed, as a child of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sentinel.contract.types import Registry
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.line.state import Line, Version
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan, PlannedStep
from sentinel.domain.reforge import Change, Reforge, in_all
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.params import params_of
from sentinel.domain.run.state import Run
from sentinel.recipe.controls import at, value_of, with_settings, written
from sentinel.recipe.inputs import as_text, parsed, unfit_inputs
from sentinel.recipe.params import validated
from sentinel.recipe.steps import LINE_STEP
from sentinel.supervisor.again import makes_the_data, with_data_given
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.naming import named_version
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.record import Record, link_of, record_of
from sentinel.supervisor.refreshed import Today
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.work import Work

_INPUTS = "inputs"


@dataclass(frozen=True, slots=True)
class Again:
    """A re-forge before it runs."""

    record: Record
    whole: Plan
    """The whole recipe, with what was changed."""
    plan: Plan
    """What would be run of it."""
    inputs: Json
    asked: Reforge
    why: str
    """Why the data are made anew; nothing where they are given from the record."""
    told: tuple[str, ...]
    """What of today is not as it was, whatever is changed."""


def reforge(
    engine: Engine, registry: Registry, actor: str, version: str, line: str | None, settings: Mapping[str, str],
    fresh: bool, reason: str,
) -> Done:  # fmt: skip
    """Make a version again. Where the same is in the queue already, that run is the answer."""

    def act(work: Work) -> Refusal | str:
        again = prepared(work, engine.catalogue, registry, version, line, settings, fresh)
        if isinstance(again, Refusal):
            return again
        waiting = _queued_already(work, engine.floor, again)
        return waiting if waiting is not None else queue_run(work, _ask(work, again, reason))

    return engine.do(actor, act)


def prepared(
    work: Work, catalogue: Catalogue, registry: Registry, version: str, line: str | None, settings: Mapping[str, str],
    fresh: bool,
) -> Again | Refusal:  # fmt: skip
    """What would be run, or why nothing can be."""
    named = named_version(work, version, line)
    if isinstance(named, Refusal):
        return named
    if named[0] not in catalogue.lines:
        todo = suggest(named[0], catalogue.lines, "line")
        return Refusal("E-unknown-line", f"sentinel.yaml has no line {named[0]!r} any more.", todo=todo)
    record = record_of(work, named[0], work.line(named[0]).versions[named[1]])
    if isinstance(record, Refusal):
        return record
    today = Today(registry, catalogue.gates)
    whole = today.plan(record.plan)
    if isinstance(whole, Refusal):
        return whole
    desk = Desk(registry, whole, dict(record.inputs))
    refused = desk.fits() or desk.set(settings)
    if refused is not None:
        return refused
    why = "it was asked for" if fresh else desk.touches_data(record.maker)
    again = _laid_out(record, desk, why, tuple(today.told))
    return gone(work, again) or again


@dataclass(slots=True)
class Desk:
    """A whole recipe with its inputs on which settings are laid, and what they have changed."""

    registry: Registry
    plan: Plan
    inputs: dict[str, Json]
    changes: list[Change] | None = None
    inputs_set: tuple[str, ...] = ()
    steps_set: tuple[str, ...] = ()

    def fits(self) -> Refusal | None:
        """Why what is on record does not fit the steps of today."""
        for step in self.plan.steps:
            if has_controls(step) and step.act != "gate":
                faults = validated(self.registry.steps[step.use].params, self.params(step), (step.id,))[1]
                if faults:
                    return _refusal(faults, "Set it by `--set`, or run the recipe that is in force.")
        return None

    def set(self, settings: Mapping[str, str]) -> Refusal | None:
        """Lay settings over the plan and its inputs. `STEP.PARAM` sets a parameter, `inputs.NAME` an input."""
        by_step: dict[str, dict[tuple[str, ...], Json]] = {}
        before = (self.plan, dict(self.inputs))
        for name, text in settings.items():
            owner, _, rest = name.partition(".")
            try:
                refused = self._set_input(rest, text) if owner == _INPUTS else self._settable(owner, rest)
                if refused is None and owner != _INPUTS:
                    by_step.setdefault(owner, {})[tuple(rest.split("."))] = value_of(text)
            except ValueError as error:
                return Refusal("E-value", f"`{name}` cannot be set so: {error}.", name, "Write it as its recipe would.")
            if refused is not None:
                return refused
        for owner, given in by_step.items():
            step = self.plan.step(owner)
            made, _, faults = with_settings(step, self.registry.steps[step.use], self.params(step), given)
            if faults:
                return _refusal(faults, "")
            self.plan = replace(self.plan, steps=tuple(made if each is step else each for each in self.plan.steps))
        unfit = unfit_inputs(self.plan, self.inputs, self.registry)
        if unfit:
            return unfit[0]
        self.changes = list(self._changed(before, by_step))
        changed = {each.control.split(".")[0] for each in self.changes}
        self.steps_set = tuple(name for name in by_step if name in changed)
        return None

    def touches_data(self, maker: str) -> str:
        """Which change makes the data other ones; nothing where none does."""
        upstream = makes_the_data(self.plan, maker)
        for name in self.steps_set:
            if name in upstream:
                return f"`{name}` makes what `{maker}` is made of"
        for name in self.inputs_set:
            for step in self.plan.steps:
                sources = (each for held in step.binds.values() for each in held)
                bound = any(each.of == "input" and each.name == name for each in sources)
                fills = any(each.input == name for each in step.filled)
                if (step.id in upstream and (fills or bound)) or (step.id == maker and bound):
                    return f"`inputs.{name}` says what `{step.id}` is made of"
        return ""

    def params(self, step: PlannedStep) -> Json:
        """A step's parameters, with the inputs as they are set now."""
        return params_of(Run("r0", self.plan, inputs=self.inputs), step)

    def _set_input(self, name: str, text: str) -> Refusal | None:
        declared = self.plan.inputs.get(name)
        if declared is None:
            what = f"The recipe {self.plan.recipe} has no input {name!r}."
            return Refusal("E-unknown-input", what, todo=suggest(name, self.plan.inputs, "input"))
        value = parsed(declared, text)
        if value != self.inputs.get(name):
            self.inputs_set = (*self.inputs_set, name)
        self.inputs[name] = value
        return None

    def _settable(self, owner: str, rest: str) -> Refusal | None:
        known = [step.id for step in self.plan.steps if has_controls(step)]
        if owner not in {step.id for step in self.plan.steps} or owner == LINE_STEP:
            todo = suggest(owner, [*known, _INPUTS], "step")
            return Refusal("E-unknown-step", f"The recipe {self.plan.recipe} has no step {owner!r}.", todo=todo)
        if owner not in known:
            what = f"`{owner}` judges, asks, waits, runs a program or acts on the world: that is its recipe's to say."
            return Refusal(
                "E-no-control", what, todo=f"Change {self.plan.recipe} or its gate in the workspace instead."
            )
        if not rest or not all(rest.split(".")):
            what = f"`{owner}` is a step; it is not said which of its parameters."
            names = self.registry.steps[self.plan.step(owner).use].params.model_fields
            return Refusal(
                "E-usage", what, todo=f"Write `--set {owner}.PARAM=VALUE`. {suggest('', names, 'parameter')}"
            )
        return None

    def _changed(self, before: tuple[Plan, dict[str, Json]], by_step: Mapping[str, Mapping[tuple[str, ...], Json]]
                 ) -> list[Change]:  # fmt: skip
        plan, inputs = before
        found = [
            Change(f"{_INPUTS}.{name}", _text(plan, name, inputs.get(name)), _text(plan, name, self.inputs[name]))
            for name in dict.fromkeys(self.inputs_set)
        ]  # fmt: skip
        for owner, given in by_step.items():
            model = self.registry.steps[plan.step(owner).use].params
            was, now = params_of(Run("r0", plan, inputs=inputs), plan.step(owner)), self.params(self.plan.step(owner))
            for where in given:
                values = (written(model, where, at(held, where)) for held in (was, now))
                found.append(Change(".".join((owner, *where)), *values))
        return in_all([found])


def _text(plan: Plan, name: str, value: Json) -> Json:
    return as_text(plan.inputs[name], value) if value is not None else None


def has_controls(step: PlannedStep) -> bool:
    """Whether a person may change what a step is told: what it makes of data, and nothing that acts or judges."""
    worker = step.act == "use" and step.use not in ("recipe", "program", "promote", "rollback")
    return worker and step.effect is None and step.id != LINE_STEP


def _refusal(faults: list[Fault], todo: str) -> Refusal:
    first = faults[0]
    told = " ".join(f"{each.what} {each.todo}".strip() for each in faults[1:4])
    return Refusal(first.code, f"{first.what} {told}".strip(), ".".join(map(str, first.at)), first.todo or todo)


def _laid_out(record: Record, desk: Desk, why: str, told: tuple[str, ...]) -> Again:
    asked = Reforge(record.version.id, record.maker, record.whole.id, bool(why), tuple(desk.changes or ()))
    if why:
        return Again(record, desk.plan, desk.plan, desk.inputs, asked, why, told)
    plan, given = with_data_given(record, desk.plan)
    inputs = {**desk.inputs, **{name: [each.to_json() for each in held] for name, held in given.items()}}
    return Again(record, desk.plan, plan, inputs, asked, "", told)


def gone(work: Work, again: Again) -> Refusal | None:
    """Why what is to be given from the record cannot be."""
    step = again.plan.step(again.record.maker)
    if not again.why and step.each is not None:
        what = f"{again.asked.of} is one of several that `{step.id}` made of a list."
        return Refusal("E-no-recipe", what, todo="Have the whole list made again: add `--fresh`.")
    for name, value in again.inputs.items():
        listed = value if isinstance(value, list) else [value]
        for each in listed:
            row = work.ledger.reads.artifact(each["digest"]) if isinstance(each, dict) and "digest" in each else None
            if row is not None and row.dropped is not None:
                what = f"{row.digest[:12]}, which `{name}` was when {again.asked.of} was made, is not in the store"
                todo = "Have the data made anew: add `--fresh`." if not again.why else "Run its recipe instead."
                return Refusal("E-gone", f"{what} any more: {row.dropped}.", todo=todo)
    return None


def _ask(work: Work, again: Again, reason: str) -> Ask:
    whole, asked = again.record.whole, again.asked
    was = work.run(again.record.version.run).purpose or {}
    # the label traces a version to its spec, and a changed one does not come of it any more
    label = {"label": was["label"]} if was.get("label") and not asked.changes else {}
    purpose = {**asked.to_json(), **label}
    return Ask(
        again.plan, again.record.line, again.inputs, "reforge", reason or said(asked), purpose=purpose,
        commit=whole.commit, dirty=whole.dirty,
    )  # fmt: skip


def said(asked: Reforge) -> str:
    """What is asked for, in words."""
    changes = ", ".join(f"{each.control}={each.now if each.now is not None else 'none'}" for each in asked.changes)
    how = f"with {changes}" if changes else "with nothing changed"
    return f"{asked.of} again, {how}{', on the data of today' if asked.fresh else ''}"


def _queued_already(work: Work, floor: Floor, again: Again) -> str | None:
    """The run in the queue that was asked to do the very same."""
    for name in floor.queued.get((again.plan.recipe, again.record.line), ()):
        run = work.run(name)
        same = (run.purpose or {}).get("reforge") == again.asked.to_json()["reforge"]
        if same and run.state == "queued" and run.started_at is None and run.inputs == again.inputs:
            return name
    return None


def moved_between(work: Work, line: Line, one: Version, other: Version) -> list[Change]:
    """The controls by which one version differs from another that it descends from by re-forging, or the reverse."""
    for first, last, back in ((one, other, False), (other, one, True)):
        links: list[tuple[Change, ...]] = []
        at_hand: Version | None = last
        while at_hand is not None and at_hand.id != first.id and len(links) < len(line.versions):
            link = link_of(work, at_hand)
            if link is None:
                break
            links.append(link.changes)
            at_hand = line.versions.get(link.of)
        if links and at_hand is not None and at_hand.id == first.id:
            found = in_all(reversed(links))
            return [Change(each.control, each.now, each.was) for each in found] if back else found
    return []
