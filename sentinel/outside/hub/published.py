"""Whether what lies on the hub is what lies here."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sentinel.outside.hub.change import KEPT
from sentinel.outside.hub.port import Remote

_BLOCK = 2**20


def differences(here: Mapping[str, Path | bytes], there: Mapping[str, Remote], *, only: bool = False) -> list[str]:
    """A sentence for each file that is not there as it is here; with `only`, for each that is there besides."""
    found = []
    for path, held in sorted(here.items()):
        remote = there.get(path)
        if remote is None:
            found.append(f"{path} is not there.")
        elif (size := _size(held)) != remote.size:
            found.append(f"{path} has {size:,} bytes here and {remote.size:,} there.")
        elif not _is_same(held, size, remote):
            found.append(f"{path} has another content there.")
    if only:
        found += [f"{path} is there and not here." for path in sorted(set(there) - set(here) - {KEPT})]
    return found


def blob_of(content: bytes) -> str:
    """The name that git gives to a content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _is_same(held: Path | bytes, size: int, remote: Remote) -> bool:
    if remote.sha256 is not None:
        return _digest(held, hashlib.sha256()) == remote.sha256
    return _digest(held, hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)) == remote.blob


def _digest(held: Path | bytes, hashing: "hashlib._Hash") -> str:
    if isinstance(held, bytes):
        hashing.update(held)
    else:
        with held.open("rb") as file:
            while block := file.read(_BLOCK):
                hashing.update(block)
    return hashing.hexdigest()


def _size(held: Path | bytes) -> int:
    return len(held) if isinstance(held, bytes) else held.stat().st_size
