"""The route that says what a run would do, before anything is done."""

from sentinel.api.drift_shape import volume_on_record
from sentinel.api.peers import VIEW
from sentinel.api.plan_shape import plan_shape
from sentinel.api.preview import PREVIEW, beforehand, pictured
from sentinel.api.promise import assumed_volume, promise_shape, watched_in
from sentinel.api.route import Ask, Param, Route
from sentinel.api.settings import typed
from sentinel.domain.digest import Json
from sentinel.domain.plan import Plan
from sentinel.domain.refusal import Refusal, Refused
from sentinel.domain.run.state import Run
from sentinel.ledger import Ledger
from sentinel.supervisor import verbs
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.work import Work


async def plan(ask: Ask) -> Json:
    """The steps of a recipe in order, what each would reuse and why not, and how long it takes by experience."""

    line, at = ask.given["line"], ask.site.daemon.clock.now()

    def look(ledger: Ledger) -> tuple[Run, Json]:
        engine = ask.site.engine
        found = planned(engine, ask.given["recipe"], line)
        run = pictured(ledger, found, typed(found, ask.given["set"], ask.site.registry), at)
        return run, _promises(Work(ledger, at, PREVIEW), engine.catalogue, found.recipe, line)

    run, promises = await ask.site.look(look)
    told: Json = plan_shape(run.plan, await beforehand(ask.site, run, at))
    return {**told, "promises": promises}


def _promises(work: Work, catalogue: Catalogue, recipe: str, line: str | None) -> list[Json]:
    """What its drift triggers promise, by what each line has on record, or else by what is expected of it."""
    drifts = {each.params["set"]: each for each in watched_in(catalogue.recipes, recipe)}
    armed = [each for each in catalogue.of_kind("drift") if each.recipe == recipe and line in (None, each.line)]
    told = []
    for trigger in armed:
        volume = volume_on_record(work, catalogue, trigger)
        # a recipe may stay in force whose line has left sentinel.yaml
        config = catalogue.lines.get(trigger.line or "")
        if volume is None and config is not None:
            volume = assumed_volume(config, trigger.params)
        told.append(promise_shape(drifts[trigger.params["set"]], trigger.line or "", volume))
    return told


def planned(engine: Engine, recipe: str, line: str | None) -> Plan:
    """The plan in force. Refused where there is none."""
    found = verbs.plan_in_force(engine, recipe, line)
    if isinstance(found, Refusal):
        raise Refused(found)
    return found


ROUTES = (
    Route(
        "plan", VIEW,
        {"recipe": Param("word", required=True), "line": Param("word"), "set": Param("values", default={})},
        plan,
    ),
)  # fmt: skip
