"""Recipes to plans: each by itself, its sub-recipes first, so that a faulty one takes nothing else down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace


from sentinel.contract.wiring import Facts, wiring_faults
from sentinel.contract.wiring.facts import View
from sentinel.contract.words import quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Budget, Input, Plan, PlannedStep, Policy, Port, Source
from sentinel.recipe.declared import declared_inputs, unused_inputs
from sentinel.recipe.model import PolicyForm
from sentinel.recipe.params import checked_params
from sentinel.recipe.parse import ReadRecipe
from sentinel.recipe.steps import Known, Made, open_takes, planned_step, unknown_step

DEEPEST = 4
LINE_STEP = "line"


@dataclass(frozen=True, slots=True)
class CompiledTrigger:
    """A trigger of a recipe file, checked."""

    index: int
    kind: str
    params: Json
    line: int
    """The line of the file that it stands in."""


@dataclass(frozen=True, slots=True)
class CompiledRecipe:
    """A recipe file that has no faults."""

    name: str
    path: str
    digest: str
    text: str
    lines: tuple[str, ...]
    triggers: tuple[CompiledTrigger, ...]
    plan: Plan
    needs_line: bool
    """Whether a run of it has to be for a line."""

    def plan_for(self, line: str | None) -> Plan:
        """The plan of a run for one line, or for none."""
        return _for_line(self.plan, line)


def _for_line(plan: Plan, line: str | None) -> Plan:
    return replace(plan, line=line, children=tuple(_for_line(child, line) for child in plan.children))


@dataclass(slots=True)
class Compiled:
    """What came of a recipe's file."""

    read: ReadRecipe
    faults: list[Fault]
    plan: Plan | None = None
    recipe: CompiledRecipe | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)


class Compiler:
    """Compiles the recipes of one workspace, each once."""

    def __init__(self, recipes: Mapping[str, ReadRecipe], known: Known, nodes: Mapping[str, Slots]) -> None:
        self._recipes, self._known, self._nodes = recipes, known, nodes
        self._done: dict[str, Compiled] = {}
        self._within: list[str] = []

    def compiled(self, name: str) -> Compiled:
        """What comes of a recipe; the sub-recipes that it runs are compiled on the way."""
        if name not in self._done:
            self._within.append(name)
            self._done[name] = self._compile(self._recipes[name])
            self._within.pop()
        return self._done[name]

    def _sub(self, name: str) -> Plan | Fault:
        if name not in self._recipes:
            what = f"No recipe is called {quoted(name)}."
            return Fault("E-UNKNOWN-RECIPE", what, suggest(name, self._recipes, "recipe"))
        if name in self._within:
            walk = " → ".join(quoted(each) for each in [*self._within[self._within.index(name) :], name])
            return Fault("E-RECURSION", f"A recipe runs itself: {walk}.", "Take one of these steps away.")
        # a chain this long is refused wherever it ends, so the walk down it need not go on
        if len(self._within) >= 2 * DEEPEST:
            return Fault("E-PART-FAULTY", f"The recipe {quoted(name)} has faults of its own.", "Mend its file first.")
        plan = self.compiled(name).plan
        if plan is None:
            return Fault("E-PART-FAULTY", f"The recipe {quoted(name)} has faults of its own.", "Mend its file first.")
        if 1 + _depth(plan) > DEEPEST:
            what = f"With {quoted(name)} recipes run each other more than {DEEPEST} deep."
            return Fault("E-SUB-DEPTH", what, "Put the steps of one into another.")
        return plan

    def _compile(self, read: ReadRecipe) -> Compiled:
        head = read.head.form
        faults = [*read.head.faults, *(fault for step in read.steps for fault in step.faults)]
        if head is None:
            return Compiled(read, faults)
        sure = "inputs" not in read.head.unsure
        inputs, wrong = declared_inputs(head.inputs)
        faults += wrong
        children: dict[str, Plan] = {}
        made = [self._step(read, index, inputs if sure else None, children) for index in range(len(read.steps))]
        faults += [fault for each in made for fault in each.faults]
        plan = Plan(
            head.recipe, head.about, None, inputs, tuple(each.step for each in made), _policy(head.policy), head.gives,
            read.document.digest, tuple(children[name] for name in sorted(children)),
        )  # fmt: skip
        facts = Facts(
            self._known.registry, self._nodes, frozenset(i for i, each in enumerate(made) if not each.known),
            {i: step.unsure for i, step in enumerate(read.steps) if step.unsure}, sure,
        )  # fmt: skip
        plan = replace(plan, steps=_with_open_ports(plan, facts, made))
        faults += wiring_faults(plan, facts)
        if "steps" not in read.head.unsure and all(step.form is not None for step in read.steps):
            faults += unused_inputs(plan)
        needs_line = _needs_line(plan)
        triggers, wrong = _triggers(read, plan, self._known, needs_line)
        faults += wrong
        if any(not fault.warning for fault in faults):
            return Compiled(read, faults, inputs=inputs)
        plan = _with_line_step(plan, self._known)
        document = read.document
        recipe = CompiledRecipe(
            head.recipe, document.file, document.digest, document.text, head.lines, triggers, plan, needs_line
        )
        return Compiled(read, faults, plan, recipe, inputs)

    def _step(
        self, read: ReadRecipe, index: int, inputs: Mapping[str, Input] | None, children: dict[str, Plan]
    ) -> Made:
        form, name = read.steps[index].form, read.ids[index]
        if form is None:
            return unknown_step(name)

        def sub(wanted: str) -> Plan | Fault:
            found = self._sub(wanted)
            if isinstance(found, Plan):
                children[wanted] = found
            return found

        made = planned_step(form, ("steps", index), self._known, inputs, sub)
        if "with" in read.steps[index].unsure or made.step.id == "unnamed":
            made.faults = []
        made.step = replace(made.step, id=name)
        return made


def _depth(plan: Plan) -> int:
    return 1 + max((_depth(child) for child in plan.children), default=0)


def _policy(form: PolicyForm) -> Policy:
    budget = Budget(form.budget.wall, form.budget.gpu)
    return Policy(form.priority, form.at_most_one_per, form.hours, budget)


def _with_open_ports(plan: Plan, facts: Facts, made: list[Made]) -> tuple[PlannedStep, ...]:
    view = View(plan, facts)
    steps = []
    for each in made:
        step, kind = each.step, facts.registry.steps.get(each.step.use)
        if each.known and kind is not None and kind.open_ports and step.use != "recipe":
            ports = {bound[0]: view.port_of(bound[0], step) for bound in step.binds.values() if bound}
            step = replace(step, takes={**step.takes, **open_takes(step, ports)})
        steps.append(step)
    return tuple(steps)


def _sources(plan: Plan) -> Iterator[Source]:
    for step in plan.steps:
        yield from (source for sources in step.binds.values() for source in sources)
        yield from [step.each] if step.each is not None else []


def _is_base(source: Source) -> bool:
    return source.of == "step" and source.name == LINE_STEP


def _needs_line(plan: Plan) -> bool:
    own = any(source.of == "alias" or _is_base(source) for source in _sources(plan))
    return own or any(_needs_line(child) for child in plan.children)


def _with_line_step(plan: Plan, known: Known) -> Plan:
    """A run that binds the line's base begins by finding it."""
    if not any(_is_base(source) for source in _sources(plan)):
        return plan
    kind = known.registry.steps.get("resolve")
    step = PlannedStep(LINE_STEP, "use", "resolve", params={}, gives={"base": Port("Model")})
    if kind is not None:
        step = replace(
            step, version=kind.version, params=checked_params(kind.params, {}, {}, ()).value, needs=kind.needs,
            gives=dict(kind.outputs) or step.gives, reads=kind.reads, secrets=kind.secrets, preload=kind.preload,
        )  # fmt: skip
    return replace(plan, steps=(step, *plan.steps))


def _triggers(
    read: ReadRecipe, plan: Plan, known: Known, needs_line: bool
) -> tuple[tuple[CompiledTrigger, ...], list[Fault]]:
    head = read.head.form
    found: list[CompiledTrigger] = []
    faults: list[Fault] = []
    for index, raw in enumerate(head.triggers if head is not None else []):
        if len(raw) != 1:
            what = "A trigger is one word with its settings."
            faults.append(Fault("E-TRIGGER", what, "Write `- cron: {…}`.", at=("triggers", index)))
            continue
        name, held = next(iter(raw.items()))
        kind = known.registry.triggers.get(name)
        if kind is None:
            what = f"{quoted(name)} is no trigger."
            todo = suggest(name, known.registry.triggers, "trigger")
            faults.append(Fault("E-UNKNOWN-TRIGGER", what, todo, at=("triggers", index, name), key=True))
            continue
        if held is not None and not isinstance(held, dict):
            what = f"{quoted(name)} takes a mapping."
            faults.append(Fault("E-TYPE", what, "Write `key: value`.", at=("triggers", index, name)))
            continue
        params = checked_params(kind.params, held or {}, {}, ("triggers", index, name))
        faults += params.faults
        if name != "manual":
            faults += _lacking(plan, head.lines if head is not None else (), needs_line, ("triggers", index))
        place = read.document.keys.get(("triggers", index, name), (0, 0))
        found.append(CompiledTrigger(index, name, params.value, place[0]))
    return tuple(found), faults


def _lacking(plan: Plan, lines: tuple[str, ...], needs_line: bool, path: tuple[str | int, ...]) -> Iterator[Fault]:
    required = [name for name, held in plan.inputs.items() if held.required]
    if required:
        what = f"A trigger cannot give the input {quoted(required[0])}."
        todo = "Give it a default." if plan.inputs[required[0]].type not in KINDS else "Let a step make it."
        yield Fault("E-TRIGGER-INPUT", what, todo, at=path)
    if needs_line and not lines:
        yield Fault("E-LINE-NEEDED", "A trigger cannot tell which line this is for.", "Add `line:`.", at=path)
