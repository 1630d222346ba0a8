"""What was published, read by whoever asks for it: a card on the Hub. It needs no daemon."""

from pathlib import Path

from sentinel.contract.registry import load
from sentinel.outside.credentials import read_credential
from sentinel.outside.hub import Later, RealHub
from sentinel.recipe.check import check_workspace

_PREFIX = "credential:"


def published_file(workspace: Path, repo: str, revision: str, name: str, most: int) -> bytes:
    """A small file of a repository, asked for with the token that sentinel.yaml names. Refused where that cannot be."""
    config = check_workspace(workspace, load()).config
    named = config.hub.token if config is not None and config.hub is not None else None
    token = read_credential(named.removeprefix(_PREFIX)) if named is not None else None
    try:
        return RealHub(token).read(repo, revision, name, most)
    except Later as error:
        raise error.refused from None
