"""What a source is asked for, and what it brings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.quantity import HOUR

GIB = 2**30
MOST = 50 * GIB
"""Bytes that a download may have, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file of the workspace, or every file of a folder that its name says how to read."""

    file: str
    as_: str | None = None


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A file behind an https address."""

    url: str
    as_: str | None = None
    digest: str | None = None
    """The sha256 that it must have."""
    at_most: int = MOST
    within: int = 6 * HOUR
    private: bool = False
    """Whether it may lie inside the owner's own network."""


@dataclass(frozen=True, slots=True)
class HubSource:
    """Files of a dataset on the Hugging Face Hub, at a revision."""

    hub: str
    revision: str = "main"
    files: tuple[str, ...] = ()
    """Patterns of the files to take; without any, what is there of parquet, else of JSON lines, else of CSV."""
    token: str | None = None
    at_most: int = MOST


@dataclass(frozen=True, slots=True)
class KaggleSource:
    """Files of a dataset on Kaggle, through its own client."""

    kaggle: str
    version: int | None = None
    files: tuple[str, ...] = ()
    token: str | None = None
    at_most: int = MOST


@dataclass(frozen=True, slots=True)
class RowsSource:
    """What a step of this run gave: the folder of a RawSnapshot."""

    rows: str


Source = FileSource | UrlSource | HubSource | KaggleSource | RowsSource


@dataclass(frozen=True, slots=True)
class Brought:
    """One file that a source has brought: its name there, where it lies now, and how it is to be read."""

    name: str
    path: Path
    as_: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Haul:
    """All that a source has brought, and how it named what it gave."""

    files: tuple[Brought, ...]
    named: Json = field(default_factory=dict)
    """What pins it: an etag, a revision."""


@dataclass(frozen=True)
class Place:
    """What bringing a source's files takes of the machine."""

    workspace: Path
    aside: Path
    """A folder for downloads, gone once the rows are taken."""
    tell: Callable[[float, float | None], None] = lambda _done, _total: None
    secret: Callable[[str], str] | None = None
    """Reads a credential by its name."""
    kept: Path | None = None
    """What an earlier attempt had downloaded."""
    keep: Callable[[Path, Path], None] | None = None
    """Puts a part of a download, and what is known of it, where the next attempt finds it."""


_BY_KEY: dict[str, Any] = {
    "file": FileSource, "url": UrlSource, "hub": HubSource, "kaggle": KaggleSource, "rows": RowsSource,
}  # fmt: skip


def source_of(told: Json) -> Source:
    """A source as recipes and sentinel.yaml write it: told by the key that it has. ValueError for none."""
    for key, kind in _BY_KEY.items():
        if key in told:
            given = {("as_" if name == "as" else name): value for name, value in told.items() if name != "from"}
            plain = {name: tuple(value) if name == "files" else value for name, value in given.items()}
            try:
                found: Source = kind(**plain)
                return found
            except TypeError as error:
                raise ValueError(f"a source `{key}` has other keys: {' '.join(str(error).split())[:120]}") from None
    raise ValueError(f"a source has one of the keys {', '.join(f'`{key}`' for key in _BY_KEY)}")


def is_inside(name: str) -> bool:
    """Whether a file of that name, as another machine says it, stays in the folder that it is put into."""
    return not name.startswith("/") and "\\" not in name and not {"..", "."} & set(name.split("/"))


def key_of(source: Source) -> str:
    """Which of the sources this is."""
    return next(key for key, kind in _BY_KEY.items() if isinstance(source, kind))
