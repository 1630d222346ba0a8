"""What can happen to a line and its versions."""

from dataclasses import dataclass

from sentinel.domain.digest import Json
from sentinel.domain.event import Happened, on_record


@on_record
@dataclass(frozen=True, slots=True)
class VersionRegistered(Happened):
    """A step made a model of this line. Its id is the digest of its pins."""

    version: str
    model: str
    run: str
    step: str
    label: str
    parents: tuple[str, ...]
    pins: Json


@on_record
@dataclass(frozen=True, slots=True)
class VersionRejected(Happened):
    """A gate did not let a candidate pass; the sentence says exactly what failed."""

    version: str
    verdict_of: str
    verdict: str
    sentence: str


@on_record
@dataclass(frozen=True, slots=True)
class VersionFrozen(Happened):
    """A version may not be promoted until somebody acknowledges it by name and reason."""

    version: str
    why: str


@on_record
@dataclass(frozen=True, slots=True)
class VersionAcknowledged(Happened):
    """A person took note of what froze a version; it may be judged and promoted again."""

    version: str
    reason: str


@on_record
@dataclass(frozen=True, slots=True)
class AliasMoved(Happened):
    """An alias points at another version, because of verdicts that passed, an adoption or a roll-back."""

    alias: str
    version: str
    was: str | None
    because: str
    verdicts: tuple[str, ...]
    reason: str


@on_record
@dataclass(frozen=True, slots=True)
class LineHeld(Happened):
    """A person stopped all alias moves of the line."""

    reason: str


@on_record
@dataclass(frozen=True, slots=True)
class LineReleased(Happened):
    """A person let the aliases of a held line move again."""

    reason: str


@on_record
@dataclass(frozen=True, slots=True)
class LineFrozen(Happened):
    """The model that is live failed a gate: nothing moves until somebody acknowledges it."""

    why: str


@on_record
@dataclass(frozen=True, slots=True)
class LineAcknowledged(Happened):
    """A person took note of what froze the line."""

    reason: str


@on_record
@dataclass(frozen=True, slots=True)
class SetLookedAt(Happened):
    """A gate judged on these documents of a set, for the `look`th time."""

    set: str
    documents: str
    look: int
    verdict_of: str
