"""Routes about the Hub: what of each line is there and how it stands, and sending again what was given up."""

from sentinel.api.board_shape import board_shape
from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.domain.digest import Json
from sentinel.domain.names import suggest
from sentinel.domain.refusal import refuse
from sentinel.ledger import Ledger
from sentinel.supervisor.outbox import again
from sentinel.supervisor.work import Work


async def board(ask: Ask) -> Json:
    """One line on the Hub, or every line."""
    name = ask.given["line"]

    def look(ledger: Ledger) -> Json:
        engine = ask.site.engine
        lines = engine.catalogue.lines
        if name is not None and name not in lines:
            raise refuse("E-unknown-line", f"sentinel.yaml has no line {name!r}.", todo=suggest(name, lines, "line"))
        work = Work(ledger, engine.clock.now(), ask.peer.actor)
        shown = [board_shape(work, each) for each in ([name] if name is not None else sorted(lines))]
        owner = (engine.catalogue.board or {}).get("owner")
        return {"owner": owner, "lines": shown}

    return await ask.site.look(look)


async def resend(ask: Ask) -> Json:
    """Send again what was given up, or now what waits."""
    name = ask.given["delivery"]
    return {"delivery": await ask.site.act(lambda engine: again(engine, ask.peer.actor, name))}


ROUTES = (
    Route("board", VIEW, {"line": Param("word")}, board),
    Route("resend", OPERATE, {"delivery": Param("word", required=True)}, resend),
)
