"""Streams as their events have made them: read, checked, replayed, and kept at hand while they are wanted."""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sentinel.domain.delivery import Delivery
from sentinel.domain.event import Event, Happened, UnknownEvent, decode
from sentinel.domain.plan import Plan, Policy
from sentinel.domain.run.events import RunQueued
from sentinel.domain.run.state import Run
from sentinel.domain.streams import AGGREGATES, parts_of, stream_of
from sentinel.ledger.errors import LedgerDamaged, damaged, told
from sentinel.ledger.rows import Made, Place
from sentinel.ledger.sums import SHORT, Fields, event_sum
from sentinel.ledger.tables import Row

KEPT_AT_HAND = 512
"""How many streams that have come to an end stay in memory. Open runs, lines, triggers and the house always do."""

FIELDS = "seq, stream, version, kind, payload_version, at, actor, cause, payload, sum"
NO_PLAN = Plan("", "", None, {}, (), Policy(), {}, "")
"""The plan of a run that was never asked for."""

Kept = dict[Place, tuple[Row, bytes]]
"""The rows of a stream, each with its sum."""


Record = tuple[Event, bytes]
"""An event on record and its sum."""


@dataclass(frozen=True, slots=True)
class Held:
    """A stream at hand: its state, its version, the digest of its plan where it is a run, and its rows once asked."""

    state: Any
    version: int = 0
    plan: str = ""
    rows: Kept | None = None

    def made(self, word: str) -> Made | None:
        """What rows are made from, or None where nothing has happened yet."""
        return Made(word, self.state, self.plan) if self.version else None


class Streams:
    """The states of all streams, replayed from their events when first asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._staying: dict[str, Held] = {}
        self._idle: OrderedDict[str, Held] = OrderedDict()

    def hold(self, stream: str) -> Held:
        """A stream as it stands on record."""
        held = self._staying.get(stream)
        if held is None:
            held = self._idle.get(stream) or self._replay(stream)
            self.keep(stream, held)
        return held

    def keep(self, stream: str, held: Held) -> None:
        """Have this stand for a stream, and let go of what has ended and nobody has asked about for long."""
        self.forget(stream)
        if held.version and _stays(held.state, stream):
            self._staying[stream] = held
            return
        self._idle[stream] = held
        if len(self._idle) > KEPT_AT_HAND:
            self._idle.popitem(last=False)

    def forget(self, stream: str) -> None:
        """Replay a stream when it is next asked for."""
        self._staying.pop(stream, None)
        self._idle.pop(stream, None)

    def _replay(self, stream: str) -> Held:
        held = Held(beginning(stream, NO_PLAN))
        for event, _ in records_of(self._connection, stream):
            held = self.after(stream, held, event)
        return held

    def after(self, stream: str, held: Held, event: Event, fresh: dict[str, Held] | None = None) -> Held:
        """A stream after one more event. A run begins with its plan, which may be `fresh`: kept in the same append."""
        if isinstance(event.body, RunQueued):
            held = self._begun(stream, event.body, fresh or {})
        evolve = AGGREGATES[parts_of(stream)[0]].evolve
        return Held(evolve(held.state, event.body, event.at, event.actor), event.version, held.plan, held.rows)

    def _begun(self, stream: str, body: RunQueued, fresh: dict[str, Held]) -> Held:
        source = stream_of("plan", body.plan)
        kept = (fresh.get(source) or self.hold(source)).state
        if kept.plan is None:
            raise damaged(f"The plan {body.plan[:12]} of {stream} is not on record.")
        return Held(beginning(stream, kept.plan), plan=body.plan)


def beginning(stream: str, plan: Plan) -> Any:
    """The state of a stream before anything has happened to it."""
    word, name = parts_of(stream)
    return Run(name, plan) if word == "run" else AGGREGATES[word].begin(name)


def records_of(connection: sqlite3.Connection, stream: str) -> Iterator[Record]:
    """A stream's events in order with their sums, and none missing between them."""
    sql = f"SELECT {FIELDS} FROM events WHERE stream = ? ORDER BY version"  # noqa: S608 - our own column names
    for version, record in enumerate(read_records(connection, sql, (stream,)), start=1):
        if record[0].version != version:
            raise damaged(f"Event {version} of {stream} is missing.", f"stream {stream}")
        yield record


def read_records(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...]) -> Iterator[Record]:
    """The events of a query over all their columns, each checked against its sum."""
    with told():
        for fields in connection.execute(sql, values):
            yield checked_record(fields[:-1], fields[-1])


def checked_record(fields: Fields, short: bytes) -> Record:
    """The event of a record with its whole sum, if the record is what was written."""
    digest = event_sum(fields)
    seq, stream, version, kind, payload_version, at, actor, cause, payload = fields
    if digest[:SHORT] != short:
        raise damaged(f"Event {seq} is not what was written.", f"stream {stream}")
    try:
        body: Happened = decode(kind, payload_version, json.loads(payload))
    except (UnknownEvent, KeyError, TypeError, ValueError) as error:
        raise _unreadable(seq, stream, error) from error
    return Event(seq, stream, version, at, actor, cause, body), digest


def _unreadable(seq: int, stream: str, error: Exception) -> LedgerDamaged:
    return damaged(f"Event {seq} cannot be read by this release: {error}.", f"stream {stream}")


def _stays(state: Any, stream: str) -> bool:
    """Whether a stream is asked for again and again until something ends it."""
    if isinstance(state, Run):
        return state.open
    if isinstance(state, Delivery):
        return state.state in ("waiting", "trying")
    return parts_of(stream)[0] in ("house", "line", "trigger", "feed", "settling")
