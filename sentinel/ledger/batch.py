"""What an append comes to: its events, and the rows that they change, worked out before anything is written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sentinel.domain.digest import Json, canonical
from sentinel.domain.event import Event, Happened, decode, encode
from sentinel.domain.run.events import AttemptEnded, CancelAsked, GateJudged, GateLifted, RunForeseen, RunReprioritised
from sentinel.domain.streams import parts_of
from sentinel.ledger.journal import JOURNALS, journal
from sentinel.ledger.rows import Made, Place, all_rows, changed
from sentinel.ledger.streams import Held, Kept, Streams
from sentinel.ledger.sums import SHORT, Fields, event_sum, number, row_sum
from sentinel.ledger.tables import TABLES, Row, Table

Change = tuple[str, Sequence[Happened]]


@dataclass(slots=True)
class Write:
    """One row as it is and as it will be, with its sum; None where there is none."""

    table: Table
    key: tuple[Any, ...]
    old: Row | None
    new: Row | None
    sum: bytes = b""


@dataclass(slots=True)
class Batch:
    """All that one append comes to, worked out before the transaction begins."""

    records: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    held: dict[str, Held] = field(default_factory=dict)
    added: int = 0
    """What the sum over everything grows by."""


def work_out(streams: Streams, changes: Sequence[Change], seq: int, at: int, actor: str, cause: int | None) -> Batch:
    """What an append comes to. Nothing but the batch changes, so that an error leaves everything as it was."""
    batch, actor = Batch(), _clean(actor)
    for stream, bodies in changes:
        held = batch.held.get(stream) or with_rows(streams.hold(stream), stream)
        rows, written = Rows(held.rows or {}), held
        for left, body in zip(range(len(bodies) - 1, -1, -1), bodies, strict=True):
            seq += 1
            event, digest = _record(batch, seq, stream, held.version + 1, at, actor, cause, body)
            held = streams.after(stream, held, event, batch.held)
            rows.note(event)
            if not left or not isinstance(body, _MOVES_NOTHING):
                rows.follow(stream, written, held)
                written = held
            batch.added += number(digest)
        batch.added += rows.settle()
        batch.writes.extend(rows.writes)
        batch.held[stream] = Held(held.state, held.version, held.plan, rows.kept)
    return batch


def with_rows(held: Held, stream: str) -> Held:
    """A stream with its rows, each with its sum."""
    if held.rows is not None:
        return held
    made = held.made(parts_of(stream)[0])
    rows: Kept = {}
    for place, row in (all_rows(made) if made is not None else {}).items():
        rows[place] = row, row_sum(place.table, row)
    return Held(held.state, held.version, held.plan, rows)


# After these nothing stands in another state, but an attempt that has ended for good: the rows may wait for the next.
_MOVES_NOTHING = (AttemptEnded, CancelAsked, GateJudged, GateLifted, RunForeseen, RunReprioritised)


def _record(
    batch: Batch, seq: int, stream: str, version: int, at: int, actor: str, cause: int | None, body: Happened
) -> tuple[Event, bytes]:
    kind, payload_version, payload = encode(body)
    text = _text(payload)
    fields: Fields = (seq, stream, version, kind, payload_version, at, actor, cause, text)
    digest = event_sum(fields)
    # what goes on is what is on record, so that a live state and a replayed one cannot differ
    event = Event(seq, stream, version, at, actor, cause, decode(kind, payload_version, json.loads(text)))
    batch.records.append((*fields, digest[:SHORT]))
    batch.events.append(event)
    return event, digest


def _text(payload: Json) -> str:
    try:
        return canonical(payload).decode()
    except UnicodeEncodeError:
        return canonical(_clean(payload)).decode()


def _clean(value: Any) -> Any:
    """The same value with what is no text, half a surrogate pair from outside, made into question marks."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(held) for key, held in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value


class Rows:
    """One stream's rows in the course of an append: what is on record, and the writes that lead on from there."""

    def __init__(self, kept: Kept) -> None:
        self._were = kept
        self._last: dict[Place, Write] = {}
        self.writes: list[Write] = []
        self.kept: Kept = kept

    def note(self, event: Event) -> None:
        """Note the row of an event that is asked about by itself."""
        entry = journal(event)
        if entry is not None:
            table, row = entry
            self.writes.append(Write(TABLES[table], (row[0],), None, row, row_sum(table, row)))

    def follow(self, stream: str, before: Held, after: Held) -> None:
        """Note the rows in which two states of the stream differ."""
        word = parts_of(stream)[0]
        made = Made(word, after.state, after.plan)
        if before.version:
            for place, row in changed(Made(word, before.state, before.plan), made):
                self._row(place, row)
        else:
            for place, row in all_rows(made).items():
                self._row(place, row)

    def _row(self, place: Place, row: Row | None) -> None:
        last = self._last.get(place)
        if last is None:
            was = self._were.get(place)
            if (was[0] if was else None) != row:
                self._add(place, was[0] if was else None, row)
        elif last.new != row:
            if _passes_through(last, row):
                self._add(place, last.new, row)
            else:
                last.new = row

    def _add(self, place: Place, old: Row | None, new: Row | None) -> None:
        self._last[place] = write = Write(TABLES[place.table], place.key, old, new)
        self.writes.append(write)

    def settle(self) -> int:
        """Take the sums of what is to be written, and give what the sum over all rows grows by."""
        kept, added = dict(self._were), 0
        self.writes = [write for write in self.writes if write.old != write.new]
        for write in self.writes:
            if write.new is not None and not write.sum:
                write.sum = row_sum(write.table.name, write.new)
        for place, last in self._last.items():
            gone = kept.pop(place, None)
            added -= number(gone[1]) if gone is not None else 0
            if last.new is not None:
                kept[place] = last.new, last.sum
                added += number(last.sum)
        added += sum(number(write.sum) for write in self.writes if write.table.name in JOURNALS)
        self.kept = kept
        return added


def _passes_through(last: Write, row: Row | None) -> bool:
    """Whether a row must be written as it stood in between: each state it passes is a move that the schema checks."""
    index = last.table.state
    if last.new is None:
        return True
    if index is None or row is None:
        return False
    between, target = last.new[index], row[index]
    return between != target and (last.old is None or between != last.old[index])
