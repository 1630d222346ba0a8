"""What a hub answers instead of doing it: what needs a person is Refused, what time may mend is Later."""

from http import HTTPStatus

from sentinel.domain.refusal import Refusal, Refused, refuse
from sentinel.domain.text import plain
from sentinel.outside.notify import TryLater

_LONGEST = 300
LONGEST_WAIT = 86_400.0
_WAITS = frozenset({408, 423, 425, 429})
_WRITES = "Give `hub: {token: credential:NAME}` a token that may write there."


class Later(TryLater):
    """The same may go well another time; the refusal is what to say if it never does."""

    def __init__(self, refusal: Refusal, retry_after: float | None = None) -> None:
        super().__init__(refusal.what.rstrip("."), retry_after, refusal)

    @property
    def refused(self) -> Refused:
        """The same, for who does not wait."""
        return Refused(self.refusal)


class Answered(Exception):
    """A no, as the hub gave it."""

    def __init__(self, status: int, code: str = "", says: str = "", after: float | None = None) -> None:
        super().__init__(status, code, says)
        self.status, self.says = status, says
        self.code = code
        """The hub's own word for it, such as RepoNotFound."""
        self.after = after
        """Seconds until it may be asked again."""


def fault_of(answered: Answered, repo: str) -> Refused | Later:
    """What to tell of a no, about a repository."""
    says = cleaned(answered.says)
    told = f" It says: {says}." if says else ""
    match answered.status, answered.code:
        case status, _ if status in _WAITS or (status == HTTPStatus.CONFLICT and "in progress" in says):
            return later("busy", f"the hub asks us to wait (HTTP {status}).{told}", repo, after=answered.after)
        case status, _ if status >= 500:
            return later("sick", f"the hub failed (HTTP {status}).{told}", repo, after=answered.after)
        case HTTPStatus.PRECONDITION_FAILED, _:
            return later("moved", "others change the repository all the time.", repo)
        case _, "RevisionNotFound":
            return _no("revision", f"it has no such revision.{told}", repo, "Name a commit or a branch of it.")
        case _, "EntryNotFound":
            return _no("file", f"it has no such file.{told}", repo, "Name one that it has.")
        case (HTTPStatus.NOT_FOUND, _) | (_, "RepoNotFound"):
            return _no("unknown", f"the hub has no such repository, or not for this token.{told}", repo,
                       f"Correct its name, or make it on the hub. {_WRITES}")  # fmt: skip
        case HTTPStatus.UNAUTHORIZED, _:
            return _no("token", f"the hub does not take the token.{told}", repo,
                       "Make a new one on the hub; `hub: {token: credential:NAME}` says where it lies.")  # fmt: skip
        case HTTPStatus.FORBIDDEN, _:
            return _no("forbidden", f"the token may not do this.{told}", repo, _WRITES)
        case HTTPStatus.CONFLICT, _:
            return _no("conflict", f"something there is in the way.{told}", repo, "Look at the repository on the hub.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _:
            return _no("large", f"the hub does not take so much at once.{told}", repo, "Publish less, or in parts.")
        case ((HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY), _):
            return _no("content", f"the hub does not take the content.{told}", repo, "Correct what it names.")
        case status, _:
            return _no("no", f"the hub refuses (HTTP {status}).{told}", repo, "Look at the repository on the hub.")


def nobody() -> Refused:
    """There is no token, and one is needed."""
    return _no("token", "the hub has to know who asks.", "hub", "Name a token: `hub: {token: credential:NAME}`.")


def open_to_all(repo: str) -> Refused:
    """What is to be private would not be."""
    return _no("public", "the repository is open to everybody, and what is published there is to be private.", repo,
               "Make it private on the hub, or publish with `public: true`.")  # fmt: skip


def too_large(repo: str, most: int) -> Refused:
    """A file has more than was asked for."""
    return _no("size", f"a file there has more than the {most:,} bytes that are allowed.", repo, "Make it smaller.")


def later(word: str, what: str, where: str, *, after: float | None = None) -> Later:
    """Something that another attempt may get past."""
    return Later(Refusal(f"E-hub-{word}", what, where, "Nothing is lost: the next attempt goes on from here."), after)


def _no(word: str, what: str, where: str, todo: str) -> Refused:
    return refuse(f"E-hub-{word}", what, where=where, todo=todo)


def cleaned(says: object) -> str:
    """The hub's own words: on one line, of one length, without what drives a terminal."""
    line = " ".join(plain(says).split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
