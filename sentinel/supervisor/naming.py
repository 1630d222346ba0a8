"""Artifacts as people name them: by a digest or its beginning, by a version, or by an alias of a line."""

import re

from sentinel.domain.artifact import Artifact, port_name
from sentinel.domain.line.state import Line
from sentinel.domain.names import ALIASES, suggest
from sentinel.domain.refusal import Refusal
from sentinel.supervisor.pins import pinned
from sentinel.supervisor.work import Work

_BEGINNING = re.compile(r"[0-9a-f]{8,64}")


def named_artifact(work: Work, text: str, kind: str, line: str | None) -> Artifact | Refusal:
    """The artifact of a kind that is meant; for a version or an alias, the one of this kind that speaks of it."""
    if _BEGINNING.fullmatch(text):
        return _by_digest(work, text, kind)
    name = text.partition(".")[0]
    if name in ALIASES:
        if line is None:
            return Refusal("E-which-line", f"`{text}` is an alias, and it is not said of which line.",
                           todo="Add `--line LINE`.")  # fmt: skip
        held = work.line(line)
        version = held.named.get(name)
        if version is None:
            return Refusal("E-unknown-artifact", f"{line} has no {name}.", todo=f"`sentinel versions {line}`.")
        return _of_version(work, held, version, kind)
    row = work.ledger.reads.version(text)
    if row is None:
        todo = suggest(name, ALIASES, "alias") if name.isalpha() else "`sentinel artifacts` lists what there is."
        return Refusal("E-unknown-artifact", f"{text!r} is no digest, no version and no alias.", todo=todo)
    return _of_version(work, work.line(row.line), text, kind)


def named_version(work: Work, text: str, line: str | None) -> tuple[str, str] | Refusal:
    """The line and the id of the version that is meant, by itself or by an alias of a line."""
    row = work.ledger.reads.version(text)
    if row is not None:
        return row.line, row.id
    if text not in ALIASES:
        return Refusal("E-unknown-version", f"There is no version {text!r}.", todo="See `sentinel versions LINE`.")
    if line is None:
        return Refusal("E-which-line", f"`{text}` is an alias, and it is not said of which line.",
                       todo="Add `--line LINE`.")  # fmt: skip
    version = work.line(line).named.get(text)
    if version is None:
        return Refusal("E-unknown-version", f"{line} has no {text}.", todo=f"`sentinel versions {line}`.")
    return line, version


def _by_digest(work: Work, text: str, kind: str) -> Artifact | Refusal:
    found = work.ledger.reads.artifacts_named(text)
    if len(found) != 1:
        what = "begins no artifact's digest" if not found else "begins more than one artifact's digest"
        todo = "`sentinel artifacts` lists what there is." if not found else "Give more of its digits."
        return Refusal("E-unknown-artifact", f"{text} {what}.", todo=todo)
    (row,) = found
    if row.kind != kind:
        return Refusal("E-unknown-artifact", f"{row.digest[:12]} is a {row.kind}, and a {kind} is wanted.",
                       todo=f"`sentinel artifacts --kind {kind}` lists those.")  # fmt: skip
    if row.dropped is not None:
        what = f"{row.digest[:12]} is not in the store any more: {row.dropped}."
        return Refusal("E-unknown-artifact", what, todo="Run the step that makes it again.")
    return Artifact(row.kind, row.digest)


def _of_version(work: Work, line: Line, version: str, kind: str) -> Artifact | Refusal:
    port = port_name(kind)
    held = pinned(work, line.versions[version]).ports
    if port not in held:
        what = f"No {kind} speaks of {version}; it has {', '.join(sorted(held))}."
        return Refusal("E-unknown-artifact", what, todo="Name one by its digest: `sentinel artifacts`.")
    return held[port]
