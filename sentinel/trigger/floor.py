"""Floor: the champion is older than it should get, whether anything was seen to move or not."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import trigger
from sentinel.contract.scalars import Duration, Rate
from sentinel.domain.quantity import rough_duration
from sentinel.domain.trigger_stream import Decision


@trigger("floor", reads=("champion",))
def floor(look: TriggerLook, *, older_than: Annotated[Duration, Field(gt=0)], at_most: Rate | None = None) -> Decision:
    """Fires once the champion is `older_than` this, and again as long after the run that this led to.

    This function judges the facts that it is given: since when the champion is there, and when that run ended.
    """
    facts = look.facts or {}
    if facts.get("since") is None:
        return Decision(False, "there is no champion whose age could be told")
    age, due = look.now - facts["since"], max(facts["since"], facts.get("tried") or 0) + older_than
    reason = f"the champion is {rough_duration(age)} old, and {rough_duration(older_than)} is the most"
    if look.now >= due:
        return Decision(True, reason, {"age_ms": age})
    return Decision(False, f"the champion is {rough_duration(age)} old", {"next": due})
