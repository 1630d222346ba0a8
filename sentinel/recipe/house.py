"""What sentinel.yaml says of itself, and what recipes say of it: names of nodes, programs, lines and sets."""

import os
from collections.abc import Iterator, Mapping

from sentinel.contract.words import quoted
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan
from sentinel.recipe.compile import Compiled, CompiledRecipe
from sentinel.recipe.config import CommandForm, Config, LineForm, OutcomeSet, ProgramData, UsageData
from sentinel.recipe.loader import Path
from sentinel.recipe.model import GateStep, UseStep
from sentinel.recipe.parse import ReadRecipe
from sentinel.recipe.steps import LINE_STEP


def config_faults(config: Config) -> Iterator[Fault]:
    """Names in sentinel.yaml that it does not know itself."""
    for line, form in config.lines.items():
        for index, place in enumerate(form.serve if isinstance(form.serve, list) else []):
            if place.node not in config.nodes:
                path: Path = ("lines", line, "serve", index, "node")
                what = f"No node is called {quoted(place.node)}."
                yield Fault("E-unknown-node", what, suggest(place.node, config.nodes, "node"), at=path)
        for index, source in enumerate(form.data):
            if isinstance(source, ProgramData) and source.name not in config.programs:
                yield _no_program(source.name, config, ("lines", line, "data", index, "name"))
    for index, notice in enumerate(config.notify):
        if isinstance(notice, CommandForm) and notice.command not in config.programs:
            yield _no_program(notice.command, config, ("notify", index, "command"))


def _no_program(name: str, config: Config, path: Path) -> Fault:
    todo = suggest(name, config.programs, "program") + " Programs are listed in `programs:`."
    return Fault("E-program", f"sentinel.yaml allows no program {quoted(name)}.", todo, at=path)


def line_faults(compiled: Compiled, every: Mapping[str, Compiled], config: Config) -> Iterator[Fault]:
    """Lines and sets that a recipe names and sentinel.yaml does not."""
    head = compiled.read.head.form
    for number, line in enumerate(head.lines if head is not None else ()):
        path: Path = ("line", number) if head is not None and isinstance(head.line, list) else ("line",)
        if line not in config.lines:
            what = f"sentinel.yaml has no line {quoted(line)}."
            yield Fault("E-unknown-line", what, suggest(line, config.lines, "line"), at=path)
        elif head is not None and line in head.lines[:number]:
            yield Fault("E-doubled", f"The line {quoted(line)} is named twice.", "Keep one.", at=path)
        elif compiled.recipe is not None:
            yield from _sets(compiled.read, compiled.recipe, config, line)
            yield from _live(compiled.recipe, config, line)
            yield from _wants(compiled.read, compiled.recipe.plan, config.lines[line], line)
            yield from _subs(compiled.recipe, every, line, path)


def _subs(recipe: CompiledRecipe, every: Mapping[str, Compiled], line: str, path: Path) -> Iterator[Fault]:
    for child in recipe.plan.children:
        head = every[child.recipe].read.head.form
        if head is not None and head.lines and line not in head.lines:
            what = f"{quoted(child.recipe)}, which this recipe runs, is not for {quoted(line)}."
            todo = f"Add the line to {quoted(child.recipe)}, or take its `line:` away."
            yield Fault("E-sub-line", what, todo, at=path)


def _sets(read: ReadRecipe, recipe: CompiledRecipe, config: Config, line: str) -> Iterator[Fault]:
    """Whatever has a parameter called `set` looks at a set of the line."""
    named: list[tuple[Json, str, Path]] = [
        (trigger.params, trigger.kind, ("triggers", trigger.index, trigger.kind, "set")) for trigger in recipe.triggers
    ]
    for index, name in enumerate(read.ids):
        step = recipe.plan.step(name)
        if step.gate is not None:
            named += [(check.params, check.use, ("steps", index, "gate")) for check in step.gate.checks]
        else:
            named.append((step.params, step.use, ("steps", index, "with", "set")))
    sets = config.lines[line].sets
    for params, who, path in named:
        wanted = params.get("set") if isinstance(params, dict) else None
        if isinstance(wanted, str) and wanted not in sets:
            what = f"{quoted(who)} looks at the set {quoted(wanted)}, which the line {quoted(line)} does not have."
            yield Fault("E-unknown-set", what, suggest(wanted, sets, "set"), at=path)


def _live(recipe: CompiledRecipe, config: Config, line: str) -> Iterator[Fault]:
    """What looks at live rows has to be told where they come in."""
    for trigger in recipe.triggers:
        if "profiles" in trigger.reads and config.lines[line].live is None:
            what = f"{quoted(trigger.kind)} looks at what comes in, and the line {quoted(line)} does not say where."
            todo = "Add `live: FILE` to the line: a line of JSON for each request, as another program writes them."
            yield Fault("E-live", what, todo, at=("triggers", trigger.index, trigger.kind), key=True)


def _wants(read: ReadRecipe, plan: Plan, form: LineForm, line: str) -> Iterator[Fault]:
    """What steps want of the line, and the line does not have."""
    wanted, must = _asked(plan)
    lacks: dict[str, tuple[str, ...]] = {
        "base": () if form.base is not None else (
            "E-base-unset", "no base", "Add `base: {hub: NAME, revision: …}` or `base: {file: FOLDER}` to it."),
        "sets": () if form.sets else ("E-no-sets", "no sets", "Add one under `sets:`, such as `{file: sets/….jsonl}`."),
        "rows": () if form.data else ("E-no-data", "no data", "Add a source under `data:`, or bind rows in `in:`."),
    }  # fmt: skip
    for port in (port for port in must if lacks[port]):
        code, without, todo, *_ = lacks[port]
        at = _wanting(read, plan, port)
        yield Fault(code, f"A step wants the line's {port}, and {quoted(line)} has {without}.", todo, at=at)
    from_outcomes = [name for name, held in form.sets.items() if isinstance(held, OutcomeSet)]
    from_usage = any(isinstance(source, UsageData) for source in form.data)
    if form.live is None and (("sets" in wanted and from_outcomes) or ("rows" in wanted and from_usage)):
        of = f"the set {quoted(from_outcomes[0])}" if "sets" in wanted and from_outcomes else "`{from: usage}`"
        what = f"The texts of {of} stand with the requests, and the line {quoted(line)} does not say where they are."
        todo = "Add `live: FILE` to the line: a line of JSON for each request, with its `id`."
        yield Fault(
            "E-live", what, todo, at=_wanting(read, plan, "sets" if "sets" in wanted and from_outcomes else "rows")
        )


def _asked(plan: Plan) -> tuple[set[str], list[str]]:
    """What a run of a plan asks of its line, in its sub-recipes too; and what of that it cannot do without."""
    wanted, must = set[str](), set[str]()
    for each in (plan, *plan.children):
        first = each.steps[0] if each.steps else None
        if first is not None and first.id == LINE_STEP:
            wanted |= set(first.gives)
            must |= set((first.params or {}).get("must", ()))
        if each is not plan:
            more, needed = _asked(each)
            wanted, must = wanted | more, must | set(needed)
    return wanted, sorted(must)


def _wanting(read: ReadRecipe, plan: Plan, port: str) -> Path:
    """Where a recipe binds what it wants of the line, else the step that wants it by itself, or that runs one which
    does.
    """
    for index, name in enumerate(read.ids):
        for taken, sources in plan.step(name).binds.items():
            if any(source.of == "step" and (source.name, source.port) == (LINE_STEP, port) for source in sources):
                form = read.steps[index].form
                written: Mapping[str, object] = form.sources() if isinstance(form, GateStep | UseStep) else {}
                return ("steps", index, "in", taken) if taken in written else ("steps", index, "use")
    return ("line",)


def this_machine() -> dict[str, Slots]:
    """The node there is where sentinel.yaml names none: this machine. GPUs have to be declared."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"here": Slots(os.cpu_count() or 1, 0, 0, memory)}
