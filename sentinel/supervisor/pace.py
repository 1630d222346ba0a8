"""How fast living attempts get on, by what they say themselves."""

import json
from pathlib import Path

from sentinel.domain.digest import Json
from sentinel.domain.policy.experience import Pace

_LOOKED_AT = 4096


def pace_of(file: Path, at: int) -> Pace | None:
    """The pace of an attempt by its progress file: from the first it said of how far it is, to the last."""
    try:
        with file.open("rb") as held:
            head = held.read(_LOOKED_AT).splitlines()
            held.seek(max(0, file.stat().st_size - _LOOKED_AT))
            tail = held.read().splitlines()
    except OSError:
        return None
    first = next(filter(None, map(_said, head)), None)
    last = next(filter(None, map(_said, reversed(tail))), None)
    if first is None or last is None or last[2] != first[2] or last[1] <= first[1] or last[0] <= first[0]:
        return None  # it has said too little, or has begun with something else
    (since, begun, total), (until, done, _) = first, last
    rest = (total - done) * (until - since) / (done - begun)
    return Pace(max(0.0, rest - max(0, at - until)), min(1.0, done / total))


def _said(line: bytes) -> tuple[int, float, float] | None:
    """The moment, how much is done, and of how much."""
    try:
        told: Json = json.loads(line)
        found = int(told["at"]), float(told["done"]), float(told["total"])
    except (ValueError, KeyError, TypeError):
        return None
    return found if 0 <= found[1] <= found[2] and found[2] > 0 else None
