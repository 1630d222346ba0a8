"""A line as its events have made it."""

from dataclasses import dataclass, field, replace
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.event import Happened
from sentinel.domain.line import events as e


@dataclass(frozen=True, slots=True)
class Version:
    """A model of the line with its lineage."""

    id: str
    model: str
    run: str
    step: str
    label: str
    parents: tuple[str, ...]
    pins: Json
    registered_at: int
    frozen: str | None = None
    rejected: str | None = None
    cites: tuple[str, ...] = ()
    """The verdicts, or the adoption, by which it became champion."""
    was_champion: bool = False


@dataclass(frozen=True, slots=True)
class Looks:
    """How often gates have judged on the same documents, and which did last."""

    times: int
    last: str
    last_at: int


@dataclass(frozen=True, slots=True)
class Line:
    """The versions of one model, and which of them each alias stands for."""

    name: str
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    adopted: bool = False
    held: str | None = None
    frozen: str | None = None
    anchor: str | None = None
    """The first version that was champion: what small steps down are held against."""
    looks: dict[tuple[str, str], Looks] = field(default_factory=dict)
    """How often gates have judged on a set, by its name and the digest of its documents."""

    @property
    def champion(self) -> str | None:
        """The version that serves."""
        return self.aliases.get("champion")

    @property
    def named(self) -> dict[str, str]:
        """Which version each alias stands for, those included that nobody moves."""
        return self.aliases if self.anchor is None else {**self.aliases, "anchor": self.anchor}

    def looks_at(self, name: str, documents: str) -> int:
        """How often gates have judged on these documents of a set."""
        held = self.looks.get((name, documents))
        return held.times if held is not None else 0

    def version_of(self, model: str) -> Version | None:
        """The latest version that has this model."""
        found = [version for version in self.versions.values() if version.model == model]
        return found[-1] if found else None


def evolve(line: Line, body: Happened, at: int, actor: str = "") -> Line:
    """The line after one more event."""
    after: Line = _EVOLVE[type(body)](line, body, at)
    return after


def _registered(line: Line, body: e.VersionRegistered, at: int) -> Line:
    version = Version(body.version, body.model, body.run, body.step, body.label, body.parents, body.pins, at)
    return replace(line, versions={**line.versions, body.version: version})


def _version(line: Line, name: str, **change: Any) -> Line:
    return replace(line, versions={**line.versions, name: replace(line.versions[name], **change)})


def _rejected(line: Line, body: e.VersionRejected, at: int) -> Line:
    return _version(line, body.version, rejected=body.sentence)


def _frozen(line: Line, body: e.VersionFrozen, at: int) -> Line:
    return _version(line, body.version, frozen=body.why)


def _acknowledged(line: Line, body: e.VersionAcknowledged, at: int) -> Line:
    return _version(line, body.version, frozen=None)


def _moved(line: Line, body: e.AliasMoved, at: int) -> Line:
    line = replace(line, aliases={**line.aliases, body.alias: body.version})
    if body.alias != "champion":
        return line
    line = replace(line, adopted=line.adopted or body.because == "adoption", anchor=line.anchor or body.version)
    own = line.versions[body.version].cites
    cites = own if body.because == "rollback" else body.verdicts or (body.because,)
    return _version(line, body.version, was_champion=True, cites=cites, rejected=None)


def _looked(line: Line, body: e.SetLookedAt, at: int) -> Line:
    return replace(line, looks={**line.looks, (body.set, body.documents): Looks(body.look, body.verdict_of, at)})


def _held(line: Line, body: e.LineHeld, at: int) -> Line:
    return replace(line, held=body.reason)


def _released(line: Line, body: e.LineReleased, at: int) -> Line:
    return replace(line, held=None)


def _line_frozen(line: Line, body: e.LineFrozen, at: int) -> Line:
    return replace(line, frozen=body.why)


def _line_acknowledged(line: Line, body: e.LineAcknowledged, at: int) -> Line:
    return replace(line, frozen=None)


_EVOLVE: dict[type[Happened], Any] = {
    e.VersionRegistered: _registered, e.VersionRejected: _rejected, e.VersionFrozen: _frozen,
    e.VersionAcknowledged: _acknowledged, e.AliasMoved: _moved, e.LineHeld: _held, e.LineReleased: _released,
    e.LineFrozen: _line_frozen, e.LineAcknowledged: _line_acknowledged, e.SetLookedAt: _looked,
}  # fmt: skip
