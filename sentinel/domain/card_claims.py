"""What a model card claims of where its model comes from, and what of that is not so by the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sentinel.domain.digest import Json, is_digest
from sentinel.domain.reforge import trained_as
from sentinel.domain.text import plain

FILE = "card.json"
LARGEST = 4 * 2**20
"""Bytes of a card that is read at all."""
_LONGEST = 120
_MOST = 20
_DIFFERENCES = 3


class NoCard(ValueError):
    """It is not a card as the step `card` writes it. The argument says why."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a card says of the making of its model. Nothing of it is believed."""

    model: str
    line: str | None
    base: Json
    version: str | None
    made_by: Mapping[str, Any]
    trained: tuple[Mapping[str, Any], ...]
    ancestors: tuple[Mapping[str, Any], ...]

    @property
    def settings(self) -> Json | None:
        """How the model was trained, by the card; None where it does not say."""
        step = self.made_by.get("step")
        return trained_as(self.trained or ((step,) if isinstance(step, dict) else ()))


def claims_of(card: Json) -> Claims:
    """The claims of a card. NoCard where it is none."""
    if not isinstance(card, dict):
        raise NoCard("it is no JSON object")
    if not isinstance(card.get("model"), str) or not is_digest(card["model"]):
        raise NoCard("it does not name its model by a digest")
    lineage = _mapping(card, "lineage")
    made = _mapping(lineage, "made_by")
    _mapping(_mapping(made, "step"), "params")
    version, line = lineage.get("version"), card.get("line")
    return Claims(
        card["model"], line if isinstance(line, str) else None, card.get("base"),
        version if isinstance(version, str) else None, made, _listed(lineage, "trained"),
        _listed(lineage, "ancestors"),
    )  # fmt: skip


def _mapping(held: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = held.get(name)
    if found is not None and not isinstance(found, dict):
        raise NoCard(f"its `{name}` is no JSON object")
    return found or {}


def _listed(held: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    found = held.get(name)
    if found is not None and not (isinstance(found, list) and all(isinstance(each, dict) for each in found)):
        raise NoCard(f"its `{name}` is no list of JSON objects")
    for each in found or ():
        if not isinstance(each.get("params"), dict | None):
            raise NoCard(f"what its `{name}` was told is no JSON object")
    return tuple((found or ())[:_MOST])


def other_base(claims: Claims, base: Json) -> list[str]:
    """Whether the card's base is another one than the line has."""
    if claims.base == base:
        return []
    return [f"its base is {_said(claims.base)}, and the line's base is {_said(base)}"]


def lies(claims: Claims, lineage: Json) -> list[str]:
    """Each claim that is not so by the record, whose form is that of what steps are told (`lineage`)."""
    found = []
    made: Mapping[str, Any] = (lineage or {}).get("made_by") or {}
    for name, what in (("recipe", "the recipe"), ("source", "the digest of the recipe's text")):
        if claims.made_by.get(name) is not None and claims.made_by[name] != made.get(name):
            found.append(f"{what} was {_said(claims.made_by[name])}, and on record it is {_said(made.get(name))}")
    if claims.made_by.get("step") is not None:
        found += _differs("the step that made it", claims.made_by["step"], made.get("step"))
    for said, known in zip(claims.trained, (lineage or {}).get("trained") or (), strict=False):
        found += _differs(f"what {known['version']} was trained with", said.get("params"), known["params"])
    known_models = {each["version"]: each for each in (lineage or {}).get("ancestors") or ()}
    for ancestor in claims.ancestors:
        own = known_models.get(ancestor.get("version"))
        if own is not None and (ancestor.get("model"), ancestor.get("parents")) != (own["model"], own["parents"]):
            found.append(f"{own['version']} is {_said(ancestor.get('model'))} with the parents "
                         f"{_said(ancestor.get('parents'))}, and on record {_said(own['model'])} with "
                         f"{_said(own['parents'])}")  # fmt: skip
    return found


def _differs(what: str, said: Json, known: Json, at: str = "") -> list[str]:
    """The first of what a card says otherwise than the record, each at its place."""
    if isinstance(said, dict) and isinstance(known, dict):
        every = (_differs(what, said.get(key), known.get(key), f"{at}.{key}" if at else str(key))
                 for key in sorted({*said, *known}))  # fmt: skip
        return [each for found in every for each in found][:_DIFFERENCES]
    if said == known:
        return []
    where = f"{what}, `{_said(at)}`," if at else what
    return [f"{where} was {_said(said)}, and on record it is {_said(known)}"]


def _said(value: Json) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        value = ", ".join(f"{key} {_said(held)}" for key, held in sorted(value.items()) if held is not None) or "none"
    elif isinstance(value, list):
        value = ", ".join(map(_said, value)) or "none"
    text = plain(" ".join(str(value).split()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
