"""Routes about outcomes: labels that come back for served answers, and what they come to."""

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.names import suggest
from sentinel.domain.outcome import Settling, measured
from sentinel.domain.quantity import WEEK
from sentinel.domain.refusal import refuse
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger
from sentinel.supervisor.outcomes import take_outcomes, tell_again
from sentinel.supervisor.settling import labels_of, next_settling, told_of
from sentinel.supervisor.work import Work

_LATELY = 1000


async def take(ask: Ask) -> Json:
    """Take outcomes in."""
    line, given = ask.given["line"], ask.given["outcomes"]
    return await ask.site.act(lambda engine: take_outcomes(engine, ask.peer.actor, line, given))


async def outcomes(ask: Ask) -> Json:
    """What has come back for a line's answers: by reason, settled and waiting, and how far labels can be trusted."""
    line = ask.given["line"]

    def look(ledger: Ledger) -> Json:
        engine = ask.site.engine
        known, now = engine.catalogue.lines, engine.clock.now()
        if line not in known:
            raise refuse("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=suggest(line, known, "line"))
        labels = labels_of(engine.catalogue, line)
        settling: Settling = ledger.state(stream_of("settling", line))
        counts = [count._asdict() for count in ledger.reads.outcome_counts(line, now - WEEK)]
        recent = [told_of(row) for row in ledger.reads.outcomes(line, limit=_LATELY)]
        found = measured(recent)
        return {
            "line": line, "settle_ms": labels.settle, "every_ms": labels.every, "audit": labels.audit,
            "weekly": labels.weekly, "twice": labels.twice, "sets": list(labels.sets),
            "by": counts, "follows": labels.follow,
            "next": next_settling(Work(ledger, now, ask.peer.actor), engine.catalogue, line),
            "lately": None if found is None else {"rate": found.value / (1 if found.variance is not None else found.n),
                                                  "n": found.n, "outcomes": len(recent)},
            "biased": bool(recent) and found is None,
            "followed": None if settling.followed is None else to_json(settling.followed),
        }  # fmt: skip

    return await ask.site.look(look)


async def labelled(ask: Ask) -> Json:
    """Which of these answers have been labelled, and for which reasons."""
    line, ids = ask.given["line"], [each for each in ask.given["ids"] if isinstance(each, str)]
    rows = await ask.site.look(lambda ledger: ledger.reads.labelled(line, ids))
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.id, []).extend([row.why] + (["again"] if row.again != "[]" else []))
    return {"line": line, "labelled": found}


async def again(ask: Ask) -> Json:
    """Put on record what a further label of an audited answer says."""
    given = ask.given
    value = float(given["right"])
    told = given["line"], given["id"], value, given["label"]
    return await ask.site.act(lambda engine: tell_again(engine, ask.peer.actor, *told))


ROUTES = (
    Route("labelled", VIEW, {"line": Param("word", required=True), "ids": Param("list", required=True)}, labelled),
    Route("outcome-again", OPERATE, {"line": Param("word", required=True), "id": Param("word", required=True),
                                     "right": Param("flag", required=True), "label": Param("word")}, again),
    Route("outcomes-take", OPERATE, {"line": Param("word", required=True), "outcomes": Param("list", required=True)},
          take),
    Route("outcomes", VIEW, {"line": Param("word", required=True)}, outcomes),
)  # fmt: skip
