"""After: another recipe has run."""

from typing import Annotated, Literal

from pydantic import Field

from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import trigger
from sentinel.contract.scalars import Name, Rate
from sentinel.domain.trigger_stream import Decision

End = Literal["done", "rejected", "inconclusive", "frozen", "nothing-trained", "failed", "cancelled"]


@trigger("after", reads=("runs",))
def after(
    look: TriggerLook, *, recipe: Name, ended: Annotated[list[End], Field(min_length=1)] = ["done"],  # noqa: B006
    at_most: Rate | None = None,
) -> Decision:  # fmt: skip
    """Fires when a run of `recipe`, for the same line, has `ended` in one of these ways: once, however many have.

    This function judges the facts that it is given: the runs of that recipe that ended lately, the latest first.
    """
    runs = [run for run in (look.facts or {}).get("runs", ()) if run["ended_at"] > (look.since or 0)]
    found = next((run for run in runs if run["state"] in ended), None)
    if found is None:
        return Decision(False, f"no run of {recipe} has ended as {' or '.join(ended)} since")
    return Decision(True, f"{found['run']} of {recipe} ended as {found['state']}", {"run": found["run"]})
