"""Distribution: what comes in no longer looks like what the model was trained on."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import WORKER, trigger
from sentinel.contract.scalars import Duration, Number, Rate, Share, Text, Whole
from sentinel.domain.form import from_json
from sentinel.domain.profile import Profile
from sentinel.domain.quantity import DAY
from sentinel.domain.refusal import Refused, refuse
from sentinel.domain.trigger_stream import Decision

Floor = Annotated[Number, Field(gt=0)]
_SHOWN = 3
_REMEMBERED = 50
"""So many training sets' looks are kept: one may come back, with a champion that is rolled back to."""


@trigger("distribution", looks=WORKER, reads=("profiles",))
def distribution(
    look: TriggerLook, *, features: tuple[Text, ...] = (), psi: Floor = 0.1, js: Floor = 0.1, ks: Floor = 0.1,
    words: Floor = 0.1, false_alarms: Annotated[Share, Field(gt=0, le=0.2)] = 0.01,
    rows: Annotated[Whole, Field(ge=200)] = 500, every: Annotated[Duration, Field(gt=0)] = DAY,
    cooldown: Duration = 7 * DAY, at_most: Rate | None = None,
) -> Decision:  # fmt: skip
    """Fires when a feature of what comes in moved from the training set's profile: its effect, less what chance shows,
    reaches a floor, and of all looks at one training set together `false_alarms` at most fire on rows that have not
    moved. A field that is gone, empty or no number any more has moved. `features` names a few; `rows` have to be there.
    It looks `every` so often, but not within `cooldown` nor where it has fired as often as `at_most` says.

    This function judges two profiles as JSON, `reference` and `live`, the second counted over the first's bins; `of` is
    the training set's digest, and `read` how far the live rows reach. It keeps how many looks a training set has had.
    """
    from sentinel.evidence.shift import FEWEST, Floors, NotComparable, shift

    facts = (look.facts or {}).get("profiles") or {}
    if look.fired is not None and look.now - look.fired < cooldown:
        return Decision(False, "it fired lately: nothing is looked at within its cooldown")
    if facts.get("reference") is None:
        return Decision(False, "there is no training set yet to compare with")
    if facts.get("live") is None:
        return Decision(False, "nothing has come in to compare")
    reference, live = from_json(Profile, facts["reference"]), from_json(Profile, facts["live"])
    if live.rows < rows:
        return Decision(False, f"{live.rows} rows came in, and {rows} are needed", {"rows": live.rows})
    # each look is paid for from one purse that lasts for ever: 1/2 of it, 1/6, 1/12 …
    seen = dict((look.state or {}).get("looks") or {})
    number = seen.pop(facts["of"], 0) + 1
    sure = false_alarms / (number * (number + 1))
    try:
        found = shift(reference, live, features or None)
    except NotComparable as why:
        raise _blind(look, f"The training set and what came in cannot be compared: {why}") from why
    if found.is_small:
        raise _blind(look, f"The training set has {reference.rows} rows, and {FEWEST} are needed to say anything.")
    moved = found.moved(Floors(psi, js, ks, words), sure)
    looks = dict([*seen.items(), (facts["of"], number)][-_REMEMBERED:])
    state = {"looks": looks, "read": facts["read"]}
    numbers = {
        "rows": list(found.rows), "looked": len(found.looked), "look": number, "sure": sure,
        "moved": [
            {"feature": each.feature, "label": each.label, "measure": each.measure, "effect": each.effect, "p": each.p,
             "says": each.says} for each in moved
        ],
    }  # fmt: skip
    says = "; ".join(each.says for each in moved[:_SHOWN]) or f"nothing of {len(found.looked)} measures moved"
    unread = facts["read"].get("unread")
    return Decision(bool(moved), f"{says} ({unread})" if unread else says, numbers, state)


def _blind(look: TriggerLook, what: str) -> Refused:
    """Where nothing was looked at, nothing may be said; and no look is spent."""
    todo = "Name under `features` what the training set has, or train on a dataset that has it."
    return refuse("E-look", what, where=f"distribution of {look.recipe}", todo=todo)
