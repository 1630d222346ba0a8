"""Canonical JSON and the digests made of it: one value, one sequence of bytes, one name."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A value that JSON can hold: dict, list, str, int, float, bool or None."""

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: Json) -> bytes:
    """The one spelling of a value: UTF-8, sorted keys, no white space, floats by repr. NaN and infinity are errors."""
    return _ENCODER.encode(value).encode()


def digest_of(value: Json) -> str:
    """The sha256 of a value's canonical JSON, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def digest_of_bytes(data: bytes) -> str:
    """The sha256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def tree_digest(entries: Iterable[tuple[str, int, str]]) -> str:
    """The digest of a file tree, from (path, size, sha256) of each file, in whatever order they come."""
    lines = sorted(f"{path}\0{size}\0{sha256}\n".encode() for path, size, sha256 in entries)
    return hashlib.sha256(b"".join(lines)).hexdigest()


def is_digest(text: str) -> bool:
    """Whether this is the hex of a sha256, as every artifact, plan and key is named."""
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)
