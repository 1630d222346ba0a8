"""Routes about the Hub: what of each line is there and how it stands, and sending again what was given up."""

from functools import partial

from sentinel.api.board_shape import board_shape
from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.domain.digest import Json
from sentinel.domain.names import suggest
from sentinel.domain.refusal import refuse
from sentinel.ledger import Ledger
from sentinel.supervisor.intents import again
from sentinel.supervisor.work import Work


async def board(ask: Ask) -> Json:
    """One line on the Hub, or every line."""
    name = ask.given["line"]

    def known(ledger: Ledger) -> list[str | None]:
        """The lines in force, and those of which something was sent once, whatever became of them."""
        lines = ask.site.engine.catalogue.lines
        sent = ledger.reads.lines_sent()
        if name is not None and name not in lines and name not in sent:
            raise refuse("E-unknown-line", f"sentinel.yaml has no line {name!r}.", todo=suggest(name, lines, "line"))
        if name is not None:
            return [name]
        return [*sorted({*lines, *sent}), *([None] if ledger.reads.sendings_for(None, 1) else [])]

    def look(ledger: Ledger, line: str | None) -> Json:
        engine = ask.site.engine
        work = Work(ledger, engine.clock.now(), ask.peer.actor)
        return {**board_shape(work, line, engine.catalogue.board is not None),
                "in_force": line in engine.catalogue.lines}  # fmt: skip

    # line by line, so that nothing else waits for all of them
    lines = await ask.site.look(known)
    shown = [await ask.site.look(partial(look, line=line)) for line in lines]
    return {"owner": (ask.site.engine.catalogue.board or {}).get("owner"), "lines": shown}


async def resend(ask: Ask) -> Json:
    """Send again what was given up, or now what waits."""
    name = ask.given["delivery"]
    return {"delivery": await ask.site.act(lambda engine: again(engine, ask.peer.actor, name))}


ROUTES = (
    Route("board", VIEW, {"line": Param("word")}, board),
    Route("resend", OPERATE, {"delivery": Param("word", required=True)}, resend),
)
