"""Manual: a person's word, and nothing else."""

from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import trigger
from sentinel.domain.trigger_stream import Decision


@trigger("manual")
def manual(look: TriggerLook) -> Decision:
    """Never fires by itself: a person says `sentinel run RECIPE`."""
    return Decision(False, f"{look.recipe} waits for a person's word")
