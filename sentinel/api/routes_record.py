"""Routes about what is on record: events, logs and artifacts."""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from itertools import islice
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
from sentinel.ledger.tables import ArtifactRow

_PAGE = 1000
_STRETCH, _STRETCHES = 5000, 200
"""So many events are looked through in one look for those of some streams, and in so many looks."""
_CHUNK = 2**16
_POLL = 0.2
"""Seconds between two looks at a log that is being followed."""


async def events(ask: Ask) -> Json:
    """Events of all streams or of some: those after a seq, or the latest before one; the oldest of them first.

    A stream goes by its name, or by the beginning of the names of several.
    """
    given, limit = ask.given, max(1, min(ask.given["limit"], _PAGE))
    stream = stream_of("run", given["run"]) if given["run"] is not None else given["stream"]
    if given["since"] is not None and given["before"] is not None:
        raise refuse("E-param", "Events come after a seq or before one.", todo="Give `since` or `before`.")

    def look(ledger: Ledger) -> tuple[list[Event], int]:
        if given["run"] is not None:
            known_run(ledger, given["run"])
        if given["since"] is not None:
            return ledger.reads.events(given["since"], limit, stream), ledger.last_seq
        return ledger.reads.latest_events(limit, given["before"], stream)[::-1], ledger.last_seq

    found, last = await ask.site.look(look)
    if not found and given["stream"] is not None and given["since"] is None:
        found = await _below(ask, given["stream"], given["before"] or last + 1, limit)
    return {"events": [event_shape(event) for event in found], "last": last}


async def _below(ask: Ask, name: str, before: int, limit: int) -> list[Event]:
    """The latest events of the streams whose names begin so, looked for a stretch of the record at a time."""
    found: list[Event] = []
    for _ in range(_STRETCHES):
        first = max(0, before - _STRETCH)
        span = partial(_latest_like, name=name, first=first, before=before, limit=limit - len(found))
        found += await ask.site.look(span)
        before = first
        if len(found) >= limit or before <= 0:
            break
    return found[::-1]


def _latest_like(ledger: Ledger, name: str, first: int, before: int, limit: int) -> list[Event]:
    return ledger.reads.latest_like(name, first, before, limit)


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
    """What the workers of a run wrote: the latest attempt of each step, or of one; with `follow` until the run ends.

    With `last`, no more than about so many bytes of what each had written before.
    """
    told: dict[str, int] = {}
    while True:
        run = await ask.site.look(lambda ledger: known_run(ledger, ask.given["run"]))
        open_before = run.open
        for attempt in _attempts(run, ask.given["step"], ask.given["attempt"]):
            path = ask.site.daemon.folders.path(attempt.id) / LOG
            if attempt.id not in told and ask.given["last"] is not None:
                told[attempt.id] = await asyncio.to_thread(_begin, path, ask.given["last"])
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


def _begin(path: Path, last: int) -> int:
    """Where the line begins that goes on so many bytes before the end; a longer one is told from within."""
    try:
        offset = path.lstat().st_size - max(0, last)
    except FileNotFoundError:
        return 0
    if offset <= 0:
        return 0
    return offset - 1 + (_read(path, offset - 1).find(b"\n") + 1 or 1)


def _read(path: Path, offset: int) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    try:
        return os.pread(handle, _CHUNK, offset)
    finally:
        os.close(handle)


async def artifacts(ask: Ask) -> Json:
    """The artifacts in the store, the latest first; or those that the steps of a run took and made."""
    limit = max(1, min(ask.given["limit"], _PAGE))
    if ask.given["run"] is not None:
        found = await ask.site.look(lambda ledger: _of_run(ledger, ask.given["run"], limit))
    else:
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


def _of_run(ledger: Ledger, name: str, limit: int) -> list[ArtifactRow]:
    run = known_run(ledger, name)
    ports = [*(step.outputs for step in run.steps.values()), *(attempt.inputs for attempt in run.attempts.values())]
    digests = dict.fromkeys(each.digest for held in ports for artifacts in held.values() for each in artifacts)
    rows = (ledger.reads.artifact(digest) for digest in islice(digests, limit))
    return [row for row in rows if row is not None]


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
        "events", VIEW,
        {
            "since": Param("whole"), "before": Param("whole"), "run": _RUN, "stream": Param("word"),
            "limit": Param("whole", default=100),
        },
        events,
    ),
    Route("tail", VIEW, {"since": Param("whole"), "run": _RUN}, stream=tail),
    Route(
        "logs", VIEW,
        {
            "run": Param("word", required=True), "step": Param("word"), "attempt": Param("whole"),
            "follow": Param("flag", default=False), "last": Param("whole"),
        },
        stream=logs,
    ),
    Route("artifacts", VIEW, {"kind": Param("word"), "run": _RUN, "limit": Param("whole", default=50)}, artifacts),
    Route("verify", OPERATE, {"kind": Param("word")}, stream=verify),
)  # fmt: skip
