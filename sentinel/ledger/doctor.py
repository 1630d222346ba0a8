"""The doctor: replays every event on a copy, holds every row and every sum against it, and says all that is wrong.

`python -m sentinel.ledger.doctor PATH` is how a daemon or a command line runs it: in a child, as lines of JSON.
"""

import json
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path

from sentinel.domain.event import Event
from sentinel.domain.refusal import Refused
from sentinel.domain.streams import AGGREGATES, parts_of
from sentinel.ledger.check import checkpoint, compare, replay
from sentinel.ledger.copy import private_copy
from sentinel.ledger.errors import LedgerError, damaged, differs
from sentinel.ledger.migrations import expected_schema, latest, schema_of
from sentinel.ledger.moves import legal_moves
from sentinel.ledger.opening import check_header
from sentinel.ledger.streams import FIELDS, Record, Streams, checked_record
from sentinel.ledger.sums import MODULUS
from sentinel.ledger.tables import TABLES

Told = Callable[[int, int], None]
"""Hears how many events have been replayed, of how many."""

AT_MOST = 100
"""How many faults are told of."""


@dataclass(slots=True)
class Report:
    """What the doctor found. Healthy where there are no faults."""

    path: str
    version: int = 0
    seq: int = 0
    streams: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """What is wrong with the ledger."""
    alarms: list[str] = field(default_factory=list)
    """What is rightly on record, and should not have happened."""

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong with the ledger."""
        return not self.faults


def doctor(path: Path, told: Told = lambda *_: None) -> Report:
    """Examine a ledger, whether or not a daemon is using it. Nothing in it is changed."""
    report = Report(str(path))
    try:
        check_header(path)
        with private_copy(path) as copy:
            _Examination(copy, report, told).all()
    except (Refused, LedgerError) as error:
        report.faults.append(str(error.refusal))
    return report


class _Examination:
    def __init__(self, copy: sqlite3.Connection, report: Report, told: Told) -> None:
        self._copy = copy
        self._report = report
        self._told = told
        self._streams = Streams(copy)
        self._made: Counter[str] = Counter()
        self._sum = 0

    def all(self) -> None:
        """Everything, as far as the file can be read at all."""
        report = self._report
        (report.version,) = self._copy.execute("PRAGMA user_version").fetchone()
        self._structure()
        (report.seq,) = self._copy.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        for stream, records in groupby(self._records(), key=lambda record: record[0].stream):
            self._stream(stream, list(records))
        if report.version == latest():
            self._totals()

    def _fault(self, error: LedgerError) -> None:
        if len(self._report.faults) < AT_MOST:
            self._report.faults.append(str(error.refusal))

    def _structure(self) -> None:
        for (found,) in self._copy.execute(f"PRAGMA integrity_check({AT_MOST})").fetchall():
            if found != "ok":
                self._fault(damaged(f"The ledger's file is damaged: {found}."))
        if self._report.version < latest():
            return
        strange = schema_of(self._copy) ^ expected_schema()
        for kind, name in sorted({(kind, name) for kind, name, *_ in strange}):
            self._fault(damaged(f"The {kind} {name} is not this release's."))
        if set(self._copy.execute("SELECT what, source, target FROM legal_moves")) != legal_moves():
            self._fault(damaged("The table of legal moves is not this release's.", "table legal_moves"))

    def _records(self) -> Iterator[Record]:
        """Every event that can be read, stream by stream."""
        sql = f"SELECT {FIELDS} FROM events ORDER BY stream, version"  # noqa: S608 - our own names
        for done, fields in enumerate(self._copy.execute(sql)):
            if done % 1000 == 0:
                self._told(done, self._report.seq)
            try:
                yield checked_record(fields[:-1], fields[-1])
            except LedgerError as error:
                self._fault(error)
        self._told(self._report.seq, self._report.seq)

    def _stream(self, stream: str, records: list[Record]) -> None:
        self._report.streams += 1
        try:
            if parts_of(stream)[0] not in AGGREGATES:
                raise damaged("No aggregate has such a stream.", f"stream {stream}")
            _check_sequence(stream, [event for event, _ in records])
            made = replay(self._streams, stream, records, 0)
            self._made.update(place.table for place in made.rows)
            self._sum += made.grown
            if self._report.version == latest():
                compare(self._copy, stream, made.rows)
        except LedgerError as error:
            self._fault(error)

    def _totals(self) -> None:
        """What no single stream can tell: rows that belong to none, events that are missing, and the sum."""
        import sqlite_utils  # brings a lot along, and only a child pays for it

        there = sqlite_utils.Database(self._copy)
        self._report.rows = {name: there[name].count for name in TABLES}
        for name, count in self._report.rows.items():
            if count != self._made[name]:
                self._fault(differs(f"There are {count} rows; the events make {self._made[name]}.", f"table {name}"))
        if there["events"].count != self._report.seq:
            self._fault(damaged(f"There are {there['events'].count} events; the last one is {self._report.seq}."))
        self._twins()
        try:
            now = checkpoint(self._copy)
            if now.sum != self._sum % MODULUS:
                self._fault(differs("The sum over everything is not what the events make.", "table checkpoint"))
        except LedgerError as error:
            self._fault(error)

    def _twins(self) -> None:
        """One id is one model. Where the same pins gave other weights, the work cannot be done again as it was."""
        made: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for line, pins, model, version in self._copy.execute(
            "SELECT line, pins, model, id FROM versions ORDER BY registered_at, id"
        ):
            made[line, pins].setdefault(model, version)
        for (line, _), by_model in made.items():
            first, *others = by_model.values()
            if not others:
                continue
            self._report.alarms.append(
                f"E-two-weights: {' and '.join(others)} of line {line} came of the very work that made {first}, with "
                "other weights: what was pinned does not decide the outcome, and a second run proves nothing.\n"
                f"  to do: `sentinel diff {first} {others[0]}` tells what differs; look for a step whose program reads "
                "what it does not declare."
            )


def _check_sequence(stream: str, events: list[Event]) -> None:
    for place, event in enumerate(events, start=1):
        if event.version != place or (place > 1 and event.seq <= events[place - 2].seq):
            raise damaged(f"Event {event.seq} is out of place.", f"stream {stream}")


def main(argv: list[str]) -> int:
    """Examine the ledger of the first argument; progress and the report go to standard output as lines of JSON."""

    def told(done: int, of: int) -> None:
        sys.stdout.write(json.dumps({"done": done, "of": of}) + "\n")
        sys.stdout.flush()

    report = doctor(Path(argv[0]), told)
    sys.stdout.write(json.dumps({"report": asdict(report), "healthy": report.healthy}) + "\n")
    return 0 if report.healthy else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
