"""Routes of versions: packed for a target, told of on a card, and laid beside each other by what they were made of."""

import asyncio

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.api.routes_watch import known_run
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused, refuse
from sentinel.ledger import Ledger
from sentinel.store import Store
from sentinel.supervisor import packaging
from sentinel.supervisor.halves import difference, run_half
from sentinel.supervisor.work import Work

_WORD = Param("word", required=True)
_README, _LONGEST = "README.md", 256 * 1024


async def export(ask: Ask) -> Json:
    """Pack a version for a target."""
    given = ask.given
    run = await ask.site.act(
        lambda engine: packaging.export(
            engine, ask.peer.actor, given["version"], given["line"], given["format"], given["target"], given["weights"]
        )
    )
    return {"run": run}


async def card(ask: Ask) -> Json:
    """Write a version's card."""
    given, about = ask.given, {name: step.about for name, step in ask.site.registry.steps.items() if step.about}
    run = await ask.site.act(
        lambda engine: packaging.card(engine, ask.peer.actor, given["version"], given["line"], about)
    )
    return {"run": run}


async def diff(ask: Ask) -> Json:
    """What differs between two versions, and what can have moved their score."""
    given = ask.given

    def look(ledger: Ledger) -> Json:
        told = difference(Work(ledger, 0, ask.peer.actor), given["one"], given["other"], given["line"])
        if isinstance(told, Refusal):
            raise Refused(told)
        return told

    return await ask.site.look(look)


async def half(ask: Ask) -> Json:
    """Train the half that tells whether the data or the recipe moved the score."""
    given = ask.given
    run = await ask.site.act(
        lambda engine: run_half(engine, ask.peer.actor, given["one"], given["other"], given["line"])
    )
    return {"run": run}


async def made(ask: Ask) -> Json:
    """The artifact that a verb's run has made."""
    name = ask.given["run"]

    def look(ledger: Ledger) -> Json:
        run = known_run(ledger, name)
        held = [each for step in run.steps.values() for port in step.outputs.values() for each in port]
        if run.kind != "asked" or not held:
            todo = f"`sentinel show {name}` says how it went."
            raise refuse("E-no-answer", f"{name} has made nothing to take out.", todo=todo)
        return held[0].to_json()

    return await ask.site.look(look)


async def page(ask: Ask) -> Json:
    """The page of the card that a run has written last: a verb's, or a step of a recipe."""
    name = ask.given["run"]

    def look(ledger: Ledger) -> str:
        run = known_run(ledger, name)
        steps = sorted(run.steps.values(), key=lambda step: step.ended_at or 0)
        cards = [each for step in steps for port in step.outputs.values() for each in port if each.kind == "Card"]
        if not cards:
            todo = f"`sentinel show {name}` says what it has made."
            raise refuse("E-no-answer", f"{name} has written no card.", todo=todo)
        return cards[-1].digest

    digest = await ask.site.look(look)
    text, cut = await asyncio.to_thread(_page, ask.site.store, digest)
    return {"run": name, "card": digest, "text": text, "cut": cut}


def _page(store: Store, digest: str) -> tuple[str, bool]:
    """The text of a card, and whether it is longer than what is shown of it."""
    with store.open(digest, _README) as file:
        held = file.read(_LONGEST + 1)
    return held[:_LONGEST].decode(errors="replace"), len(held) > _LONGEST


ROUTES = (
    Route("export", OPERATE, {
        "version": _WORD, "line": Param("word"), "format": Param("word"), "target": Param("word"),
        "weights": Param("word"),
    }, export),
    Route("card", OPERATE, {"version": _WORD, "line": Param("word")}, card),
    Route("diff", VIEW, {"one": _WORD, "other": _WORD, "line": Param("word")}, diff),
    Route("half", OPERATE, {"one": _WORD, "other": _WORD, "line": Param("word")}, half),
    Route("made", VIEW, {"run": _WORD}, made),
    Route("page", VIEW, {"run": _WORD}, page),
)  # fmt: skip
