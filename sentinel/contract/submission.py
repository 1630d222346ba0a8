"""What is to be sent to the Hub, as an artifact: `submission.json` says where and what, `files/` has what is small.

A model's weights are not copied into it: the artifact that they are in is named, and goes along on its own port.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.domain.benchmark import Entry
from sentinel.domain.form import from_json, to_json
from sentinel.domain.sending import SENDS

SUBMISSION, FILES = "submission.json", "files"
RECORD = "sentinel.json"
"""What we say of a repository of ours, in it: which model is there, and which of its files are ours."""


@dataclass(frozen=True, slots=True)
class FileTold:
    """A file of the artifact that goes along: its size and its digest."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to be done at one repository."""

    act: str
    """publish or submit."""
    repo: str
    title: str
    model: str
    """The digest of the model that this is about."""
    line: str | None = None
    request: bool = False
    """As a pull request, since the repository is another's."""
    private: bool = True
    of: str | None = None
    """The digest of the artifact whose files are sent."""
    files: dict[str, FileTold] = field(default_factory=dict)
    """Those files, by their paths in the repository; of a submission to another's repository, its weights."""
    entries: tuple[Entry, ...] = ()
    """The scores."""
    version: int = 1


def write_submission(folder: Path, told: Told, small: Mapping[str, bytes]) -> Path:
    """Write one: the same things make the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_json(told), indent=2, sort_keys=True, ensure_ascii=False)
    (folder / SUBMISSION).write_text(text + "\n", encoding="utf-8")
    for name, data in small.items():
        path = folder / FILES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def read_submission(data: bytes) -> Told:
    """What one says. ValueError where it is none."""
    try:
        told = from_json(Told, json.loads(data))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{SUBMISSION} has not its form: {error}") from error
    if told.version != 1 or told.act not in SENDS:
        raise ValueError(f"{SUBMISSION} is of another version")
    return told


def small_files(folder: Path) -> dict[str, Path]:
    """The small files that go along, by their paths in the repository."""
    home = folder / FILES
    found = sorted(each for each in home.rglob("*") if each.is_file()) if home.is_dir() else []
    return {each.relative_to(home).as_posix(): each for each in found}
