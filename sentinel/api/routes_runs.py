"""Routes that ask for runs and steer them."""

from sentinel.api.peers import OPERATE
from sentinel.api.route import Ask, Param, Route
from sentinel.api.routes_plan import planned
from sentinel.api.settings import typed
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.run import commands as c
from sentinel.supervisor import verbs
from sentinel.supervisor.engine import Done, Engine

_RUN = Param("word", required=True)
_REASON = Param("text", default="")
_HIGHEST = 100


async def queue_run(ask: Ask) -> Json:
    """Ask for a run of a recipe."""
    given, peer = ask.given, ask.peer
    if given["priority"] is not None:
        _held(given["priority"])

    def act(engine: Engine) -> Done:
        inputs = typed(planned(engine, given["recipe"], given["line"]), given["set"], ask.site.registry)
        return verbs.queue(
            engine, peer.actor, given["recipe"], given["line"], inputs, priority=given["priority"], only=given["only"],
            reason=given["reason"] or "asked for",
        )  # fmt: skip

    return {"run": await ask.site.act(act)}


async def cancel(ask: Ask) -> Json:
    """End a run, and the workers that it has."""
    why = ask.given["reason"]
    run = await ask.site.act(lambda engine: verbs.cancel(engine, ask.peer.actor, ask.given["run"], why))
    return {"run": run}


async def pause(ask: Ask) -> Json:
    """Start nothing more of a run until it is resumed."""
    return await _tell(ask, c.Pause(ask.given["reason"] or f"paused by {ask.peer.login}"))


async def resume(ask: Ask) -> Json:
    """Let a paused run go on."""
    return await _tell(ask, c.Resume())


async def retry(ask: Ask) -> Json:
    """Put an ended run back into the queue."""
    return await _tell(ask, c.RetryRun(ask.given["from"], ask.given["reason"] or f"asked for by {ask.peer.login}"))


async def priority(ask: Ask) -> Json:
    """Move a run in the queue."""
    return await _tell(ask, c.Reprioritise(_held(ask.given["priority"])))


async def answer(ask: Ask) -> Json:
    """Give a person's word on what waits for one."""
    return await _tell(ask, c.Answer(ask.given["step"], ask.given["approve"], ask.given["reason"]))


def _held(priority: int) -> int:
    """A priority. Refused where it is none."""
    if not 0 <= priority <= _HIGHEST:
        raise refuse("E-priority", f"{priority} is no priority.", todo=f"Give one from 0 to {_HIGHEST}.")
    return priority


async def _tell(ask: Ask, command: c.Command) -> Json:
    run = ask.given["run"]
    return {"run": await ask.site.act(lambda engine: engine.command(ask.peer.actor, run, command))}


ROUTES = (
    Route(
        "run", OPERATE,
        {
            "recipe": Param("word", required=True), "line": Param("word"), "set": Param("values", default={}),
            "priority": Param("whole"), "only": Param("word"), "reason": _REASON,
        },
        queue_run,
    ),
    Route("cancel", OPERATE, {"run": _RUN, "reason": _REASON}, cancel),
    Route("pause", OPERATE, {"run": _RUN, "reason": _REASON}, pause),
    Route("resume", OPERATE, {"run": _RUN}, resume),
    Route("retry", OPERATE, {"run": _RUN, "from": Param("word"), "reason": _REASON}, retry),
    Route("priority", OPERATE, {"run": _RUN, "priority": Param("whole", required=True)}, priority),
    Route(
        "answer", OPERATE,
        {"run": _RUN, "step": Param("word"), "approve": Param("flag", required=True), "reason": _REASON},
        answer,
    ),
)  # fmt: skip
