"""Sums over what is on record: each event's and each row's own, and the one over all of them, mod 2^256."""

import hashlib

from sentinel.ledger.tables import Row

MODULUS = 2**256
SHORT = 8
"""How many bytes of its sum stand beside an event or a row, to be checked whenever it is read."""

_NUL = "\0"

Fields = tuple[int, str, int, str, int, int, str, int | None, str]
"""An event as it stands in its table: seq, stream, version, kind, payload version, at, actor, cause, payload."""


def event_sum(fields: Fields) -> bytes:
    """The sha256 of an event: its fields, parted by NUL, the payload last."""
    return hashlib.sha256("\0".join(map(str, fields)).encode()).digest()


def row_sum(table: str, row: Row) -> bytes:
    """The sha256 of a row: its table and its values, the key's among them, parted by NUL; NULL is written as such."""
    values = ["NULL" if value is None else value if value.__class__ is str else str(+value) for value in row]
    return hashlib.sha256(f"{table}\0{_NUL.join(values)}".encode()).digest()


def number(digest: bytes) -> int:
    """A sum as the number that is added up."""
    return int.from_bytes(digest, "big")


def to_bytes(total: int) -> bytes:
    """A total as it stands in the ledger."""
    return (total % MODULUS).to_bytes(32, "big")
