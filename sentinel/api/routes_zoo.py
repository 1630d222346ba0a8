"""Routes about the zoo: how its specs stand, what a rotation would do now, and a rotation."""

from functools import partial

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.api.zoo_shape import Due, rotation_shape, zoo_shape
from sentinel.domain.digest import Json
from sentinel.domain.names import suggest
from sentinel.domain.refusal import Refusal, Refused, refuse
from sentinel.ledger import Ledger
from sentinel.supervisor.coming import coming
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.rotating import Rotates, rotate, rotations, which
from sentinel.supervisor.work import Work

_AHEAD = 12
"""So many rotations ahead it is told when they come."""
_WHICH = {"recipe": Param("word"), "line": Param("word")}


async def zoo(ask: Ask) -> Json:
    """Each spec of the zoo, as each rotation in force looks at it."""
    name = ask.given["spec"]

    def known(_: Ledger) -> tuple[list[Rotates], int]:
        catalogue = ask.site.engine.catalogue
        if name is not None and name not in catalogue.specs:
            raise refuse(
                "E-unknown-spec", f"The zoo has no spec {name!r}.", todo=suggest(name, catalogue.specs, "spec")
            )
        return rotations(catalogue), len(catalogue.specs)

    every, specs = await ask.site.look(known)
    found = every or [Rotates("", None, ask.site.engine.catalogue.rotation, None)]
    # a look each: there may be one for every line
    shown = [await ask.site.look(partial(_shown, ask=ask, held=each)) for each in found]
    return {"rotates": bool(every), "specs": specs, "rotations": shown}


def _shown(ledger: Ledger, ask: Ask, held: Rotates) -> Json:
    engine = ask.site.engine
    work = Work(ledger, engine.clock.now(), ask.peer.actor)
    return zoo_shape(work, engine.catalogue, held, _due(work, engine, held), ask.given["spec"])


def _due(work: Work, engine: Engine, held: Rotates) -> Due:
    """When a rotation comes by itself; one that is asked for already comes first."""
    waits = bool(engine.floor.queued.get((held.recipe, held.line)))
    return Due(coming(work, engine.catalogue, held.recipe, held.line, _AHEAD), waits)


async def rotation(ask: Ask) -> Json:
    """What a rotation would do now."""
    given = ask.given

    def look(ledger: Ledger) -> Json:
        engine: Engine = ask.site.engine
        found = which(engine.catalogue, given["recipe"], given["line"])
        if isinstance(found, Refusal):
            raise Refused(found)
        budget = found.budget if given["budget"] is None else _least(given["budget"])
        work = Work(ledger, engine.clock.now(), ask.peer.actor)
        return rotation_shape(work, engine.catalogue, Rotates(found.recipe, found.line, budget, found.gpu))

    return await ask.site.look(look)


async def rotate_now(ask: Ask) -> Json:
    """Ask for a rotation."""
    given, actor = ask.given, ask.peer.actor
    budget = None if given["budget"] is None else _least(given["budget"])
    return {"run": await ask.site.act(lambda engine: rotate(engine, actor, given["recipe"], given["line"], budget))}


def _least(budget: int) -> int:
    if budget < 0:
        raise refuse("E-usage", f"{budget} is no budget.", todo="Give how many specs are to train, from 0 on.")
    return budget


ROUTES = (
    Route("zoo", VIEW, {"spec": Param("word")}, zoo),
    Route("rotation", VIEW, {**_WHICH, "budget": Param("whole")}, rotation),
    Route("rotate", OPERATE, {**_WHICH, "budget": Param("whole")}, rotate_now),
)
