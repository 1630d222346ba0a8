"""The route that shows the curve of a training, or of whatever else tells figures as it goes."""

import asyncio

from sentinel.api.peers import VIEW
from sentinel.api.progress import curve
from sentinel.api.route import Ask, Param, Route
from sentinel.contract.attempt import PROGRESS
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse


async def figures(ask: Ask) -> Json:
    """The figures that an attempt has told so far, in the order of time."""
    name = ask.given["attempt"]
    # only what is on record names a folder
    if await ask.site.look(lambda ledger: ledger.reads.attempt(name)) is None:
        run = name.partition(".")[0]
        todo = f"`sentinel show {run}` names those of a run."
        raise refuse("E-unknown-attempt", f"There is no attempt {name!r}.", todo=todo)
    points = await asyncio.to_thread(curve, ask.site.daemon.folders.path(name) / PROGRESS)
    return {"attempt": name, "points": points}


ROUTES = (Route("figures", VIEW, {"attempt": Param("word", required=True)}, figures),)
