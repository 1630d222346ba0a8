"""Drift: the line delivers less than its baseline, by evidence that the dice alone would seldom give."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import trigger
from sentinel.contract.scalars import Duration, Metric, Name, Rate, Share, Whole
from sentinel.domain import quantity
from sentinel.domain.quantity import DAY, YEAR
from sentinel.domain.trigger_stream import Decision

PROMISED = quantity.Rate(1, 3 * YEAR)
Margin = Annotated[Share, Field(lt=1)]
Every = Annotated[Duration, Field(gt=0)]


@trigger("drift", reads=("drift",))
def drift(
    look: TriggerLook, *, set: Name = "canary", metric: Metric | None = None, margin: Margin = 0.01,
    false_alarms: Rate = PROMISED, every: Every = DAY, baseline: Annotated[Whole, Field(ge=2)] = 28,
    cooldown: Duration = 7 * DAY, below: Share | None = None, for_: Every = 4 * DAY, at_most: Rate | None = None,
) -> Decision:  # fmt: skip
    """Fires when a line delivers less on a set than its baseline, by more than `margin`, with so few `false_alarms`; or
    by the plain rule, when it was `below` a share `for` so long.

    This function judges the facts that it is given: the line's baseline, and its evaluations since the last reset.
    """
    from sentinel.evidence.detector import Baseline, detector
    from sentinel.evidence.drift import FIRING, Evaluation, Plain, evaluations_in, is_plainly, standings

    facts = look.facts or {}
    held = [Evaluation(*each) for each in facts.get("evaluations", ())]
    if below is not None:
        rule = Plain(below, max(1, round(for_ / every)))
        fired = is_plainly(rule, held)
        word = "is" if fired else "is not"
        return Decision(fired, f"`{set}` {word} below {below:g} {rule.evaluations} times in a row")
    if facts.get("baseline") is None:
        return Decision(False, f"`{set}` has no baseline yet: it is learned from {baseline} evaluations")
    often = evaluations_in(false_alarms.times, false_alarms.per_ms, every, facts.get("streams", 1))
    found = detector(Baseline(**facts["baseline"]), margin, often)
    if found is None:
        return Decision(False, f"the baseline of `{set}` is so low that there is nothing to look for")
    if not held:
        return Decision(False, f"`{set}` has had no evaluation since the last reset")
    *_, last = standings(found, held)
    numbers = {
        "state": last.state, "log": last.evidence.log, "enough": found.enough, "evaluations": last.evidence.evaluations,
        "expected": found.expected,
    }  # fmt: skip
    share = last.evidence.log / found.enough
    # the state stays firing until the evidence is nearly gone, so that nobody is told twice; a run takes all of it
    fires = last.state == FIRING and share >= 1
    return Decision(fires, f"`{set}` is {last.state}: {max(share, 0):.0%} of the evidence it takes", numbers)
