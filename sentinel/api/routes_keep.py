"""Routes that keep things safe: backups, and whether notices reach anybody."""

import asyncio
import os
import shutil
from functools import partial
from pathlib import Path

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.api.site import Site
from sentinel.api.state import LEDGER, STORE
from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger
from sentinel.ledger.tables import ArtifactRow
from sentinel.store import Store
from sentinel.supervisor.notices import try_out


async def backup(ask: Ask) -> Json:
    """Copy the ledger as of one moment, and every artifact that it speaks of, into a fresh folder."""
    target = Path(ask.given["folder"])
    if not target.is_absolute():
        raise refuse("E-usage", "A backup's folder is named by its whole path.", where=str(target))
    if await asyncio.to_thread(target.exists):
        raise refuse("E-not-empty", "There is something already.", where=str(target), todo="Name a fresh folder.")
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        await asyncio.to_thread(_make, aside)
        steps = await ask.site.look(lambda ledger: ledger.backup(aside / LEDGER))
        # one step at a time, so that other work comes in between
        while await ask.site.look(lambda _: next(steps, None)) is not None:
            pass
        kept = await _copy_artifacts(ask.site, Store(aside / STORE))
        await asyncio.to_thread(os.rename, aside, target)
    except OSError as error:
        raise refuse(
            "E-backup", f"It could not be written: {error.strerror}.", where=str(target),
            todo="The daemon writes it: name a folder where it may.",
        ) from error  # fmt: skip
    finally:
        await asyncio.to_thread(shutil.rmtree, aside, ignore_errors=True)
    return {"folder": str(target), "artifacts": kept}


def _make(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)


async def _copy_artifacts(site: Site, copy: Store) -> int:
    """Every artifact on record that is here, page by page; each is read again on its way."""
    before: tuple[int, str] | None = None
    kept = 0
    while page := await site.look(partial(_page, before=before)):
        for row in page:
            if site.store.has(row.digest):
                found = await asyncio.to_thread(copy.put, site.store.path(row.digest))
                if found.digest != row.digest:
                    todo = "`sentinel artifacts --verify` names every damaged one; restore those from an older backup."
                    raise refuse("E-damaged", f"The artifact {row.digest} is damaged.", todo=todo)
                kept += 1
        before = (page[-1].kept_at, page[-1].digest)
    return kept


def _page(ledger: Ledger, before: tuple[int, str] | None) -> list[ArtifactRow]:
    return ledger.reads.artifacts(before=before)


async def notify(ask: Ask) -> Json:
    """Put a notice that only says it is a test into the outbox, for everybody who is told of things."""
    by = ask.peer.login
    deliveries = await ask.site.act(
        lambda engine: engine.do(ask.peer.actor, lambda work: try_out(work, engine.catalogue, by))
    )
    return {"deliveries": deliveries}


async def delivery(ask: Ask) -> Json:
    """What became of a delivery."""

    def look(ledger: Ledger) -> Json:
        found: Delivery = ledger.state(stream_of("delivery", ask.given["id"]))
        if not found.state:
            raise refuse("E-param", f"There is no delivery {ask.given['id']!r}.")
        return {
            "delivery": found.id, "target": found.target, "state": found.state, "attempts": found.attempts,
            "why": found.why, "maybe_sent": found.maybe_sent, "receipt": found.receipt,
        }  # fmt: skip

    return await ask.site.look(look)


ROUTES = (
    Route("backup", OPERATE, {"folder": Param("text", required=True)}, backup),
    Route("notify", OPERATE, {}, notify),
    Route("delivery", VIEW, {"id": Param("word", required=True)}, delivery),
)
