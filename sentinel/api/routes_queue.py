"""The route that shows what is next, and what each run waits for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from heapq import nsmallest
from typing import TypeAlias

from sentinel.api.expected import expected_shape, judged
from sentinel.api.peers import VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.api.routes_watch import page_of, run_of
from sentinel.api.run_shape import waits
from sentinel.api.site import Site
from sentinel.domain.digest import Json
from sentinel.domain.policy.forecast import Foreseen
from sentinel.domain.policy.queue import AGEING
from sentinel.domain.run.state import Run
from sentinel.ledger import Ledger
from sentinel.supervisor.awaited import outcomes_come
from sentinel.supervisor.local_time import may_start
from sentinel.supervisor.settle import moves
from sentinel.supervisor.work import Work
from sentinel.supervisor.zoo import yields_to

_AT_ONCE = 2000
"""How many open runs are looked at in one go, so that the ledger's thread is never held up for long."""

Place: TypeAlias = tuple[bool, int, int, str]


async def queue(ask: Ask) -> Json:
    """The runs that have not ended, in the order in which they are next; those that have begun come first."""
    limit = page_of(ask.given["limit"])
    names = await ask.site.look(lambda _: list(ask.site.engine.floor.open))
    places: list[Place] = []
    for start in range(0, len(names), _AT_ONCE):
        places += await ask.site.look(partial(_places, names=names[start : start + _AT_ONCE]))
    first = [name for *_, name in nsmallest(limit, places)]
    foreseen = (await ask.site.daemon.foresight.told(ask.site.look)).runs
    shown = await ask.site.look(lambda ledger: _shown(ask.site, [run_of(ledger, name) for name in first], foreseen))
    return {"runs": shown, "more": max(0, len(places) - limit), "estimates": await ask.site.look(judged)}


def _places(ledger: Ledger, names: Sequence[str]) -> list[Place]:
    return list(_open_places(run_of(ledger, name) for name in names))


def _open_places(runs: Iterable[Run]) -> Iterator[Place]:
    for run in runs:
        if run.open:
            # an hour of age is worth a point of priority, so that the order between two runs never changes
            yield run.state == "queued", run.created_at - run.priority * AGEING, run.created_at, run.id


def _shown(site: Site, runs: Sequence[Run], foreseen: Mapping[str, Foreseen]) -> list[Json]:
    shown, position = [], 0
    for run in runs:
        position += run.state == "queued"
        shown.append({
            "position": position if run.state == "queued" else None, "run": run.id, "recipe": run.recipe,
            "line": run.line, "state": run.state, "waits": _waits(site, run), "priority": run.priority,
            "trigger": run.trigger, "created_at": run.created_at, "started_at": run.started_at,
            "expected": expected_shape(foreseen.get(run.id)),
        })  # fmt: skip
    return shown


def _waits(site: Site, run: Run) -> str:
    """What a run waits for, queued ones too."""
    engine = site.engine
    work = Work(engine.ledger, engine.clock.now(), "queue")
    first = yields_to(work, engine.floor.open, run, partial(moves, work, engine.floor, engine.catalogue, engine.slots))
    if first is not None and run.state in ("queued", "running") and not run.live():
        return f"{first}, which retrains what is live, to end"
    if run.state != "queued":
        live = ", ".join(f"`{attempt.step}`" for attempt in run.live())
        return waits(run, outcomes_come(site.engine.ledger, run)) or (
            f"{live} to end" if live else "a slot" if run.state == "running" else run.why
        )
    if not may_start(run.plan.policy.hours, site.engine.catalogue.timezone, site.daemon.clock.now()):
        return "its allowed hours"
    if not site.engine.floor.admits(run):
        return f"another run of {run.recipe} to end"
    return "the daemon, which is being drained" if site.engine.draining else "a slot"


ROUTES = (Route("queue", VIEW, {"limit": Param("whole", default=50)}, queue),)
