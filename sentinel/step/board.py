"""Whose the Hub is, and which repository there a step means."""

from sentinel.contract.at import At
from sentinel.domain.digest import Json
from sentinel.domain.names import is_repository
from sentinel.domain.refusal import refuse


def has_board(at: At) -> bool:
    """Whether sentinel.yaml names a hub; says so where it does not, since the step then has nothing to do."""
    if (at.reads or {}).get("board"):
        return True
    at.say("nothing is sent: sentinel.yaml names no hub (`hub: {owner: NAME, token: credential:NAME}`)")
    return False


def board_of(at: At) -> Json:
    """Whose Hub it is, and what may be submitted there."""
    return (at.reads or {})["board"]


def repository(at: At, asked: str | None) -> str:
    """The repository that is meant: of the owner, and called like the line where no other is named."""
    owner = board_of(at)["owner"]
    line = ((at.reads or {}).get("line") or {}).get("name")
    if asked is None and line is None:
        raise refuse("E-line-needed", "a repository is called like its line, and this run is for none.", where=at.step,
                     todo="Name it with `repo: OWNER/NAME`.")  # fmt: skip
    name = asked or f"{owner}/{line}"
    if not is_repository(name):
        raise refuse("E-hub-name", f"no repository can be called {name[:100]!r}.", where=at.step,
                     todo="Write OWNER/NAME: letters, digits and ._- .")  # fmt: skip
    return name


def is_ours(at: At, repo: str) -> bool:
    """Whether a repository is the owner's own."""
    owner: str = board_of(at)["owner"]
    return repo.partition("/")[0] == owner
