"""Which side a row is on, train or gate: decided once, by a keyed hash that nobody can steer, and kept for ever.

What is decided together is a unit: a row, or all rows of one group. A unit goes where its own digest says, unless it is
nearly the same as an earlier one, which it then follows. What has been decided is handed on from one dataset to the
next, with the rows that are not in it any more, so that no later row, salt or share changes it.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sentinel.data.sketch import ALIKE, SIZE, bands, likeness, plain, sketches
from sentinel.domain.digest import digest_of

TRAIN, GATE = "train", "gate"
ROW, GROUP, NEAR, JUDGES = "row", "group", "near", "judges"
"""What made a side so: the digest of the row or of its group, one that is nearly the same, or a set that it is in."""
_ROUNDS = 8
"""Each finds what the last one uncovered; after so many, of rows made from one template, single ones are left."""
SCHEMA: dict[str, Any] = {
    "row": pl.String, "unit": pl.String, "key": pl.String, "side": pl.String, "by": pl.String, "here": pl.Boolean,
    "sketch": pl.Binary,
}  # fmt: skip
"""A row's digest; that of its unit; the digest that decided; the side; what made it so; whether the row is in this
dataset or only remembered; its sketch."""


def side_of(salt: bytes, key: str, hold: float) -> str:
    """The side that a digest falls on: of `hold` of all digests, the gate's."""
    place = int.from_bytes(hmac.digest(salt, key.encode(), "sha256")[:8], "big")
    return GATE if place < hold * 2**64 else TRAIN


def row_digests(rows: pl.DataFrame) -> list[str]:
    """The digest of each row: of its fields' values as text, so that the type a column happens to have says nothing."""
    names = rows.columns
    return [
        digest_of({name: _text(value) for name, value in zip(names, row, strict=True) if value is not None})
        for row in rows.iter_rows()
    ]


def decide(rows: pl.DataFrame, salt: bytes, hold: float, earlier: pl.DataFrame | None = None) -> pl.DataFrame:
    """The side of each different row, in the order of their first appearance; then what is remembered of others.

    `rows` has the columns row (a digest), group and text, of which the last two may be empty.
    """
    known = earlier if earlier is not None else pl.DataFrame(schema=SCHEMA)
    rows = rows.unique("row", keep="first", maintain_order=True)
    fresh = rows.join(known, on="row", how="anti", maintain_order="left")
    group = pl.col("group").map_elements(_group_digest, return_dtype=pl.String)
    fresh = fresh.with_columns(unit=pl.coalesce(group, "row"))
    pictured = drawn(fresh["text"].to_list())
    leader = _leaders(fresh, pictured, known)
    sides = dict(zip(known["key"], known["side"], strict=True))
    decided = [
        (row, unit, key, sides.get(key) or side_of(salt, key, hold), _why(unit, key, grouped), True, sketch)
        for row, unit, key, grouped, sketch in zip(
            fresh["row"], fresh["unit"], leader, fresh["group"].is_not_null(), pictured, strict=True
        )
    ]
    present = known["row"].is_in(rows["row"].implode())
    told = pl.concat([known.with_columns(here=present), pl.DataFrame(decided, schema=SCHEMA, orient="row")])
    order = rows.select("row").with_row_index("order")
    return told.join(order, on="row", how="left").sort("order", nulls_last=True, maintain_order=True).drop("order")


def barred(sides: pl.DataFrame, judging: pl.DataFrame) -> list[str]:
    """The rows of the train side that judge elsewhere, or are nearly the same as one that does."""
    train = sides.filter(pl.col("here") & (pl.col("side") == TRAIN)).select("row", "sketch")
    left = train.filter(~pl.col("row").is_in(judging["row"].implode()))
    theirs = judging["sketch"].to_list()
    for _ in range(_ROUNDS):
        mine = left["sketch"].to_list()
        # not every pair is looked at: once with these in front and once with those, until nothing more is found
        near = {one for one, other in alike([*mine, *theirs]) if one < len(mine) <= other}
        near |= {other - len(theirs) for one, other in alike([*theirs, *mine]) if one < len(theirs) <= other}
        left = left.filter(~pl.int_range(pl.len()).is_in(sorted(near)))
        if not near:
            break
    return train.filter(~pl.col("row").is_in(left["row"].implode()))["row"].to_list()


@dataclass
class _Forest:
    """Units that belong together, by the first of them."""

    above: list[int]

    def root(self, place: int) -> int:
        """The first of the units that belong to this one."""
        while self.above[place] != place:
            self.above[place] = self.above[self.above[place]]
            place = self.above[place]
        return place

    def join(self, one: int, other: int) -> None:
        """Put two together."""
        first, second = sorted((self.root(one), self.root(other)))
        self.above[second] = first


def _leaders(fresh: pl.DataFrame, pictured: list[bytes | None], known: pl.DataFrame) -> list[str]:
    """The digest that decides each fresh row: of its unit, or of the earliest that it is nearly the same as."""
    old_units = dict(zip(known["unit"], known["key"], strict=True))
    units = list(dict.fromkeys([*old_units, *fresh["unit"]]))
    place = {unit: number for number, unit in enumerate(units)}
    forest = _Forest(list(range(len(units))))
    every = [*known["unit"], *fresh["unit"]]
    for one, other in alike([*known["sketch"], *pictured]):
        first, second = place[every[one]], place[every[other]]
        # what has been decided stays apart, however alike it is
        if forest.root(first) >= len(old_units) or forest.root(second) >= len(old_units):
            forest.join(first, second)
    return [old_units.get(root, root) for root in (units[forest.root(place[unit])] for unit in fresh["unit"])]


def alike(pictured: list[bytes | None]) -> list[tuple[int, int]]:
    """Pairs of places whose texts are nearly the same, the earlier first: enough of them to lead from any to the first.

    Whoever has a band in common is compared with the first that has it, and with the one before.
    """
    there = np.array([number for number, sketch in enumerate(pictured) if sketch is not None], dtype=np.int64)
    if len(there) < 2:
        return []
    held = np.frombuffer(b"".join(sketch for sketch in pictured if sketch is not None), dtype=np.uint16)
    held = held.reshape(-1, SIZE)
    found: set[tuple[int, int]] = set()
    for column in bands(held).T:
        order = np.argsort(column, kind="stable")
        same = np.flatnonzero(column[order][1:] == column[order][:-1]) + 1
        if not len(same):
            continue
        begins = np.flatnonzero(np.append(True, column[order][1:] != column[order][:-1]))
        first = order[begins[np.searchsorted(begins, same, side="right") - 1]]
        for one in (first, order[same - 1]):
            found.update(_close(held, one, order[same]))
    return sorted((int(there[one]), int(there[other])) for one, other in found)


def _close(held: NDArray[np.uint16], one: NDArray[np.int64], other: NDArray[np.int64]) -> list[tuple[int, int]]:
    near = likeness(held[one], held[other]) >= ALIKE
    return list(zip(one[near].tolist(), other[near].tolist(), strict=True))


def drawn(texts: Sequence[str | None]) -> list[bytes | None]:
    """The sketch of each text; none of one that says nothing."""
    bare = [plain(text) if text is not None else "" for text in texts]
    told = [number for number, text in enumerate(bare) if text]
    found: list[bytes | None] = [None] * len(bare)
    for number, sketch in zip(told, sketches([bare[number] for number in told]), strict=True):
        found[number] = sketch.tobytes()
    return found


def _group_digest(group: str) -> str:
    return sha256(f"group\0{group}".encode()).hexdigest()


def _why(unit: str, key: str, grouped: bool) -> str:
    return NEAR if key != unit else GROUP if grouped else ROW


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
