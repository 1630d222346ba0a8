"""Routes about what is on record: events, logs, verdicts and artifacts."""

import asyncio
import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sentinel.api.event_shape import event_shape
from sentinel.api.news import News
from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Messages, Param, Route
from sentinel.api.routes_watch import known_run
from sentinel.api.site import Site
from sentinel.contract.attempt import LOG
from sentinel.domain.digest import Json
from sentinel.domain.event import Event
from sentinel.domain.names import suggest
from sentinel.domain.refusal import refuse
from sentinel.domain.run.state import Attempt, Run, step_of
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger
from sentinel.ledger.journal_rows import VerdictRow
from sentinel.ledger.tables import ArtifactRow

_PAGE = 1000
_CHUNK = 2**16
_POLL = 0.2
"""Seconds between two looks at a log that is being followed."""


async def events(ask: Ask) -> Json:
    """Events of all streams or of one run's: those after a seq, or the latest; the oldest of them first."""
    limit, since = max(1, min(ask.given["limit"], _PAGE)), ask.given["since"]
    stream = stream_of("run", ask.given["run"]) if ask.given["run"] is not None else None

    def look(ledger: Ledger) -> list[Event]:
        if ask.given["run"] is not None:
            known_run(ledger, ask.given["run"])
        if since is not None:
            return ledger.reads.events(since, limit, stream)
        if stream is None:
            return ledger.reads.latest_events(limit)[::-1]
        return ledger.reads.events(0, _PAGE, stream)[-limit:]

    found, last = await ask.site.look(lambda ledger: (look(ledger), ledger.last_seq))
    return {"events": [event_shape(event) for event in found], "last": last}


async def tail(ask: Ask) -> Messages:
    """Events after a seq, or from now on, as they are put on record."""
    stream = stream_of("run", ask.given["run"]) if ask.given["run"] is not None else None
    with News(ask.site, stream) as news:
        seen = ask.given["since"]
        if seen is None:
            seen = await ask.site.look(lambda ledger: ledger.last_seq)
        while True:
            async for event in news.after(seen):
                seen = event.seq
                yield {"event": event_shape(event)}


async def logs(ask: Ask) -> Messages:
    """What the workers of a run wrote: the latest attempt of each step, or of one; with `follow` until the run ends."""
    told: dict[str, int] = {}
    while True:
        run = await ask.site.look(lambda ledger: known_run(ledger, ask.given["run"]))
        open_before = run.open
        for attempt in _attempts(run, ask.given["step"], ask.given["attempt"]):
            path = ask.site.daemon.folders.path(attempt.id) / LOG
            while text := await asyncio.to_thread(_read, path, told.get(attempt.id, 0)):
                told[attempt.id] = told.get(attempt.id, 0) + len(text)
                yield {"line": text.decode(errors="replace"), "attempt": attempt.id}
        if not ask.given["follow"] or not open_before:
            return
        await asyncio.sleep(_POLL)


def _attempts(run: Run, step: str | None, number: int | None) -> Sequence[Attempt]:
    """The attempts whose logs are meant: the latest of each step or element, unless a number is given."""
    if step is not None and step not in {key for key, _ in run.instances()}:
        known = [key for key, _ in run.instances()]
        raise refuse("E-unknown-step", f"{run.id} has no step {step!r}.", todo=suggest(step, known, "step"))
    of_step = [a for a in run.attempts.values() if step is None or step in (a.step, step_of(a.step))]
    if number is not None:
        found = [a for a in of_step if a.id.endswith(f".a{number}")]
        if not found:
            todo = f"See `sentinel show {run.id}`."
            raise refuse("E-unknown-step", f"{run.id} has no such attempt {number}.", todo=todo)
        return found
    return list({a.step: a for a in of_step}.values())


def _read(path: Path, offset: int) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    try:
        return os.pread(handle, _CHUNK, offset)
    finally:
        os.close(handle)


async def verdicts(ask: Ask) -> Json:
    """Verdicts, the latest first, of one run or of all."""
    limit = max(1, min(ask.given["limit"], _PAGE))

    def look(ledger: Ledger) -> list[VerdictRow]:
        if ask.given["run"] is not None:
            known_run(ledger, ask.given["run"])
        return ledger.reads.verdicts(ask.given["run"], limit)

    return {"verdicts": [_verdict(row) for row in await ask.site.look(look)]}


async def verdict(ask: Ask) -> Json:
    """One verdict with its evidence."""
    row = await ask.site.look(lambda ledger: ledger.reads.verdict(ask.given["id"]))
    if row is None:
        todo = "`sentinel verdicts` lists them."
        raise refuse("E-unknown-verdict", f"There is no verdict {ask.given['id']!r}.", todo=todo)
    body = json.loads(row.body)
    return {**_verdict(row), "checks": body["findings"], "artifact": body["artifact"]}


def _verdict(row: VerdictRow) -> Json:
    return {
        "verdict_id": row.id, "run": row.run, "step": row.step, "gate": row.gate, "verdict": row.verdict,
        "sentence": row.sentence, "subject": row.subject, "against": row.against, "round": row.round, "at": row.at,
    }  # fmt: skip


async def artifacts(ask: Ask) -> Json:
    """The artifacts in the store, the latest first."""
    limit = max(1, min(ask.given["limit"], _PAGE))
    found = await ask.site.look(lambda ledger: ledger.reads.artifacts(ask.given["kind"], limit))
    return {
        "artifacts": [
            {
                "digest": row.digest, "kind": row.kind, "size": row.size, "attempt": row.attempt,
                "kept_at": row.kept_at, "here": ask.site.store.has(row.digest),
            }
            for row in found
        ]
    }  # fmt: skip


async def verify(ask: Ask) -> Messages:
    """Each artifact of the store, read again: what of it is damaged."""
    before: tuple[int, str] | None = None
    while page := await ask.site.look(partial(_artifacts, kind=ask.given["kind"], before=before)):
        for row in page:
            damage = await asyncio.to_thread(_damage, ask.site, row.digest)
            yield {"artifact": {"digest": row.digest, "kind": row.kind, "damage": damage}}
        before = (page[-1].kept_at, page[-1].digest)


def _artifacts(ledger: Ledger, kind: str | None, before: tuple[int, str] | None) -> list[ArtifactRow]:
    return ledger.reads.artifacts(kind, before=before)


def _damage(site: Site, digest: str) -> list[str]:
    return site.store.verify(digest) if site.store.has(digest) else ["it is not in the store"]


_RUN = Param("word")

ROUTES = (
    Route(
        "events", VIEW, {"since": Param("whole"), "run": _RUN, "limit": Param("whole", default=100)}, events
    ),
    Route("tail", VIEW, {"since": Param("whole"), "run": _RUN}, stream=tail),
    Route(
        "logs", VIEW,
        {
            "run": Param("word", required=True), "step": Param("word"), "attempt": Param("whole"),
            "follow": Param("flag", default=False),
        },
        stream=logs,
    ),
    Route("verdicts", VIEW, {"run": _RUN, "limit": Param("whole", default=20)}, verdicts),
    Route("verdict", VIEW, {"id": Param("word", required=True)}, verdict),
    Route("artifacts", VIEW, {"kind": Param("word"), "limit": Param("whole", default=50)}, artifacts),
    Route("verify", OPERATE, {"kind": Param("word")}, stream=verify),
)  # fmt: skip
