"""Mature: the candidate was scored in the shadow for long enough, on enough outcomes, before it may challenge."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share, Whole
from sentinel.domain.form import from_json
from sentinel.domain.policy.shadow import Maturity
from sentinel.domain.quantity import DAY
from sentinel.domain.verdict import Finding

NAME = "mature"
Margin = Annotated[Share, Field(gt=0, lt=1)]


@check(NAME, reads=("maturity",))
def mature(
    at: Look, *, set: Name = "canary", weeks: Annotated[Whole, Field(ge=4)] = 4, margin: Margin = 0.02,
    disagreement: Margin = 0.06, outcomes: Whole | None = None,
) -> Finding:  # fmt: skip
    """The candidate was scored in the shadow on a set for so many `weeks`, in each of them, and on the outcomes by
    which a difference of `margin` can be seen where the two models disagree on that share; or on so many `outcomes`.

    This function judges what the daemon found on record of the candidate's version.
    """
    held = ((at.reads or {}).get("maturity") or {}).get(set, {}).get(at.subject)
    if held is None:
        sentence = f"Nothing has come in on this model from the shadow of `{set}`."
        todo = f"Score it daily: `sentinel signal LINE {set} METRIC K/N --version VERSION …`."
        return Finding(NAME, "inconclusive", sentence, {"set": set}, todo)
    version = held["version"]
    found = from_json(Maturity, {name: value for name, value in held.items() if name != "version"})
    evidence = {
        "set": set, "version": version, "days": found.ms // DAY, "days_needed": found.needed.ms // DAY, "n": found.n,
        "n_needed": found.needed.outcomes,
    }  # fmt: skip
    scored = f"{found.ms // DAY} days and {found.n:g} outcomes in the shadow of `{set}`"
    wanted = f"{found.needed.ms // DAY} days and {found.needed.outcomes}"
    if found.mature:
        return Finding(NAME, "pass", f"{version} has matured: {scored}, where {wanted} are asked for.", evidence)
    todo = f"Score it in the shadow for {found.debt}."
    return Finding(NAME, "inconclusive", f"{version} has not matured: {scored} of {wanted}.", evidence, todo)
