"""Reforge: a model is trained as another one was, with what is to be different laid over its settings."""

import json
from collections.abc import Mapping
from typing import Any

from sentinel.contract.at import At
from sentinel.contract.kinds import Card, Dataset, Model
from sentinel.contract.registry import step
from sentinel.contract.training import Change, Prune, Scratch, Train
from sentinel.domain.card_claims import FILE, LARGEST, Claims, NoCard, claims_of, lies, other_base
from sentinel.domain.digest import Json
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.reforge import SETTINGS, laid_over, trained_as
from sentinel.domain.refusal import refuse
from sentinel.step.forge import Forged, trained

_KINDS: dict[str, type[Scratch] | type[Prune] | type[Train]] = {"scratch": Scratch, "prune": Prune, "train": Train}


@step(
    "reforge",
    makes="version",
    reads=("line", "lineage"),
    needs=Needs(memory=2048 * MIB),
    preload=("torch", "transformers", "peft", "accelerate", "polars"),
    distributions=("accelerate", "numpy", "peft", "polars", "safetensors", "tokenizers", "torch", "transformers"),
)
def reforge(
    at: At, parent: Model | None, base: Model | None, data: Dataset, card: Card | None, *, change: Change = Change()
) -> Forged:
    """Trains a model as `parent` was trained, with `change` laid over its settings: what `change` does not say stays.

    How the parent was trained is told by the record of its version; without a parent, by `card`, as the step card
    writes it. A card beside a parent has to agree with the record, and its base with the line's. The weights of the
    parent are not gone on from: as with forge, it begins with `base`, or with nothing at the sizes of `scratch`. The
    new version is a child of the parent's.
    """
    claims = _claims(at, card) if card is not None else None
    lineage: Json = (at.reads or {}).get("lineage") or {}
    if claims is not None:
        _believe(at, claims, parent, lineage)
    before = _settings(at, parent, claims, lineage)
    after = _laid(at, before, change)
    for name in SETTINGS:
        for control, was, now in _moved(name, before.get(name), after[name]):
            at.say(f"{control} is {_text(now)}, and was {_text(was)}")
    if parent is not None and after == before:
        at.say("nothing of its settings is changed")
    if base is not None and after["scratch"] is not None:
        at.say("it begins with the base that is bound, and not with nothing as its parent did")
        after["scratch"] = None
    made: dict[str, Any] = {name: _KINDS[name].model_validate(held) if held is not None else None
                            for name, held in after.items()}  # fmt: skip
    return trained(at, base, data, made["scratch"], made["prune"], made["train"] or Train())


def _settings(at: At, parent: Model | None, claims: Claims | None, lineage: Json) -> dict[str, Json]:
    """How the model was trained that this one goes by; nothing where only `change` says it."""
    if parent is not None:
        found = trained_as(lineage.get("trained") or [])
        if found is None:
            what = f"no training on record made {parent.digest[:12]}, so it is not known how it was trained."
            raise refuse(
                "E-reforge-record", what, where=at.step, todo="Bind a version that a recipe trained, or use `forge`."
            )
        at.say(f"it is trained as {lineage['version']} was, and becomes a child of it")
        return dict(found)
    if claims is not None:
        found = claims.settings
        if found is None:
            raise refuse("E-reforge-record", "the card does not say how its model was trained.", where=at.step,
                         todo="Take a card of a model that a recipe trained.")  # fmt: skip
        at.say(f"it is trained as the card of {claims.model[:12]} says")
        return dict(found)
    return dict.fromkeys(SETTINGS)


def _laid(at: At, before: Mapping[str, Json], change: Change) -> dict[str, Json]:
    """The settings with the change upon them, complete. Refused where what was on record is no setting any more."""
    from pydantic import ValidationError

    said = change.model_dump(mode="json")
    if all(held is None for held in (*before.values(), *(said[name] for name in SETTINGS))):
        raise refuse("E-reforge-record", "nothing says how to train.", where=at.step,
                     todo="Bind `parent: champion.model`, or a card, or say `change: {train: …}`.")  # fmt: skip
    found: dict[str, Json] = {}
    for name in SETTINGS:
        held = laid_over(before.get(name), said[name]) if said[name] is not None else before.get(name)
        held = None if name == "prune" and change.unpruned else held
        try:
            found[name] = _KINDS[name].model_validate(held).model_dump(mode="json") if held is not None else None
        except ValidationError as error:
            wrong = ".".join((name, *map(str, error.errors()[0]["loc"])))
            raise refuse("E-reforge-record", f"`{wrong}` is no setting that a training takes.", where=at.step,
                         todo="Say it in `change`, or use `forge`.") from error  # fmt: skip
    return found


def _claims(at: At, card: Card) -> Claims:
    file = card.path / FILE
    try:
        if not file.is_file() or file.stat().st_size > LARGEST:
            raise NoCard(f"it holds no {FILE}, or too large a one")
        return claims_of(json.loads(file.read_bytes()))
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, NoCard) else f"its {FILE} is no JSON"
        raise refuse(
            "E-no-card", f"the card cannot be read: {why}.", where=at.step, todo="Write it anew: `sentinel card`."
        ) from error


def _believe(at: At, claims: Claims, parent: Model | None, lineage: Json) -> None:
    """Refused where a card says what is not so."""
    found = other_base(claims, ((at.reads or {}).get("line") or {}).get("base"))
    if parent is not None and claims.model != parent.digest:
        found.insert(0, f"its model is {claims.model[:12]}, and the parent is {parent.digest[:12]}")
    elif parent is not None:
        found += lies(claims, lineage)
    if found:
        raise refuse("E-card-lies", f"the card says what is not so: {'; '.join(found)}.", where=at.step,
                     todo="Bind the card of this parent, written by the step `card`.")  # fmt: skip


def _moved(path: str, was: Json, now: Json) -> list[tuple[str, Json, Json]]:
    if isinstance(was, dict) and isinstance(now, dict):
        return [each for key in now for each in _moved(f"{path}.{key}", was.get(key), now[key])]
    return [(path, was, now)] if was != now else []


def _text(value: Json) -> str:
    return "none" if value is None else json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value)
