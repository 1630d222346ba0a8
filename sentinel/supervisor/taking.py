"""From a checked workspace to what is in force, and the engine's part in taking it."""

from dataclasses import replace
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.house import FilesBroken, FilesTaken, House, NodeSeen
from sentinel.domain.streams import HOUSE
from sentinel.domain.zoo import ZooSpec
from sentinel.recipe.benchmarks import benchmarks
from sentinel.supervisor import triggers
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.catalogue import Catalogue, GateInForce, Target, TriggerInForce
from sentinel.supervisor.engine import DAEMON, Done, Engine
from sentinel.supervisor.work import Work


def catalogue_of(checked: Any, before: Catalogue, tree: tuple[str | None, bool, str | None]) -> Catalogue:
    """What is in force after a check: the files that are good, and for broken ones the last good version."""
    if checked.config is None:
        return before
    config = checked.config
    commit, dirty, dirty_digest = tree
    broken = {fault.file for fault in checked.faults}
    kept = {name: held for name, held in before.recipes.items() if held.path in broken}
    recipes = {**kept, **checked.recipes}
    specs = _specs(checked, before, broken)
    gates = {name: held for name, held in before.gates.items() if held.path in broken}
    gates |= {name: GateInForce(gate.path, gate.plan, gate.ports, gate.reads) for name, gate in checked.gates.items()}
    armed = [
        TriggerInForce(name, line, trigger.kind, trigger.index, trigger.params, trigger.reads)
        for name, recipe in sorted(recipes.items())
        for line in recipe.lines or (None,)
        for trigger in recipe.triggers
    ]
    return replace(
        before,
        recipes=recipes,
        gates=gates,
        triggers=tuple(armed),
        lines={name: line.model_dump(mode="json") for name, line in config.lines.items()},
        nodes=config.slots(),
        specs=specs,
        rotation=config.zoo.budget,
        shadows=config.zoo.slots,
        programs={name: tuple(argv) for name, argv in config.programs.items()},
        hub_token=_token(config.hub),
        board=_board(config.hub),
        targets=tuple(_target(entry) for entry in config.notify),
        operators=tuple(config.operators),
        timezone=config.timezone,
        files=dict(checked.files),
        commit=commit,
        dirty=dirty,
        dirty_digest=dirty_digest,
    )


def _specs(checked: Any, before: Catalogue, broken: set[str]) -> dict[str, ZooSpec]:
    """The zoo: a spec whose file is broken, or lies in a folder that cannot be read, stays as it was last."""
    found = {name: held.spec for name, held in checked.specs.items()}
    kept = {
        name: held
        for name, held in before.specs.items()
        if held.path in broken or held.path.partition("/")[0] in broken
    }
    labels = {held.label for held in found.values()}
    return {**{name: held for name, held in kept.items() if held.label not in labels}, **found}


def _token(hub: Any) -> str | None:
    return hub.token.removeprefix("credential:") if hub is not None and hub.token is not None else None


def _board(hub: Any) -> Json:
    return {"owner": hub.owner, "benchmarks": to_json(benchmarks(hub))} if hub is not None else None


def _target(entry: Any) -> Target:
    webhook = getattr(entry, "webhook", None)
    return Target(webhook.removeprefix("credential:") if webhook is not None else entry.command, tuple(entry.on))


def take(
    engine: Engine, catalogue: Catalogue, faults: tuple[str, ...], broken: dict[str, str], git_trouble: str = ""
) -> Done:
    """Put the files in force; where some are broken, or git does not know them, say so and keep the last good ones."""
    engine.catalogue = catalogue
    engine.slots = catalogue.nodes.get(engine.places.node, engine.slots)

    def act(work: Work) -> None:
        house: House = work.state(HOUSE)
        if catalogue.files != house.files or house.broken:
            work.apply(HOUSE, [FilesTaken(catalogue.files, catalogue.commit, catalogue.dirty)])
        if faults:
            work.apply(HOUSE, [FilesBroken(broken, faults)])
            alert(work, "files", "workspace", _told(catalogue, faults, broken))
        else:
            all_clear(work, "files", "workspace", "every file is good")
        if git_trouble:
            alert(work, "git", "workspace", git_trouble)
        else:
            all_clear(work, "git", "workspace", "git knows the workspace")
        if house.nodes.get(engine.places.node) != engine.slots:
            work.apply(HOUSE, [NodeSeen(engine.places.node, engine.slots)])
        triggers.arm(work, catalogue)

    return engine.do(DAEMON, act)


def _told(catalogue: Catalogue, faults: tuple[str, ...], broken: dict[str, str]) -> str:
    held = {recipe.path for recipe in catalogue.recipes.values()}
    never = sorted(file for file in broken if file.startswith("recipes/") and file not in held)
    number = f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in {', '.join(sorted(broken))}"
    if never:
        return f"{number}; of {', '.join(never)} there has been no good version, so nothing of it is in force."
    return f"{number}; the last good version stays in force."
