"""A change to a repository on the hub: one commit, or one pull request where the repository is another's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.domain.names import is_repository
from sentinel.domain.refusal import Refused, refuse
from sentinel.domain.text import plain

_KEY = re.compile(r"[0-9a-f]{64}")
_TRAILER = "Sentinel-Key: "
_MOST_FILES = 5_000
KEPT = ".gitattributes"
"""What a repository is made with, and what no change takes away."""


@dataclass(frozen=True, slots=True)
class Change:
    """What to do to a repository, once. The key stands in its text, and is how it is found again."""

    repo: str
    """Its owner and its name."""
    files: Mapping[str, Path | bytes]
    """By path in the repository: a file here, or a content that is small."""
    title: str
    key: str
    """The effect's key: 64 hexadecimal digits."""
    request: bool = False
    """As a pull request, since the repository is another's."""
    create: bool = False
    """Make the repository where it is not there."""
    private: bool = True
    """How it is made; and with `create`, what it has to be where it is there already."""
    only: bool = False
    """Whether what else lies in the repository goes with the same commit."""
    parent: str | None = None
    """The commit that was looked at, where the content hangs on what is there: upon another nothing is changed."""

    def __post_init__(self) -> None:
        checked_repo(self.repo)
        if not _KEY.fullmatch(self.key):
            raise _unfit("its key is not 64 hexadecimal digits.")
        if not 0 < len(self.title) <= 200 or plain(self.title) != self.title:
            raise _unfit("its title is not one line of 200 letters at most.")
        if self.request and (self.create or self.only):
            raise _unfit("a pull request neither makes a repository nor clears one.")
        if not 0 < len(self.files) <= _MOST_FILES:
            raise _unfit(f"it has {len(self.files)} files, and 1 to {_MOST_FILES:,} can be.")
        for path, held in self.files.items():
            if not _is_inside(path):
                raise _unfit(f"no file can lie at {plain(path)[:100]!r}.")
            if isinstance(held, Path) and not held.is_file():
                raise _unfit(f"there is no file for {path}.")

    @property
    def text(self) -> str:
        """What stands below the title."""
        return f"{_TRAILER}{self.key}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a change is."""

    repo: str
    commit: str
    """Empty for a request that has no commit, or a deleted one."""
    url: str
    request: int | None
    """The number of the pull request."""
    was_there: bool
    """Whether it had been made before it was asked for now, or the repository was like that already."""
    state: str = ""
    """Of a pull request: open, draft, merged or closed."""


def carries(text: object, key: str) -> bool:
    """Whether a text has the key as a line of its own."""
    return isinstance(text, str) and f"{_TRAILER}{key}" in (line.strip() for line in text.splitlines())


def checked_repo(repo: str) -> str:
    """A repository's name. Refused where none can be called so."""
    if not is_repository(repo):
        raise refuse("E-hub-name", f"no repository can be called {plain(repo)[:100]!r}.", where="hub",
                     todo="Write OWNER/NAME: letters, digits and ._- .")  # fmt: skip
    return repo


def _is_inside(path: str) -> bool:
    parts = path.split("/")
    return (
        0 < len(path) <= 400
        and plain(path) == path
        and "\\" not in path
        and not {"", ".", "..", ".git", ".cache"} & set(parts)
    )


def _unfit(what: str) -> Refused:
    return refuse("E-hub-change", what, where="hub", todo="Correct the step that asks for it.")
