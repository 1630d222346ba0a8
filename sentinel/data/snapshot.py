"""The RawSnapshot form: rows as a source gave them, what was taken from where, and what was left aside.

`snapshot.json` says what this is; the rows lie in parts beside it (JSON lines, CSV or parquet); `quarantine.parquet`
holds what could not be read, where anything could not. A folder of rows without `snapshot.json`, as a program writes
it, is a RawSnapshot too.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.data.rows import NotRows
from sentinel.domain.digest import Json
from sentinel.domain.form import from_json, to_json

SNAPSHOT = "snapshot.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """One file of a source: its name there, its bytes, and what came of it."""

    name: str
    size: int
    rows: int
    quarantined: int = 0
    sha256: str | None = None
    """Known where the file came from outside. A file of the workspace is named by the snapshot's own digest."""


@dataclass(frozen=True, slots=True)
class LabelShape:
    """How the rows are spread over their labels."""

    classes: int
    largest: str
    smallest: str
    entropy: float
    """In bits: the logarithm of how many equally large classes would be as hard to guess."""
    counts: dict[str, int]
    """The commonest labels with their rows, at most a thousand of them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a RawSnapshot says of itself. What comes after `quarantined` is known once rows were normalised."""

    source: Json
    """What was asked for, and how the source named what it gave: an etag, a revision."""
    taken: tuple[Taken, ...]
    rows: int
    quarantined: int = 0
    form: str | None = None
    """The canonical form of its rows."""
    id: str | None = None
    label: str | None = None
    group: str | None = None
    time: str | None = None
    slice: str | None = None
    mapping: Json = None
    coverage: dict[str, float] = field(default_factory=dict)
    """The share of rows in which each field is filled."""
    labels: LabelShape | None = None
    version: int = VERSION


def write_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """Say in a folder of rows what they are."""
    text = json.dumps(to_json(snapshot), sort_keys=True, ensure_ascii=False, indent=1)
    (folder / SNAPSHOT).write_text(text + "\n", encoding="utf-8")


def read_snapshot(folder: Path) -> Snapshot | None:
    """What a RawSnapshot says of itself; None for rows as a program wrote them."""
    try:
        told = json.loads((folder / SNAPSHOT).read_bytes())
        return from_json(Snapshot, told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotRows(f"Its {SNAPSHOT} is not what the form says ({type(error).__name__}).") from error
