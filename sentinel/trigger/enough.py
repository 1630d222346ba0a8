"""Enough: so much has gathered that a run is worth while."""

from typing import Annotated, Literal

from pydantic import Field

from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import trigger
from sentinel.contract.scalars import Rate, Whole
from sentinel.domain.trigger_stream import Decision

Kind = Literal["labelled-usage", "labelled-failures", "live-adapters", "mature-versions"]
_SAYS = {
    "labelled-usage": "answers were labelled", "labelled-failures": "wrong answers were labelled",
    "live-adapters": "adapters have come", "mature-versions": "versions may challenge",
}  # fmt: skip


@trigger("enough", reads=("usage",))
def enough(
    look: TriggerLook, *, of: Kind, at_least: Annotated[Whole, Field(ge=1)], at_most: Rate | None = None
) -> Decision:
    """Fires when there are `at_least` so many `of` a kind: answers of the line that were labelled, those of them that
    were wrong, or adapters, each since it last fired; or versions that wait for their challenge.

    This function judges the facts that it is given: how many there are, and when each that comes by the clock is there.
    """
    facts = look.facts or {}
    count = facts.get("count", 0)
    numbers = {"count": count}
    later = facts.get("later", ())[max(0, at_least - count - 1) :]
    if count < at_least and later:
        numbers["next"] = later[0]
    return Decision(count >= at_least, f"{count} of {at_least} {_SAYS[of]}", numbers)
