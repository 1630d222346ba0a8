"""The route that shows what is next, and what each run waits for."""

from collections.abc import Sequence
from functools import partial

from sentinel.api.expected import expected_shape, judged
from sentinel.api.peers import VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.api.routes_watch import page_of, run_of
from sentinel.api.run_shape import waits
from sentinel.api.site import Site
from sentinel.domain.digest import Json
from sentinel.domain.run.state import Run
from sentinel.supervisor.awaited import outcomes_come
from sentinel.supervisor.foresight import Told
from sentinel.supervisor.local_time import may_start
from sentinel.supervisor.next_runs import next_runs
from sentinel.supervisor.settle import moves
from sentinel.supervisor.work import Work
from sentinel.supervisor.zoo import yields_to


async def queue(ask: Ask) -> Json:
    """The runs that have not ended, in the order in which they are next; those that have begun come first."""
    limit = page_of(ask.given["limit"])
    first, more = await next_runs(ask.site.look, ask.site.engine.floor.open, limit)
    told = await ask.site.daemon.foresight.told(ask.site.look)
    shown = await ask.site.look(lambda ledger: _shown(ask.site, [run_of(ledger, name) for name in first], told))
    return {"runs": shown, "more": more, "estimates": await ask.site.look(judged)}


def _shown(site: Site, runs: Sequence[Run], told: Told) -> list[Json]:
    shown, position = [], 0
    for run in runs:
        position += run.state == "queued"
        shown.append({
            "position": position if run.state == "queued" else None, "run": run.id, "recipe": run.recipe,
            "line": run.line, "state": run.state, "waits": _waits(site, run), "priority": run.priority,
            "trigger": run.trigger, "created_at": run.created_at, "started_at": run.started_at,
            "expected": expected_shape(told, run.id),
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
