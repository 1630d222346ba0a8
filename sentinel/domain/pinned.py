"""Whether a source of rows can give but one thing, so that what it gave once may serve again."""

import re

from sentinel.domain.digest import Json

_COMMIT = re.compile(r"[0-9a-f]{40}")


def is_pinned(source: Json) -> bool:
    """An address with a digest, a dataset at a commit or at a numbered version; a file of the workspace never is."""
    if source is None:  # rows on a port, and a port's digest is in the reuse key as it is
        return True
    if "url" in source:
        return bool(source.get("digest"))
    if "hub" in source:
        return _COMMIT.fullmatch(str(source.get("revision"))) is not None
    return "kaggle" in source and source.get("version") is not None
