"""Recipes to plans: each by itself, its sub-recipes first, so that a faulty one takes nothing else down."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sentinel.contract.wiring import Facts, wiring_faults
from sentinel.contract.wiring.facts import LINE_PORTS, View
from sentinel.contract.words import quoted
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Budget, Input, Plan, PlannedStep, Policy, Source
from sentinel.recipe.declared import declared_inputs, unused_inputs
from sentinel.recipe.loader import Tree
from sentinel.recipe.model import PolicyForm, UseStep
from sentinel.recipe.params import checked_params
from sentinel.recipe.parse import ReadRecipe
from sentinel.recipe.steps import LINE_STEP, Known, Made, open_takes, pins_of, planned_step, unknown_step
from sentinel.recipe.triggers import CompiledTrigger, compile_triggers

DEEPEST = 4
_PRIOR = "prior"


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

    def streams(self, kind: str) -> int:
        """How many triggers of a kind watch at once: each of them on each line."""
        return len(self.lines) * sum(each.kind == kind for each in self.triggers)

    def plan_for(self, line: str | None) -> Plan:
        """The plan of a run for one line, or for none."""
        return self.plan.for_line(line)


@dataclass(slots=True)
class Compiled:
    """What came of a recipe's file."""

    read: ReadRecipe
    faults: list[Fault]
    plan: Plan | None = None
    recipe: CompiledRecipe | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)


def compile_recipes(
    recipes: Mapping[str, ReadRecipe], known: Known, nodes: Mapping[str, Slots], faulty: Iterable[str] = ()
) -> dict[str, Compiled]:
    """What comes of each recipe, by name. A recipe is compiled after those that it runs.

    `faulty` are the names of recipes whose files could not be read at all.
    """
    runs = {name: _runs(read) & set(recipes) for name, read in recipes.items()}
    done: dict[str, Compiled] = {}
    for name in _in_order(runs):
        done[name] = _compile(recipes[name], known, nodes, _Subs(name, runs, done, frozenset(faulty)))
    return done


@dataclass(frozen=True, slots=True)
class _Subs:
    """The recipes that one recipe may run."""

    above: str
    runs: Mapping[str, set[str]]
    done: Mapping[str, Compiled]
    faulty: frozenset[str]
    taken: dict[str, Plan] = field(default_factory=dict)

    def __call__(self, name: str) -> Plan | Fault:
        if name not in self.runs and name not in self.faulty:
            what = f"No recipe is called {quoted(name)}."
            return Fault("E-unknown-recipe", what, suggest(name, {*self.runs, *self.faulty}, "recipe"))
        ring = _walk(self.runs, name, self.above)
        if ring:
            walk = " → ".join(quoted(each) for each in [self.above, *ring])
            return Fault("E-recursion", f"A recipe runs itself: {walk}.", "Take one of these steps away.")
        plan = self.done[name].plan if name in self.done else None
        if plan is None:
            return Fault("E-part-faulty", f"The recipe {quoted(name)} has faults of its own.", "Mend its file first.")
        if 1 + depth(plan) > DEEPEST:
            what = f"With {quoted(name)} recipes run each other more than {DEEPEST} deep."
            return Fault("E-sub-depth", what, "Put the steps of one into another.")
        self.taken[name] = plan
        return plan


def _runs(read: ReadRecipe) -> set[str]:
    found = set()
    for step in read.steps:
        if isinstance(step.form, UseStep) and step.form.use == "recipe":
            name = step.form.params.get("recipe")
            found |= {name} if isinstance(name, str) else set()
    return found


def _in_order(runs: Mapping[str, set[str]]) -> list[str]:
    """Each recipe after those that it runs; those that run each other come last."""
    left = {name: set(held) for name, held in runs.items()}
    order: list[str] = []
    while left:
        free = sorted(name for name, held in left.items() if not held) or sorted(left)
        order += free
        for name in free:
            left.pop(name)
        for held in left.values():
            held.difference_update(free)
    return order


def _walk(runs: Mapping[str, set[str]], start: str, end: str) -> list[str]:
    """The shortest way from one recipe down to another, empty where there is none."""
    came_from = {start: ""}
    waiting = deque([start])
    while waiting and end not in came_from:
        at = waiting.popleft()
        for name in sorted(runs.get(at, set()) - set(came_from)):
            came_from[name] = at
            waiting.append(name)
    way: list[str] = []
    while end in came_from and end:
        way.append(end)
        end = came_from[end]
    return way[::-1]


def _compile(read: ReadRecipe, known: Known, nodes: Mapping[str, Slots], subs: _Subs) -> Compiled:
    head = read.head.form
    faults = [*read.head.faults, *(fault for step in read.steps for fault in step.faults)]
    if head is None:
        return Compiled(read, faults)
    sure = "inputs" not in read.head.unsure
    inputs, wrong = declared_inputs(head.inputs)
    made = [_step(read, index, known, inputs if sure else None, subs) for index in range(len(read.steps))]
    faults += [*wrong, *(fault for each in made for fault in each.faults)]
    plan = Plan(
        head.recipe, head.about, None, inputs, tuple(each.step for each in made), _policy(head.policy), head.gives,
        read.document.digest, tuple(subs.taken[name] for name in sorted(subs.taken)),
    )  # fmt: skip
    facts = Facts(
        known.registry, nodes, frozenset(index for index, each in enumerate(made) if not each.known),
        {index: step.unsure for index, step in enumerate(read.steps) if step.unsure}, sure,
    )  # fmt: skip
    plan = replace(plan, steps=_with_open_ports(plan, facts, made))
    faults += wiring_faults(plan, facts)
    if made and all(each.known and not each.faults for each in made) and not any(step.unsure for step in read.steps):
        faults += unused_inputs(plan)
    needs_line = _needs_line(plan)
    triggers, wrong = compile_triggers(read, plan, known.registry, needs_line)
    faults += wrong
    if any(not fault.warning for fault in faults):
        return Compiled(read, faults, inputs=inputs)
    plan = _with_line_step(plan, known)
    file = read.document
    recipe = CompiledRecipe(head.recipe, file.file, file.digest, file.text, head.lines, triggers, plan, needs_line)
    return Compiled(read, faults, plan, recipe, inputs)


def _step(read: ReadRecipe, index: int, known: Known, inputs: Mapping[str, Input] | None, subs: _Subs) -> Made:
    form = read.steps[index].form
    if form is None:
        return unknown_step(read.ids[index])
    made = planned_step(form, ("steps", index), known, inputs, subs)
    if "with" in read.steps[index].unsure:
        # its parameters could not be read, which is said already
        made.faults = [fault for fault in made.faults if fault.at[:3] != ("steps", index, "with")]
    made.step = replace(made.step, id=read.ids[index])
    return made


def depth(plan: Plan) -> int:
    """How many levels of recipes a plan has."""
    return 1 + max((depth(child) for child in plan.children), default=0)


def _policy(form: PolicyForm) -> Policy:
    budget = Budget(form.budget.wall, form.budget.gpu)
    return Policy(form.priority, form.at_most_one_per, form.hours, budget)


def _with_open_ports(plan: Plan, facts: Facts, made: list[Made]) -> tuple[PlannedStep, ...]:
    view = View(plan, facts)
    steps = []
    for each in made:
        step, kind = each.step, facts.registry.steps.get(each.step.use)
        if each.known and kind is not None and kind.open_ports and step.act == "use" and step.use != "recipe":
            ports = {bound[0]: view.port_of(bound[0], step) for bound in step.binds.values() if bound}
            step = replace(step, takes={**step.takes, **open_takes(step, ports)})
        steps.append(step)
    return tuple(steps)


def _sources(plan: Plan) -> Iterator[Source]:
    for step in plan.steps:
        yield from (source for sources in step.binds.values() for source in sources)
        yield from [step.each] if step.each is not None else []


def _is_line(source: Source) -> bool:
    return source.of == "step" and source.name == LINE_STEP


def _needs_line(plan: Plan) -> bool:
    own = any(source.of == "alias" or _is_line(source) for source in _sources(plan))
    return own or any(_needs_line(child) for child in plan.children)


def _with_line_step(plan: Plan, known: Known) -> Plan:
    """A run that binds what its line has begins by finding it, and nothing of it that no step wants."""
    wanted = {source.port for source in _sources(plan) if _is_line(source)}
    if not wanted:
        return plan
    ports = {name: port for name, port in LINE_PORTS.items() if name in wanted}
    kind = known.registry.steps.get("resolve")
    step = PlannedStep(LINE_STEP, "use", "resolve", params={}, gives=ports)
    if kind is not None:
        asked: dict[str, Tree] = {"wants": [*ports], "must": [*_must(plan)]}
        params = checked_params(kind.params, asked, {}, ()).value
        # what the champion has trained on is in no set that judges
        prior = kind.ports.get(_PRIOR) if "sets" in wanted else None
        step = replace(
            step, version=kind.version, params=params, needs=kind.needs, reads=kind.reads, secrets=kind.secrets,
            preload=kind.preload, pins=pins_of(kind), takes={_PRIOR: prior} if prior is not None else {},
            binds={_PRIOR: (Source("alias", "champion", "dataset", maybe=True),)} if prior is not None else {},
        )  # fmt: skip
    return replace(plan, steps=(step, *plan.steps))


def _must(plan: Plan) -> list[str]:
    """What of the line some step cannot do without."""
    each = {step.each.port for step in plan.steps if step.each is not None and _is_line(step.each)}
    bound = {
        source.port
        for step in plan.steps
        for port, sources in step.binds.items()
        for source in sources
        if _is_line(source) and not (port in step.takes and step.takes[port].optional)
    }
    return sorted(each | bound)
