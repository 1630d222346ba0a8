"""Routes that show much at a glance: every line, and everything that waits for a person."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from functools import partial

from sentinel.api.attention import Waits, in_order, of_house, of_line, of_outbox, of_run
from sentinel.api.line_glance import line_glance
from sentinel.api.peers import VIEW
from sentinel.api.route import Ask, Route
from sentinel.api.routes_watch import run_of
from sentinel.domain.digest import Json
from sentinel.domain.house import House
from sentinel.domain.streams import HOUSE, stream_of
from sentinel.ledger import Ledger
from sentinel.supervisor.work import Work

_MOST = 100
"""So much of what waits is told."""
_AT_ONCE, _PAGE = 1000, 200
"""Runs at hand that are looked at in one look, and runs that are read in one."""


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


async def attention(ask: Ask) -> Json:
    """Everything that waits for a person, with the command that deals with it."""
    found = [each async for each in _waiting(ask)]
    # a run that moves on between two looks may be met twice
    told = in_order(dict.fromkeys(found))
    return {"items": [asdict(each) for each in told[:_MOST]], "more": len(told) > _MOST}


async def _waiting(ask: Ask) -> AsyncIterator[Waits]:
    look = ask.site.look
    begun = await look(lambda _: [name for held in ask.site.engine.floor.begun.values() for name in held])
    for start in range(0, len(begun), _AT_ONCE):
        for each in await look(partial(_of_runs, names=begun[start : start + _AT_ONCE])):
            yield each
    before: int | None = None
    while page := await look(partial(_paused, before=before)):
        for each in await look(partial(_of_runs, names=[f"r{number}" for number in page])):
            yield each
        before = page[-1]
    for name in await look(partial(_names, ask=ask)):
        for each in await look(partial(_of_line, name=name)):
            yield each
    given_up = await look(lambda ledger: list(of_outbox(ledger, ledger.reads.given_up(_MOST + 1))))
    for each in [*given_up, *await look(partial(_of_house, given_up={each.delivery for each in given_up}))]:
        yield each


def _of_runs(ledger: Ledger, names: Sequence[str]) -> list[Waits]:
    return [each for name in names for each in of_run(ledger, run_of(ledger, name))]


def _paused(ledger: Ledger, before: int | None) -> list[int]:
    return [row.num for row in ledger.reads.runs(state="paused", before=before, limit=_PAGE, asked=True)]


def _of_line(ledger: Ledger, name: str) -> list[Waits]:
    return list(of_line(ledger, ledger.state(stream_of("line", name))))


def _of_house(ledger: Ledger, given_up: set[str | None]) -> list[Waits]:
    house: House = ledger.state(HOUSE)
    return list(of_house(house, given_up))


ROUTES = (Route("lines", VIEW, {}, lines), Route("attention", VIEW, {}, attention))
