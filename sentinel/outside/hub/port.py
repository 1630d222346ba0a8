"""What a hub can be asked for, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sentinel.outside.hub.change import Change, Receipt

Tell = Callable[[str], None]
"""Takes a sentence of progress."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file as the hub has it: enough to compare it with one here without bringing it."""

    size: int
    blob: str
    """The sha1 that git gives the content; of a large file, its pointer's."""
    sha256: str | None = None
    """Of the content of a large file."""


@dataclass(frozen=True, slots=True)
class Result:
    """A score of a model as the hub shows it, or a file of scores that it does not take."""

    file: str
    dataset: str = ""
    task: str = ""
    value: float | None = None
    revision: str = ""
    date: str = ""
    notes: str = ""
    verified: bool = False
    request: int | None = None
    """The pull request that it stands in, while nobody merged it."""
    error: str = ""
    """Why the hub does not take the file."""


@dataclass(frozen=True, slots=True)
class Rank:
    """A place on a dataset's leaderboard."""

    rank: int
    model: str
    value: float
    file: str = ""
    verified: bool = False
    request: int | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose token it is."""

    name: str
    may_write: bool | None
    """None where the hub does not say: a token may be for some repositories only."""


class Hub(Protocol):
    """Where models are had from, and where they go. Refused where a person is needed, Later where time may help."""

    def fetch(self, repo: str, revision: str, into: Path) -> None:
        """Put the wanted files of a repository at a revision into a folder. Refused where that cannot be."""

    def who(self) -> Who:
        """Whose token it is, and whether it may write."""

    def head(self, repo: str) -> str | None:
        """The commit that a repository stands at; None where there is no such repository, or not for this token."""

    def is_private(self, repo: str) -> bool:
        """Whether nobody but its owner sees a repository. Refused where there is none, or not for this token."""

    def done(self, repo: str, key: str, request: bool) -> Receipt | None:
        """The commit that carries a key, or the first pull request, whatever became of it; None where none does."""

    def commit(self, change: Change, tell: Tell = ...) -> Receipt:
        """Ask for the key, and make the change only where nothing carries it. What was uploaded is not sent again."""

    def files(self, repo: str, revision: str) -> Mapping[str, Remote]:
        """The files of a repository at a revision."""

    def read(self, repo: str, revision: str, path: str, most: int) -> bytes:
        """A file of so many bytes at most."""

    def results(self, repo: str) -> list[Result]:
        """A model's scores, and the files of scores that were rejected."""

    def ranks(self, dataset: str, derived: bool) -> list[Rank]:
        """A dataset's leaderboard; `derived` is with the models that declare what they are made from."""
