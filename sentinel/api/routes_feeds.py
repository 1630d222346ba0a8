"""Routes about what comes in on a line: signals, the baseline that it is held to, and how far it is from firing."""

from sentinel.api.drift_shape import drift_shape
from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.domain.digest import Json
from sentinel.domain.feed import TIME, Signal, parse_measure
from sentinel.domain.moment import parse_moment
from sentinel.domain.names import is_metric, suggest
from sentinel.domain.refusal import refuse
from sentinel.ledger import Ledger
from sentinel.supervisor import signals
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.work import Work

_WORD = Param("word", required=True)
_USUAL = 28


async def signal(ask: Ask) -> Json:
    """Take a measurement of a line in."""
    given = ask.given
    metric = given["metric"]
    if not is_metric(metric):
        raise refuse("E-usage", f"{metric!r} is no metric.", todo="Write small letters, digits, `-` and `_`.")
    try:
        value, n, variance = parse_measure(given["measure"])
        first, last = parse_moment(given["from"]), parse_moment(given["to"])
    except ValueError as error:
        raise refuse("E-usage", f"{str(error)[:1].upper()}{str(error)[1:]}.", todo="Write it like that.") from None
    told = Signal(given["id"] or "", value, n, variance, given["version"], TIME, first, last)

    def act(engine: Engine) -> Done:
        feed = signals.named_feed(engine, given["line"], given["set"], metric)
        return signals.take_signal(engine, ask.peer.actor, feed, told) if isinstance(feed, str) else Done(feed)

    answer: Json = await ask.site.act(act)
    return answer


async def baseline(ask: Ask) -> Json:
    """Hold a line to what it delivers now."""
    given = ask.given

    def act(engine: Engine) -> Done:
        feed = signals.named_feed(engine, given["line"], given["set"], given["metric"])
        if not isinstance(feed, str):
            return Done(feed)
        return signals.accept_baseline(engine, ask.peer.actor, feed, _USUAL, given["reason"])

    await ask.site.act(act)
    return await drift(ask)


async def drift(ask: Ask) -> Json:
    """How a line stands: its baselines, the evidence against them, and what would make it fire."""
    line = ask.given["line"]

    def look(ledger: Ledger) -> Json:
        engine = ask.site.engine
        known = engine.catalogue.lines
        if line not in known:
            raise refuse("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=suggest(line, known, "line"))
        return drift_shape(Work(ledger, engine.clock.now(), ask.peer.actor), engine.catalogue, line)

    return await ask.site.look(look)


ROUTES = (
    Route("signal", OPERATE, {"line": _WORD, "set": _WORD, "metric": _WORD, "measure": _WORD, "from": _WORD,
                              "to": _WORD, "id": Param("word"), "version": Param("word")}, signal),
    Route("baseline", OPERATE, {"line": _WORD, "set": _WORD, "metric": Param("word"),
                                "reason": Param("text", required=True)}, baseline),
    Route("drift", VIEW, {"line": _WORD}, drift),
)  # fmt: skip
