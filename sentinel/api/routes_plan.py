"""The route that says what a run would do, before anything is done."""

from sentinel.api.peers import VIEW
from sentinel.api.plan_shape import plan_shape
from sentinel.api.preview import preview
from sentinel.api.route import Ask, Param, Route
from sentinel.api.settings import typed
from sentinel.domain.digest import Json
from sentinel.domain.plan import Plan
from sentinel.domain.refusal import Refusal, Refused
from sentinel.ledger import Ledger
from sentinel.supervisor import verbs
from sentinel.supervisor.engine import Engine


async def plan(ask: Ask) -> Json:
    """The steps of a recipe in order, what each would reuse and why not, and how long it takes by experience."""

    def look(ledger: Ledger) -> Json:
        found = planned(ask.site.engine, ask.given["recipe"], ask.given["line"])
        inputs = typed(found, ask.given["set"], ask.site.registry)
        return plan_shape(found, preview(ask.site.engine, ledger, found, inputs, ask.site.daemon.clock.now()))

    return await ask.site.look(look)


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
