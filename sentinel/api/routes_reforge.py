"""Routes about making a version again: what its controls are and what would be run, and the run itself."""

import asyncio
from typing import TypeVar

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.plan_shape import plan_shape
from sentinel.api.preview import beforehand, pictured
from sentinel.api.reforge_shape import reforge_shape
from sentinel.api.route import Ask, Param, Route
from sentinel.domain.card_claims import Claims
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused, refuse
from sentinel.domain.run.state import Run
from sentinel.ledger import Ledger
from sentinel.supervisor.by_card import plan_by_card, train_by_card, version_by_card
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.reforging import Again, prepared, reforge
from sentinel.supervisor.work import Work

T = TypeVar("T")

_GIVEN = {
    "version": Param("word"), "card": Param("values"), "line": Param("word"), "set": Param("values", default={}),
    "fresh": Param("flag", default=False),
}  # fmt: skip


async def reforging(ask: Ask) -> Json:
    """The controls of a version, what each did, and what a re-forge would run."""
    given, settings = ask.given, _settings(ask)

    at = ask.site.daemon.clock.now()

    def look(ledger: Ledger) -> tuple[Json, Run, tuple[Again, Run] | None]:
        engine: Engine = ask.site.engine
        work = Work(ledger, at, ask.peer.actor)
        meant = _meant(work, engine, ask)
        if isinstance(meant, Claims):
            made = _said(plan_by_card(engine, ask.site.registry, meant, settings))
            return {"version": None, "card": meant.model}, pictured(ledger, made[0], made[1], at), None
        again = _said(
            prepared(work, engine.catalogue, ask.site.registry, meant, given["line"], settings, given["fresh"])
        )
        return {}, pictured(ledger, again.plan, again.inputs, at), (again, work.run(again.record.version.run))

    told, run, held = await ask.site.look(look)
    told = {**told, "plan": plan_shape(run.plan, await beforehand(ask.site, run, at))}
    if held is None:
        return told
    shape = await asyncio.to_thread(reforge_shape, *held, ask.site.registry, ask.site.store)
    return {**shape, **told}


async def reforge_now(ask: Ask) -> Json:
    """Make a version again."""
    given, settings, registry, actor = ask.given, _settings(ask), ask.site.registry, ask.peer.actor

    def act(engine: Engine) -> Done:
        meant = _meant(Work(engine.ledger, engine.clock.now(), actor), engine, ask)
        if isinstance(meant, Claims):
            return train_by_card(engine, registry, actor, meant, settings, given["reason"])
        return reforge(engine, registry, actor, meant, given["line"], settings, given["fresh"], given["reason"])

    return {"run": await ask.site.act(act)}


def _meant(work: Work, engine: Engine, ask: Ask) -> str | Claims:
    """The version that is meant, by its name or by its card; a card's claims where its model is no version here."""
    given = ask.given
    if (given["version"] is None) == (given["card"] is None):
        raise refuse("E-param", "`reforge` takes a version or a card, and one of them.", todo="Give one of the two.")
    if given["version"] is not None:
        name: str = given["version"]
        return name
    found = version_by_card(work, engine.catalogue, given["card"], given["line"])
    if isinstance(found, Refusal):
        raise Refused(found)
    return found


def _settings(ask: Ask) -> dict[str, str]:
    return {str(name): str(value) for name, value in ask.given["set"].items()}


def _said(answer: T | Refusal) -> T:
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


ROUTES = (
    Route("reforge", OPERATE, {**_GIVEN, "reason": Param("text", default="")}, reforge_now),
    Route("reforging", VIEW, _GIVEN, reforging),
)
