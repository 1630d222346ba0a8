"""The list of an artifact's files. Its text is what the digest is made of, so a list proves itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from sentinel.domain.digest import digest_of_bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an artifact: its path inside the tree, its bytes and their sha256."""

    path: str
    size: int
    sha256: str


def render(entries: Iterable[Entry]) -> bytes:
    """The text of a list: the lines that `domain.digest.tree_digest` hashes."""
    return b"".join(sorted(f"{entry.path}\0{entry.size}\0{entry.sha256}\n".encode() for entry in entries))


def parse(text: bytes, digest: str) -> tuple[Entry, ...] | None:
    """The entries of a list, or None where the text is not the list of this digest."""
    if digest_of_bytes(text) != digest:
        return None
    lines = (line.split("\0") for line in text.decode().split("\n")[:-1])
    return tuple(Entry(path, int(size), sha256) for path, size, sha256 in lines)
