"""Routes that show much at a glance: every line, and everything that waits for a person."""

from functools import partial

from sentinel.api.line_glance import line_glance
from sentinel.api.peers import VIEW
from sentinel.api.route import Ask, Route
from sentinel.domain.digest import Json
from sentinel.ledger import Ledger
from sentinel.supervisor.work import Work


async def lines(ask: Ask) -> Json:
    """Each line in force and each that has versions, looked at one by one."""
    names = await ask.site.look(partial(_names, ask=ask))
    found = [await ask.site.look(partial(_line, ask=ask, name=name)) for name in names]
    return {"lines": [each for each in found if each is not None]}


def _names(ledger: Ledger, ask: Ask) -> list[str]:
    """The lines in the order of sentinel.yaml, then those that are only on record."""
    return list(dict.fromkeys([*ask.site.engine.catalogue.lines, *(row.line for row in ledger.reads.lines())]))


def _line(ledger: Ledger, ask: Ask, name: str) -> Json:
    engine = ask.site.engine
    return line_glance(Work(ledger, engine.clock.now(), ask.peer.actor), engine, name)


ROUTES = (Route("lines", VIEW, {}, lines),)
