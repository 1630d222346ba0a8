"""A re-forge from a published card: of the version that it is about, or by its settings where that is none here."""

from collections.abc import Mapping
from dataclasses import replace

from sentinel.contract.types import Registry
from sentinel.domain.artifact import Artifact
from sentinel.domain.card_claims import Claims, NoCard, claims_of, lies, other_base
from sentinel.domain.digest import Json
from sentinel.domain.line.state import Version
from sentinel.domain.names import suggest
from sentinel.domain.plan import Plan
from sentinel.domain.reforge import SETTINGS, WORD
from sentinel.domain.refusal import Refusal
from sentinel.recipe.controls import with_settings
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.lineage import lineage_facts
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.reforging import Desk
from sentinel.supervisor.verbs import plan_in_force
from sentinel.supervisor.work import Work

_ITSELF = "If the line's base has changed since, re-forge the version itself: `sentinel reforge {version}`."


def version_by_card(work: Work, catalogue: Catalogue, card: Json, line: str | None) -> str | Claims | Refusal:
    """The version that a card is about; its claims where that is none of the line's. Refused where it lies."""
    try:
        claims = claims_of(card)
    except NoCard as error:
        return Refusal("E-no-card", f"This is no card: {error}.", todo="Write it anew: `sentinel card VERSION -o DIR`.")
    owner = line or claims.line or ""
    if owner not in catalogue.lines:
        todo = f"Say for which line: `--line`. {suggest(owner, catalogue.lines, 'line')}"
        return Refusal("E-unknown-line", f"The card is of the line {owner!r}, and sentinel.yaml has none.", todo=todo)
    version = work.line(owner).version_of(claims.model)
    found = other_base(claims, catalogue.lines[owner].get("base"))
    if version is not None:
        found += _against_record(work, owner, version, claims)
    if found:
        todo = "Take the card that the step `card` wrote of this model."
        todo += f" {_ITSELF.format(version=version.id)}" if version is not None else ""
        return Refusal("E-card-lies", f"The card says what is not so: {'; '.join(found)}.", todo=todo)
    return version.id if version is not None else replace(claims, line=owner)


def _against_record(work: Work, line: str, version: Version, claims: Claims) -> list[str]:
    run = replace(work.run(version.run), line=line)
    lineage = lineage_facts(work, run, {"model": (Artifact("Model", version.model),)})
    return lies(claims, lineage)


def train_by_card(
    engine: Engine, registry: Registry, actor: str, claims: Claims, settings: Mapping[str, str], reason: str
) -> Done:
    """Run the recipe `reforge` in force with the settings of a card, whose model is no version here."""

    def act(work: Work) -> Refusal | str:
        made = plan_by_card(engine, registry, claims, settings)
        if isinstance(made, Refusal):
            return made
        plan, inputs = made
        why = reason or f"as the card of {claims.model[:12]} says"
        return queue_run(work, Ask(
            plan, claims.line, inputs, WORD, why, purpose={"card": claims.model}, commit=engine.catalogue.commit,
            dirty=engine.catalogue.dirty,
        ))  # fmt: skip

    return engine.do(actor, act)


def plan_by_card(
    engine: Engine, registry: Registry, claims: Claims, settings: Mapping[str, str]
) -> tuple[Plan, dict[str, Json]] | Refusal:
    """The recipe `reforge` with the settings of a card, and of a person upon them; and the inputs of its run."""
    said = claims.settings
    if said is None:
        what = f"{claims.model[:12]} is no version of {claims.line}, and the card does not say how it was trained."
        return Refusal("E-no-recipe", what, todo="Take a card of a model that a recipe trained.")
    plan = plan_in_force(engine, WORD, claims.line)
    if isinstance(plan, Refusal):
        return replace(plan, todo=f"{plan.todo} The starter set has one: `recipes/reforge.yaml`.")
    steps = [step for step in plan.steps if step.use == WORD]
    if len(steps) != 1:
        what = f"The recipe {WORD} has {len(steps)} steps that use `{WORD}`, and a card speaks of one."
        return Refusal("E-no-recipe", what, todo="Give it one, as in the starter set.")
    (step,) = steps
    # a model that is not here is no parent: the settings are the card's alone
    alone = replace(step, binds={port: held for port, held in step.binds.items() if port not in ("parent", "card")})
    given: dict[tuple[str, ...], Json] = {
        ("change", name): said[name] for name in SETTINGS if said.get(name) is not None
    }
    inputs: dict[str, Json] = {name: declared.default for name, declared in plan.inputs.items()}
    whole = replace(plan, steps=tuple(alone if each is step else each for each in plan.steps))
    desk = Desk(registry, whole, inputs)
    made, _, faults = with_settings(alone, registry.steps[WORD], desk.params(alone), given)
    if faults:
        what = " ".join(each.what for each in faults[:4])
        return Refusal("E-card-settings", f"No training takes what the card says. {what}", todo="Take another card.")
    desk.plan = replace(whole, steps=tuple(made if each is alone else each for each in whole.steps))
    return desk.set(settings) or (desk.plan, desk.inputs)
