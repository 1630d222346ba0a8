"""Labels settle in rounds: numbered once they are due, and counted once each into the feeds of their line.

A round ends every `labels.every`. What is due by then is numbered, version by version, and each stretch of one version
becomes a signal of every set that is measured from outcomes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sentinel.domain.feed import SETTLED, Feed, Signal, feed_name, signal_id, take
from sentinel.domain.outcome import OutcomeSettled, Settling, SlotClosed, Told, measured, slot_of
from sentinel.domain.quantity import DAY
from sentinel.domain.refusal import Refusal
from sentinel.domain.streams import stream_of
from sentinel.ledger.tables import OutcomeRow
from sentinel.supervisor.alerts import alert
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.drift import METRIC, feed_for, look_at_drift, watchers
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.work import Work

AT_ONCE = 200
"""So many outcomes are taken in, or numbered, in one transaction."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What sentinel.yaml says of a line's labels."""

    settle: int
    audit: float
    every: int
    follow: str | None
    weekly: int
    twice: float
    sets: tuple[str, ...]
    """The sets that are measured from outcomes."""
    metric: str


def labels_of(catalogue: Catalogue, line: str) -> Labels:
    """What sentinel.yaml says of a line's labels."""
    config = catalogue.lines.get(line) or {}
    told = config.get("labels") or {}
    sets = tuple(name for name, held in (config.get("sets") or {}).items() if held.get("source") == "outcomes")
    return Labels(
        told.get("settle", 0), told.get("audit", 0.0), told.get("every", DAY), told.get("follow"),
        told.get("weekly", 0), told.get("twice", 0.0), sets,
        config.get("metric") or METRIC,
    )  # fmt: skip


def settle_outcomes(work: Work, floor: Floor, catalogue: Catalogue, line: str) -> None:
    """Number what has settled, a stretch at a time; once a round has nothing left, count it and close it."""
    labels, settling = labels_of(catalogue, line), _settling(work, line)
    slot = _next_slot(work, line, labels, settling)
    number = work.ledger.reads.next_number(line)
    pending = number > settling.next
    if pending:
        # a round that was begun is ended first, whatever has become due since
        slot = max(row.slot or 0 for row in work.ledger.reads.outcomes(line, limit=1))
    if slot is None or slot > work.at:
        return
    rows = work.ledger.reads.unsettled(line, slot, AT_ONCE)
    for index, row in enumerate(rows):
        late = slot_of(row.due, labels.every, 0) < slot
        work.apply(stream_of("outcome", row.name), [OutcomeSettled(number + index, slot, late)])
    if not rows:
        _close(work, floor, catalogue, line, slot, number)


def _close(work: Work, floor: Floor, catalogue: Catalogue, line: str, slot: int, number: int) -> None:
    """Count a round: one signal for each stretch of one version, in every set that is measured from outcomes."""
    labels, settling = labels_of(catalogue, line), _settling(work, line)
    rows = work.ledger.reads.settled(line, settling.next)
    signals = list(_signals(rows))
    for name in labels.sets:
        feed = feed_name(line, name, labels.metric)
        for signal in signals:
            stream = stream_of("feed", feed_for(work, feed, signal.version))
            held: Feed = work.state(stream)
            events = take(held, signal, work.at)
            if isinstance(events, Refusal):
                alert(work, "signal", feed, f"{feed} could not count its outcomes: {events.what}")
                break
            work.apply(stream, events)
        for trigger in watchers(catalogue, feed) if signals else ():
            look_at_drift(work, floor, catalogue, trigger)
    counted = sum(row.chance is not None for row in rows)
    work.apply(stream_of("settling", line), [SlotClosed(slot, number, counted)])
    work.dirty.update(floor.awaiting.get(line, ()))


def _signals(rows: Sequence[OutcomeRow]) -> Iterator[Signal]:
    for version, stretch in groupby(rows, key=lambda row: row.version):
        held = list(stretch)
        found = measured([told_of(row) for row in held])
        if found is None:
            continue
        first, last = held[0].number or 0, (held[-1].number or 0) + 1
        minted = signal_id(found.value, found.n, SETTLED, first, last)
        yield Signal(minted, found.value, found.n, found.variance, version, SETTLED, first, last)


def told_of(row: OutcomeRow) -> Told:
    """What was told, of a row."""
    return Told(
        row.id, row.at, row.value, row.counts, row.why, row.chance, row.version, row.answer, row.label
    )  # fmt: skip


def next_settling(work: Work, catalogue: Catalogue, line: str) -> int | None:
    """When the next round of a line ends in which something settles."""
    settling = _settling(work, line)
    if work.ledger.reads.next_number(line) > settling.next:
        return work.at
    return _next_slot(work, line, labels_of(catalogue, line), settling)


def _next_slot(work: Work, line: str, labels: Labels, settling: Settling) -> int | None:
    due = work.ledger.reads.first_due(line)
    return None if due is None else slot_of(due, labels.every, settling.closed)


def _settling(work: Work, line: str) -> Settling:
    held: Settling = work.state(stream_of("settling", line))
    return held
