"""Routes that show the runs: the list, one run, and one run as it goes on."""

import asyncio

from sentinel.api.event_shape import event_shape
from sentinel.api.expected import expected_shape
from sentinel.api.news import News
from sentinel.api.peers import VIEW
from sentinel.api.progress import last_progress
from sentinel.api.route import Ask, Messages, Param, Route
from sentinel.api.run_shape import run_shape
from sentinel.api.sent_shape import sent_shape
from sentinel.contract.attempt import PROGRESS
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger
from sentinel.ledger.tables import RunRow
from sentinel.supervisor.awaited import outcomes_come

_PAGE = 500
_GLANCE = 1.0
"""Seconds between two looks at how far the running attempts are."""


async def runs(ask: Ask) -> Json:
    """Runs, the latest first."""
    limit = page_of(ask.given["limit"])
    before = _number(ask.given["before"]) if ask.given["before"] is not None else None

    def look(ledger: Ledger) -> Json:
        found = ledger.reads.runs(
            before=before, limit=limit + 1, state=ask.given["state"], line=ask.given["line"],
            recipe=ask.given["recipe"], asked=ask.given["all"],
        )  # fmt: skip
        return {"runs": [_row(row) for row in found[:limit]], "more": len(found) > limit}

    return await ask.site.look(look)


def _row(row: RunRow) -> Json:
    return {
        "run": row.id, "recipe": row.recipe, "line": row.line, "state": row.state, "why": row.why, "kind": row.kind,
        "priority": row.priority, "trigger": row.trigger, "reason": row.reason, "actor": row.actor,
        "created_at": row.created_at, "started_at": row.started_at, "ended_at": row.ended_at, "parent": row.parent,
    }  # fmt: skip


async def show(ask: Ask) -> Json:
    """All about a run."""
    at, workers = ask.site.daemon.clock.now(), ask.site.daemon.hands.workers
    pids = {attempt: worker.pid for attempt, worker in workers.items()}

    def shape(ledger: Ledger) -> Json:
        run = known_run(ledger, ask.given["run"])
        return {**run_shape(run, at, pids, outcomes_come(ledger, run)), "sent": sent_shape(ledger, run.id)}

    shown = await ask.site.look(shape)
    if shown["ended_at"] is not None:
        return {**shown, "expected": None}
    return {**shown, "expected": expected_shape(await ask.site.daemon.foresight.told(ask.site.look), shown["run"])}


async def follow(ask: Ask) -> Messages:
    """A run as it is, then each event of it, and how far its attempts are, until it has ended."""
    name = ask.given["run"]
    with News(ask.site, stream_of("run", name)) as news:
        run, seen = await ask.site.look(lambda ledger: (known_run(ledger, name), ledger.last_seq))
        yield {"run": await show(ask)}
        said: dict[str, Json] = {}
        while run.open:
            await news.wait(_GLANCE)
            # the state first: whatever led to it is among the events that are read after it
            run = await ask.site.look(lambda ledger: known_run(ledger, name))
            async for event in news.since(seen):
                seen = event.seq
                yield {"event": event_shape(event)}
            for attempt in run.live():
                progress = await asyncio.to_thread(last_progress, ask.site.daemon.folders.path(attempt.id) / PROGRESS)
                if progress is not None and said.get(attempt.id) != progress:
                    said[attempt.id] = progress
                    yield {"progress": {"attempt": attempt.id, "step": attempt.step, **progress}}
        yield {"run": await show(ask)}


def known_run(ledger: Ledger, name: str) -> Run:
    """A run by its id. Refused for an id that no run has."""
    if ledger.reads.run_row(name) is None:
        raise refuse("E-unknown-run", f"There is no run {name!r}.", todo="`sentinel runs` lists them.")
    return run_of(ledger, name)


def run_of(ledger: Ledger, name: str) -> Run:
    run: Run = ledger.state(stream_of("run", name))
    return run


def page_of(limit: int) -> int:
    """How many to show: as many as were asked for, within reason."""
    return max(1, min(limit, _PAGE))


def _number(run: str) -> int:
    if not (run.startswith("r") and run[1:].isdecimal()):
        raise refuse("E-unknown-run", f"{run!r} is no run's id.", todo="Ids look like r12.")
    return int(run[1:])


_RUN = Param("word", required=True)

ROUTES = (
    Route(
        "runs", VIEW,
        {
            "recipe": Param("word"), "line": Param("word"), "state": Param("word"), "before": Param("word"),
            "all": Param("flag", default=False), "limit": Param("whole", default=20),
        },
        runs,
    ),
    Route("show", VIEW, {"run": _RUN}, show),
    Route("follow", VIEW, {"run": _RUN}, stream=follow),
)  # fmt: skip
