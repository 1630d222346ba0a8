"""What may be done with a line. The gate is the only way to an alias; two exceptions, by a named person."""

from dataclasses import dataclass
from typing import Any

from sentinel.domain.digest import Json, digest_of
from sentinel.domain.event import Happened
from sentinel.domain.line import events as e
from sentinel.domain.line.state import Line, Version
from sentinel.domain.looks import looked_at
from sentinel.domain.names import ALIASES, FOLLOWS, suggest
from sentinel.domain.refusal import Refusal
from sentinel.domain.verdict import Verdict

Decided = list[Happened] | Refusal


@dataclass(frozen=True, slots=True)
class Register:
    """Put a model that a step made on record, with its pins."""

    model: str
    run: str
    step: str
    label: str
    parents: tuple[str, ...]
    pins: Json


@dataclass(frozen=True, slots=True)
class Cited:
    """A verdict on record, by the attempt that gave it."""

    id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Promote:
    """Move an alias to the version of this model, citing verdicts."""

    alias: str
    model: str
    verdicts: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Adopt:
    """Make the model that serves today the first champion, once a line, by name."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class RollBack:
    """Make a version that has been champion the champion again; the previous one unless named."""

    version: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate judged a model of the line and did not pass it."""

    cited: Cited
    frozen: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A gate gave a verdict: each set that it judged on was looked at once more."""

    cited: Cited


@dataclass(frozen=True, slots=True)
class Hold:
    """Let no alias of the line move."""

    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """Let the aliases move again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Take note, by name and reason, of what froze the line or one of its versions."""

    version: str | None
    reason: str


def decide(line: Line, command: Any, at: int) -> Decided:
    """The events that a command leads to, or why it cannot be carried out."""
    decided: Decided = _DECIDE[type(command)](line, command)
    return decided


def version_id(pins: Json) -> str:
    """The name of a version: the digest of its pins."""
    return "v" + digest_of(pins)[:16]


def _register(line: Line, command: Register) -> Decided:
    version = version_id(command.pins)
    if version in line.versions and line.versions[version].model != command.model:
        # the same pins gave another model: the work is not deterministic on this hardware, and both stay on record
        version = version_id([command.pins, command.model])
    if version in line.versions:
        return []
    label = command.label or version
    parents = tuple(parent for parent in command.parents if parent != version)
    return [e.VersionRegistered(version, command.model, command.run, command.step, label, parents, command.pins)]


def _promote(line: Line, command: Promote) -> Decided:
    if command.alias not in ALIASES or command.alias in FOLLOWS:
        what = f"No version is promoted to `{command.alias}`."
        return Refusal("E-alias", what, todo=suggest(command.alias, set(ALIASES) - set(FOLLOWS), "alias"))
    version = line.version_of(command.model)
    if version is None:
        return Refusal(
            "E-no-version", f"No version of {line.name} has the model {command.model[:12]}.",
            todo="Promote a model that a step of this line made.",
        )  # fmt: skip
    unmovable = _unmovable(line, version)
    if unmovable is not None:
        return unmovable
    if not command.verdicts:
        return Refusal("E-no-verdict", "A promotion cites the verdicts that let it pass; there is none.")
    for cited in command.verdicts:
        fault = _unfit(line, version, cited)
        if fault is not None:
            return fault
    if command.alias == "champion" and all(cited.verdict.against != line.champion for cited in command.verdicts):
        what = f"{line.champion} is champion, and {command.verdicts[0].id} held the model against no champion."
        todo = "Judge it again, by a gate that binds the champion's report: `champion: EvalReport?` among its ports."
        return Refusal("E-uncompared", what, todo=todo)
    if line.aliases.get(command.alias) == version.id:
        return []
    ids = tuple(cited.id for cited in command.verdicts)
    return _move(line, command.alias, version.id, "verdict", ids, "")


def _move(line: Line, alias: str, version: str, because: str, ids: tuple[str, ...], reason: str) -> list[Happened]:
    was = line.aliases.get(alias)
    moves: list[Happened] = [e.AliasMoved(alias, version, was, because, ids, reason)]
    if alias == "champion" and was is not None and was != version:
        moves.append(e.AliasMoved("previous", was, line.aliases.get("previous"), because, ids, reason))
    return moves


def _unmovable(line: Line, version: Version) -> Refusal | None:
    held = _held(line)
    if held is not None:
        return held
    if line.frozen is not None:
        todo = f"Look into it, then `sentinel acknowledge {line.name} --reason TEXT`."
        return Refusal("E-frozen", f"Line {line.name} is frozen: {line.frozen}.", todo=todo)
    return _frozen(line, version)


def _held(line: Line) -> Refusal | None:
    if line.held is None:
        return None
    return Refusal("E-held", f"Line {line.name} is held: {line.held}.", todo=f"`sentinel release {line.name}`.")


def _frozen(line: Line, version: Version) -> Refusal | None:
    """What froze this model, under whichever version of it: making the same weights anew thaws nothing."""
    for same in line.versions.values():
        if same.model == version.model and same.frozen is not None:
            todo = f"Look into it, then `sentinel acknowledge {line.name} {same.id} --reason TEXT`."
            return Refusal("E-frozen", f"Version {same.id} is frozen: {same.frozen}.", todo=todo)
    return None


def _unfit(line: Line, version: Version, cited: Cited) -> Refusal | None:
    verdict = cited.verdict
    if verdict.verdict != "pass":
        return Refusal("E-not-passed", f"Verdict {cited.id} of {verdict.gate} is {verdict.verdict}, not pass.")
    if verdict.subject != version.model:
        what = f"Verdict {cited.id} judged {(verdict.subject or 'nothing')[:12]}, not the model {version.model[:12]}."
        return Refusal("E-other-subject", what, todo="Bind the verdict of a gate that judged this model.")
    if verdict.against not in (None, line.champion):
        what = f"Verdict {cited.id} judged against {verdict.against}; the champion is now {line.champion or 'unset'}."
        return Refusal("E-stale-verdict", what, todo="Judge it again: retry the run from its gate's inputs.")
    return None


def _adopt(line: Line, command: Adopt) -> Decided:
    if line.adopted or line.champion is not None:
        what = f"Line {line.name} has a champion already, {line.champion}; a line adopts once, and first of all."
        return Refusal("E-adopted", what, todo="Promote through a gate instead.")
    if not command.reason.strip():
        return Refusal("E-reason", "A model is adopted by name and reason.", todo="Add `--reason TEXT`.")
    version = line.version_of(command.model)
    if version is None:
        return Refusal("E-no-version", f"No version of {line.name} has the model {command.model[:12]}.")
    return _unmovable(line, version) or _move(line, "champion", version.id, "adoption", (), command.reason)


def _roll_back(line: Line, command: RollBack) -> Decided:
    name = command.version or line.aliases.get("previous")
    if name is None:
        return Refusal("E-no-previous", f"Line {line.name} has no previous champion.", todo="Name a version.")
    version = line.versions.get(name)
    if version is None:
        return Refusal(
            "E-unknown-version", f"Line {line.name} has no version {name}.",
            todo=suggest(name, line.versions, "version"),
        )  # fmt: skip
    if not version.was_champion:
        what = f"Version {name} has never been champion; a roll-back goes only where the line has been."
        return Refusal("E-never-champion", what, todo="Promote it through a gate instead.")
    if line.champion == name:
        return Refusal("E-is-champion", f"Version {name} is the champion.")
    # a frozen line is one whose live model failed: going back is the way out, so that alone does not stop it
    return (
        _held(line)
        or _frozen(line, version)
        or _move(line, "champion", name, "rollback", version.cites, command.reason)
    )


def _judged(line: Line, command: Judged) -> Decided:
    verdict = command.cited.verdict
    version = line.version_of(verdict.subject) if verdict.subject else None
    if version is None or verdict.verdict == "pass":
        return []
    events: list[Happened] = [e.VersionRejected(version.id, command.cited.id, verdict.verdict, verdict.sentence)]
    if command.frozen:
        events.append(e.VersionFrozen(version.id, verdict.sentence))
        if line.champion is not None and line.versions[line.champion].model == version.model:
            events.append(e.LineFrozen(verdict.sentence))
    return events


def _look(line: Line, command: Look) -> Decided:
    return [
        e.SetLookedAt(name, documents, line.looks_at(name, documents) + 1, command.cited.id)
        for name, documents in looked_at(command.cited.verdict)
    ]


def _hold(line: Line, command: Hold) -> Decided:
    if line.held is not None:
        return Refusal("E-held", f"Line {line.name} is held already: {line.held}.")
    return [e.LineHeld(command.reason)]


def _release(line: Line, command: Release) -> Decided:
    return [e.LineReleased(command.reason)] if line.held is not None else _nothing(line, "held")


def _acknowledge(line: Line, command: Acknowledge) -> Decided:
    if not command.reason.strip():
        return Refusal("E-reason", "A freeze is acknowledged by name and reason.", todo="Add `--reason TEXT`.")
    if command.version is None:
        return [e.LineAcknowledged(command.reason)] if line.frozen is not None else _nothing(line, "frozen")
    version = line.versions.get(command.version)
    if version is None or version.frozen is None:
        return Refusal("E-not-frozen", f"Line {line.name} has no frozen version {command.version}.")
    return [e.VersionAcknowledged(command.version, command.reason)]


def _nothing(line: Line, word: str) -> Refusal:
    return Refusal(f"E-not-{word}", f"Line {line.name} is not {word}.")


_DECIDE: dict[type, Any] = {
    Register: _register, Promote: _promote, Adopt: _adopt, RollBack: _roll_back, Judged: _judged,
    Look: _look, Hold: _hold, Release: _release, Acknowledge: _acknowledge,
}  # fmt: skip
