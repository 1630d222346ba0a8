"""Routes about the zoo: how its specs stand, what a rotation would do now, and a rotation."""

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.api.zoo_shape import rotation_shape, zoo_shape
from sentinel.domain.digest import Json
from sentinel.domain.names import suggest
from sentinel.domain.refusal import Refusal, Refused, refuse
from sentinel.ledger import Ledger
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.rotating import Rotates, rotate, rotations, which
from sentinel.supervisor.work import Work

_WHICH = {"recipe": Param("word"), "line": Param("word")}


async def zoo(ask: Ask) -> Json:
    """Each spec of the zoo, as each rotation in force looks at it."""
    name = ask.given["spec"]

    def look(ledger: Ledger) -> Json:
        engine = ask.site.engine
        catalogue = engine.catalogue
        if name is not None and name not in catalogue.specs:
            raise refuse(
                "E-unknown-spec", f"The zoo has no spec {name!r}.", todo=suggest(name, catalogue.specs, "spec")
            )
        work = Work(ledger, engine.clock.now(), ask.peer.actor)
        every = rotations(catalogue)
        found = every or [Rotates("", None, catalogue.rotation, None)]
        shown = [zoo_shape(work, catalogue, each, name) for each in found]
        return {"rotates": bool(every), "specs": len(catalogue.specs), "rotations": shown}

    return await ask.site.look(look)


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
