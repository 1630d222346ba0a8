"""A re-forge as it is on record: the version that was asked again, and which of its controls were changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sentinel.domain.digest import Json
from sentinel.domain.form import from_json, to_json

WORD = "reforge"
"""What a run is for that makes a version again, and the step that trains as another version was trained."""
SETTINGS = ("scratch", "prune", "train")
"""What a training is told, by which another one can be told the same."""


@dataclass(frozen=True, slots=True)
class Change:
    """A control that is not as it was, as people write its values."""

    control: str
    was: Json
    now: Json


@dataclass(frozen=True, slots=True)
class Reforge:
    """What a run makes again."""

    of: str
    """The version that it is a child of."""
    step: str
    """The step that made that one, and makes this one."""
    whole: str
    """The run that holds the whole recipe, and what its steps gave."""
    fresh: bool
    """Whether the data were made anew too."""
    changes: tuple[Change, ...] = ()

    def to_json(self) -> Json:
        """The form in which a run's purpose holds it."""
        return {WORD: to_json(self)}


def reforge_of(purpose: Json) -> Reforge | None:
    """What a run re-forges, by its purpose; None for any other run."""
    held = (purpose or {}).get(WORD) if isinstance(purpose, dict | None) else None
    return from_json(Reforge, held) if held is not None else None


def laid(params: Json, path: Sequence[str], value: Json) -> Json:
    """Parameters with a value in its place. Groups that lead there are made where they are lacking."""
    if not path:
        return value
    held = params if isinstance(params, dict) else {}
    return {**held, path[0]: laid(held.get(path[0]), path[1:], value)}


def laid_over(params: Json, change: Json) -> Json:
    """Parameters with what a change says in place of what they say, key by key."""
    if isinstance(params, dict) and isinstance(change, dict):
        return {**params, **{key: laid_over(params.get(key), held) for key, held in change.items()}}
    return change


def in_all(links: Iterable[Iterable[Change]]) -> list[Change]:
    """What several re-forges after each other come to, the first of them first."""
    found: dict[str, Change] = {}
    for link in links:
        for each in link:
            first = found.get(each.control)
            found[each.control] = Change(each.control, first.was if first else each.was, each.now)
    return [each for each in found.values() if each.was != each.now]


def trained_as(makers: Sequence[Mapping[str, Json]]) -> Json | None:
    """The settings that a model was trained with: its maker's, and before them those that it changed.

    `makers` are the steps that made a model and whom each was told to train like, nearest first. None where the last of
    them is no training.
    """
    held: Json = None
    for maker in reversed(makers):
        params = _mapping(maker.get("params"))
        change = _mapping(params.get("change"))
        if maker.get("use") == WORD and (held is not None or any(change.get(name) for name in SETTINGS)):
            before = held or dict.fromkeys(SETTINGS)
            said = {name: laid_over(before.get(name), change[name]) for name in SETTINGS if change.get(name)}
            held = {**before, **said, **({"prune": None} if change.get("unpruned") else {})}
        elif maker.get("use") == "forge":
            held = {name: params.get(name) for name in SETTINGS}
        elif maker.get("use") != "fold":
            held = None  # what is folded was trained as its base was; anything else is no training
    return held


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
