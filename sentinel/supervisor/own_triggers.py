"""Triggers that look at rows and nothing else: floor, after and enough. The facts, the look, and when to look again."""

from typing import Any

from sentinel.contract.at import TriggerLook
from sentinel.contract.signature import arguments_of
from sentinel.contract.types import registered
from sentinel.domain.digest import Json
from sentinel.domain.kept import KeptArtifact
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.domain.trigger_stream import Decision, Stream
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.maturity import challenges_due
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.triggers import Firing, at_rest, fire_into
from sentinel.supervisor.work import Work
from sentinel.trigger.after import after
from sentinel.trigger.enough import enough
from sentinel.trigger.floor import floor

LOOKS: dict[str, Any] = {"after": after, "enough": enough, "floor": floor}
_LATELY = 20


def look_at_rows(work: Work, held: Floor, catalogue: Catalogue) -> None:
    """Look at each of them, and fire what is to be fired."""
    for trigger in catalogue.of_kind(*LOOKS):
        decision = decided(work, catalogue, trigger)
        if decision.fire:
            fire_into(work, held, catalogue, trigger, Firing(work.at, 0, decision))


def next_row_look(work: Work, catalogue: Catalogue, trigger: TriggerInForce) -> int | None:
    """When a look comes to something else by the clock alone; at once where it fires already."""
    decision = decided(work, catalogue, trigger)
    if decision.fire:
        stream: Stream = work.state(trigger.stream)
        return max(work.at, stream.accounted + 1)
    later: int | None = (decision.numbers or {}).get("next")
    return later


def decided(work: Work, catalogue: Catalogue, trigger: TriggerInForce) -> Decision:
    """What a trigger says of the rows as they are. While its last run goes on, it waits for that."""
    resting = at_rest(work, trigger)
    if resting is not None:
        return resting
    stream: Stream = work.state(trigger.stream)
    tried = work.run(stream.last_run) if stream.last_run is not None else None
    given = arguments_of(registered(LOOKS[trigger.kind]).params.model_validate(trigger.params))
    facts = _FACTS[trigger.kind](work, catalogue, trigger, tried)
    look = TriggerLook(
        work.at, trigger.recipe, trigger.line, catalogue.timezone, since=stream.accounted, facts=facts
    )  # fmt: skip
    found: Decision = LOOKS[trigger.kind](look, **given)
    return found


def _of_floor(work: Work, _catalogue: Catalogue, trigger: TriggerInForce, tried: Run | None) -> Json:
    line = work.line(trigger.line or "")
    champion = line.versions.get(line.champion or "")
    return {
        "since": champion.registered_at if champion is not None else None,
        "tried": tried.ended_at if tried is not None else None,
    }


def _of_after(work: Work, _catalogue: Catalogue, trigger: TriggerInForce, _tried: Run | None) -> Json:
    rows = work.ledger.reads.runs(recipe=trigger.params["recipe"], limit=_LATELY)
    ended = [row for row in rows if row.ended_at is not None and row.line in (trigger.line, None)]
    ended.sort(key=lambda row: -(row.ended_at or 0))
    return {"runs": [{"run": row.id, "state": row.state, "ended_at": row.ended_at} for row in ended]}


def _of_enough(work: Work, catalogue: Catalogue, trigger: TriggerInForce, tried: Run | None) -> Json:
    of, line = trigger.params["of"], trigger.line or ""
    stream: Stream = work.state(trigger.stream)
    if of == "mature-versions":
        moments = challenges_due(work, catalogue, trigger, tried)
        later = [moment for moment in moments if moment > work.at]
        return {"count": len(moments) - len(later), "later": later}
    if of in ("labelled-usage", "labelled-failures"):
        return {"count": work.ledger.reads.outcomes_since(line, stream.accounted, of == "labelled-failures")}
    fresh = [each for each in work.line(line).versions.values() if each.registered_at > stream.accounted]
    kinds: list[KeptArtifact] = [work.state(stream_of("artifact", each.model)) for each in fresh if not each.frozen]
    return {"count": sum(kept.kind == "Adapter" for kept in kinds)}


_FACTS = {"after": _of_after, "enough": _of_enough, "floor": _of_floor}
