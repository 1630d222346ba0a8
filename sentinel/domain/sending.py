"""What a step wants to have sent to the Hub, once its end is on record: where to, and what it is."""

from dataclasses import dataclass

from sentinel.domain.artifact import Artifact
from sentinel.domain.benchmark import Entry
from sentinel.domain.digest import digest_of
from sentinel.domain.names import is_repository

SEND = "send"
"""The effect of sending something to the Hub."""
PUBLISH, SUBMIT = "publish", "submit"
SENDS = (PUBLISH, SUBMIT)
"""What is sent, and the steps that have it sent once they have ended; a closed list."""
_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Sending:
    """One thing that is to be done at one repository. A delivery holds it as its content."""

    submission: str
    """The digest of the artifact that says all of it."""
    inputs: dict[str, tuple[Artifact, ...]]
    """That artifact and the one whose files go along, by port."""
    act: str
    """publish or submit."""
    model: str
    """The digest of the model that this is about."""
    line: str | None
    run: str
    step: str
    request: bool
    """As a pull request, since the repository is another's."""
    private: bool
    entries: tuple[Entry, ...]
    """The scores."""
    bytes: int


@dataclass(frozen=True, slots=True)
class Intended:
    """A sending and the repository that it is for."""

    effect: str
    target: str
    sending: Sending


def key_of(target: str, submission: str, after: str = "") -> str:
    """The name under which the Hub knows it: the same thing to the same place is done once.

    `after` is the key of what had the repository before: a version that comes back is sent once more.
    """
    return digest_of([SEND, target, submission, *([after] if after else [])])


def unfit(intended: Intended, ours: frozenset[str]) -> str | None:
    """Why a worker may not have this sent; `ours` are the digests of all that its attempt was given and has made."""
    sending = intended.sending
    if intended.effect != SEND or sending.act not in SENDS:
        return "it is neither a publication nor a submission"
    if not is_repository(intended.target):
        return "no repository is called so"
    held = [artifact.digest for artifacts in sending.inputs.values() for artifact in artifacts]
    if sending.submission not in held or not set(held) <= ours:
        return "it names artifacts that are not the step's"
    if not 0 <= sending.bytes < _MOST or any(not 0 < each.n < _MOST for each in sending.entries):
        return "its numbers are no sizes"
    return None
