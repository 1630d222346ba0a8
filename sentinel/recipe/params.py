"""The parameters of a step, check or trigger: typed by what is registered, with places for the inputs of a run."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from sentinel.contract.scalars import GUESSED
from sentinel.contract.words import quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import Filled, Input
from sentinel.recipe.inputs import as_text, parsed
from sentinel.recipe.loader import Path, Tree
from sentinel.recipe.mistakes import MOST, faults_of

_INPUT = re.compile(r"inputs\.([a-z][a-z0-9-]{0,47})")
_SAMPLES = {
    "int": ("1", "0", "2", "10", "100", "1000", "-1"),
    "number": ("0.5", "1", "0", "10", "0.01", "100", "-1"),
    "flag": ("true", "false"),
    "duration": ("1h", "1d", "30d", "1s", "0s", "365d"),
    "size": ("1GiB", "1MiB", "100GiB", "1B"),
    "rate": ("1 per day", "1 per 3 years"),
    "text": ("text", "1", "0.5", "1h", "1GiB", "true", "1 per day", "a/b", "credential:a"),
}
"""What an input of each type may be, to see whether a parameter takes such a thing at all."""
_MOST_CHOICES = 20
_MOST_TRIES = 20_000


@dataclass(frozen=True, slots=True)
class Params:
    """Checked parameters, complete with their defaults; what an input fills is null until then."""

    value: Json
    filled: tuple[Filled, ...] = ()
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class _Hole:
    """A place that takes its value from an input, and the texts that show whether it can."""

    path: Path
    input: str
    declared: Input
    texts: tuple[str, ...]
    all: bool
    """Whether every text has to fit, or one of them."""
    good: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        return not self.bad if self.all else bool(self.good)


def checked_params(kind: type[BaseModel], raw: Tree, inputs: Mapping[str, Input] | None, path: Path) -> Params:
    """Read parameters as their model says. `inputs` is None where the recipe's inputs could not be read."""
    opened = _Opened(inputs, path)
    tree = opened.copy(raw if isinstance(raw, dict) else {}, ())
    rounds = max((len(hole.texts) for hole in opened.holes), default=0)
    for number in range(min(rounds, max(2, _MOST_TRIES // max(1, len(opened.holes))))):
        tried = [hole for hole in opened.holes if number < len(hole.texts) and (hole.all or not hole.good)]
        failed: set[Path] = set()
        # as it is written, which tells a duration from a number, and as it is filled in
        for written in (False, True) if tried else ():
            for hole in tried:
                text = hole.texts[number]
                _put(tree, hole.path, text if written else parsed(hole.declared, text))
            failed |= {part for fault in validated(kind, tree, path)[1] for part in _around(fault)}
        for hole in tried:
            fits = (*path, *hole.path) not in failed
            (hole.good if fits else hole.bad).append(hole.texts[number])
    for hole in opened.holes:
        _put(tree, hole.path, (hole.good or hole.bad)[0])
    # whether values go together is told once all of them are known
    value, errors = validated(kind, tree, path, {GUESSED: bool(opened.holes)})
    unfit = [hole for hole in opened.holes if not hole.fits][:MOST]
    covered = {*opened.unknown, *((*path, *hole.path) for hole in unfit)}
    faults = [*opened.faults, *(_unfit(hole, path) for hole in unfit)]
    faults += [fault for fault in errors if covered.isdisjoint(_around(fault))]
    filled = tuple(Filled(tuple(str(part) for part in hole.path), hole.input) for hole in opened.holes)
    if not faults:
        for hole in opened.holes:
            _put(value, hole.path, None)
    return Params(value, filled, faults)


def _around(fault: Fault) -> Iterator[Path]:
    """The path of a fault and every path that it is below."""
    return (fault.at[:length] for length in range(len(fault.at) + 1))


class _Opened:
    """A copy of raw parameters in which literals are plain, and the places that inputs fill are known."""

    def __init__(self, inputs: Mapping[str, Input] | None, path: Path) -> None:
        self._inputs, self._path = inputs, path
        self.holes: list[_Hole] = []
        self.unknown: list[Path] = []
        self.faults: list[Fault] = []

    def copy(self, raw: Tree, at: Path) -> Tree:
        """The copy below a path."""
        if isinstance(raw, dict):
            if set(raw) == {"literal"} and at:
                return raw["literal"]
            return {key: self.copy(held, (*at, key)) for key, held in raw.items()}
        if isinstance(raw, list):
            return [self.copy(held, (*at, number)) for number, held in enumerate(raw)]
        found = _INPUT.fullmatch(raw) if raw is not None else None
        if found is not None:
            self._hole(found[1], at)
        return raw

    def _hole(self, name: str, at: Path) -> None:
        declared = self._inputs.get(name) if self._inputs is not None else None
        place = (*self._path, *at)
        if declared is None or declared.type in KINDS:
            self.unknown.append(place)
        if self._inputs is None or len(self.faults) >= MOST:
            return
        if declared is None:
            todo = suggest(name, self._inputs, "input")
            self.faults.append(Fault("E-unknown-input", f"No input is called {quoted(name)}.", todo, at=place))
        elif declared.type in KINDS:
            what = f"`inputs.{name}` is a {declared.type}, and a parameter takes no artifact."
            self.faults.append(Fault("E-artifact-param", what, "Bind it to a port, in `in:`.", at=place))
        else:
            self.holes.append(_hole_of(name, declared, at))


def _hole_of(name: str, declared: Input, at: Path) -> _Hole:
    if declared.type == "one_of":
        return _Hole(at, name, declared, declared.choices[:_MOST_CHOICES], True)
    if declared.default is not None:
        return _Hole(at, name, declared, (as_text(declared, declared.default),), True)
    return _Hole(at, name, declared, _SAMPLES[declared.type], False)


def _unfit(hole: _Hole, path: Path) -> Fault:
    key = next((part for part in reversed(hole.path) if isinstance(part, str)), "")
    if hole.all:
        what = f"`inputs.{hole.input}` may be {quoted(hole.bad[0])}, which is no value for {quoted(key)}."
        return Fault("E-input-fit", what, "Change what the input may be.", at=(*path, *hole.path))
    what = f"`inputs.{hole.input}` is {quoted(hole.declared.type)}, which is no value for {quoted(key)}."
    return Fault("E-input-fit", what, "Give the input another type, or a default that fits.", at=(*path, *hole.path))


def validated(
    kind: type[BaseModel], tree: Tree, path: Path, context: Mapping[str, bool] | None = None
) -> tuple[Json, list[Fault]]:
    """A tree as its model reads it, complete with the defaults; or what is wrong with it."""
    try:
        return kind.model_validate(tree, context=context).model_dump(mode="json", by_alias=True), []
    except ValidationError as error:
        return None, faults_of(error, kind, tree, path)
    except Exception as error:  # a third party's validator: its slip is a fault here, not the end of the check
        what = f"These parameters cannot be checked: {type(error).__name__} in {quoted(kind.__name__)}."
        return None, [Fault("E-value", what, "Tell the owner of the step.", at=path, key=True)]


def _put(tree: Json, path: Path, value: Json) -> None:
    for part in path[:-1]:
        tree = tree[part]
    tree[path[-1]] = value
