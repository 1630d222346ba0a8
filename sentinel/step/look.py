"""Look: one look of a trigger that needs more than rows: its facts are gathered here, and it decides on them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sentinel.contract.at import At, TriggerLook
from sentinel.contract.kinds import Dataset
from sentinel.contract.registry import load, step
from sentinel.contract.scalars import Name
from sentinel.contract.signature import arguments_of
from sentinel.domain.digest import Json
from sentinel.domain.names import suggest
from sentinel.domain.refusal import refuse
from sentinel.domain.trigger_stream import Decision

PROFILES = "profiles"


@step("look", reads=("clock", "look"))
def look(at: At, reference: Dataset | None, *, trigger: Name, settings: dict[str, Any]) -> Decision:
    """Lets a trigger look at what it watches, where that takes more than the daemon may do itself.

    This function is what the daemon asks for when a look is due; a recipe has no use for it.
    """
    told = (at.reads or {}).get("look")
    if told is None:
        raise refuse("E-look", "this attempt was not told which trigger looks.", todo="Name it under `triggers:`.")
    triggers = load().triggers
    kind = triggers.get(trigger)
    if kind is None:
        raise refuse("E-unknown-trigger", f"no trigger is called `{trigger}` here.", todo=suggest(trigger, triggers))
    try:
        given = arguments_of(kind.params.model_validate(settings))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise refuse("E-look", f"`{where}` of `{trigger}`: {first['msg']}.", todo="Check the recipe again.") from None
    facts = dict(told["facts"])
    if PROFILES in facts:
        facts[PROFILES] = _profiles(at, reference, facts[PROFILES], told["state"])
        unread = (facts[PROFILES]["read"] or {}).get("unread")
        if unread:
            at.say(unread)
    seen = TriggerLook(
        told["now"], told["recipe"], told["line"], told["timezone"], told["since"], told["fired"], facts, told["state"]
    )  # fmt: skip
    found = kind.function(seen, **given)
    if not isinstance(found, Decision):
        raise refuse("E-look", f"the trigger `{trigger}` gave no decision.", todo=f"Tell {kind.owner}.")
    at.say(f"{'fire' if found.fire else 'hold'}: {found.reason}")
    return found


def _profiles(at: At, reference: Dataset | None, told: Json, state: Json) -> Json:
    """The training set's profile, and that of what has come in since the last look that judged."""
    from sentinel.data.dataset import Held, NotADataset
    from sentinel.data.live import live_rows
    from sentinel.data.profile import profile
    from sentinel.data.rows import NotRows
    from sentinel.domain.form import to_json

    if reference is None or told["live"] is None:
        return {"of": None, "reference": None, "live": None, "read": None}
    before = state if isinstance(state, Mapping) else {}
    try:
        usual = Held(reference.path).profile
        rows, read = live_rows(at.workspace / told["live"], before.get("read"), at.out / "live.jsonl")
        live = None
        if rows is not None:
            known = {*usual.fields, usual.label}
            live = profile(rows, usual, skip=[name for name in rows.schema if name not in known])
    except (NotRows, NotADataset) as error:
        raise refuse("E-look", str(error), where=str(Path(told["live"])), todo="See what writes it.") from error
    return {
        "of": reference.digest, "reference": to_json(usual), "live": to_json(live) if live is not None else None,
        "read": read,
    }  # fmt: skip
