"""Routes about the daemon itself: how it is, its files, its nodes, its end."""

import asyncio
import os

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.house import House
from sentinel.domain.names import suggest
from sentinel.domain.needs import Needs
from sentinel.domain.refusal import refuse
from sentinel.domain.streams import HOUSE
from sentinel.ledger import Ledger

_HOWS = ("now", "workers", "drain")
_GOODBYE = 0.02
"""Seconds in which the answer goes out before the door closes."""


async def status(ask: Ask) -> Json:
    """How the daemon is, and who asks."""
    at, you = ask.site.daemon.clock.now(), {"login": ask.peer.login, "role": ask.role}

    def look(ledger: Ledger) -> Json:
        house: House = ledger.state(HOUSE)
        return {
            "pid": os.getpid(), "release": ask.site.daemon.release, "workspace": str(ask.site.daemon.workspace),
            "node": ask.site.engine.places.node, "open_runs": len(ask.site.engine.floor.open),
            "workers": len(ask.site.daemon.hands.workers), "draining": ask.site.engine.draining,
            "faults": list(house.broken), "commit": house.commit, "dirty": house.dirty,
            "alerts": [to_json(alert) for alert in house.alerts.values()], "last": ledger.last_seq,
            "at": at, "you": you,
        }  # fmt: skip

    return await ask.site.look(look)


async def nodes(ask: Ask) -> Json:
    """The nodes, what they offer, and what of it is in use."""

    def look(ledger: Ledger) -> Json:
        house: House = ledger.state(HOUSE)
        here, used = ask.site.engine.places.node, _sum(list(ask.site.engine.floor.claims.values()))
        return {
            "nodes": [
                {"node": name, "slots": to_json(slots), "in_use": used if name == here else None, "here": name == here}
                for name, slots in sorted({**house.nodes, here: ask.site.engine.slots}.items())
            ]
        }

    return await ask.site.look(look)


def _sum(claims: list[Needs]) -> Json:
    return {
        "cpus": sum(each.cpus for each in claims), "gpus": sum(each.gpus for each in claims),
        "memory": sum(each.memory for each in claims), "attempts": len(claims),
    }  # fmt: skip


async def reload(ask: Ask) -> Json:
    """Check the files now, and put the good ones in force."""
    faults = await ask.site.daemon.reload()
    return {"faults": list(faults), "recipes": sorted(ask.site.engine.catalogue.recipes)}


async def down(ask: Ask) -> Json:
    """Go down: drain from now on, or end once this answer is out."""
    how = ask.given["how"]
    if how not in _HOWS:
        raise refuse("E-param", f"{how!r} is no way to go down.", todo=suggest(how, _HOWS, "way"))
    told = {"pid": os.getpid(), "workers": len(ask.site.daemon.hands.workers)}
    if how == "drain":
        await ask.site.daemon.down(how)
    else:
        asyncio.get_running_loop().call_later(_GOODBYE, lambda: ask.site.chore(ask.site.daemon.down(how)))
    return told


ROUTES = (
    Route("status", VIEW, {}, status),
    Route("nodes", VIEW, {}, nodes),
    Route("reload", OPERATE, {}, reload),
    Route("down", OPERATE, {"how": Param("word", default="now")}, down),
)
