"""Events that are asked about by themselves, whatever their stream comes to later: one row each, never changed."""

from collections.abc import Callable
from typing import Any

from sentinel.domain.board import RankRead
from sentinel.domain.digest import Json, canonical
from sentinel.domain.event import Event
from sentinel.domain.form import to_json
from sentinel.domain.line.events import AliasMoved
from sentinel.domain.run.events import GateJudged, RunForeseen
from sentinel.domain.streams import parts_of
from sentinel.domain.trigger_stream import TriggerFired
from sentinel.ledger import journal_rows as rows
from sentinel.ledger import tables as t

JOURNALS = frozenset({"verdicts", "alias_moves", "fires", "ranks", "forecasts"})
"""The tables that hold such rows."""


def journal(event: Event) -> tuple[str, t.Row] | None:
    """The table and the row of an event, where it has one."""
    make = _JOURNAL.get(type(event.body))
    return make(event, event.body) if make is not None else None


def _verdict(event: Event, body: GateJudged) -> tuple[str, t.Row]:
    verdict = body.verdict
    return "verdicts", rows.VerdictRow(
        event.seq, body.attempt, parts_of(event.stream)[1], body.step, verdict.gate, verdict.verdict,
        verdict.sentence, verdict.subject, verdict.against, verdict.round, event.at, _text(to_json(verdict)),
    )  # fmt: skip


def _alias_move(event: Event, body: AliasMoved) -> tuple[str, t.Row]:
    return "alias_moves", rows.AliasMoveRow(
        event.seq, parts_of(event.stream)[1], body.alias, body.version, body.was, body.because,
        _text(list(body.verdicts)), body.reason, event.at, event.actor,
    )  # fmt: skip


def _fire(event: Event, body: TriggerFired) -> tuple[str, t.Row]:
    numbers = None if body.numbers is None else _text(body.numbers)
    return "fires", rows.FireRow(
        event.seq, parts_of(event.stream)[1], body.due_at, body.missed, body.reason, numbers, body.run,
        body.coalesced, event.at,
    )  # fmt: skip


def _rank(event: Event, body: RankRead) -> tuple[str, t.Row]:
    return "ranks", rows.RankRow(
        event.seq, parts_of(event.stream)[1], body.repo, body.dataset, body.derived, body.rank, body.of, body.value,
        event.at,
    )  # fmt: skip


def _forecast(event: Event, body: RunForeseen) -> tuple[str, t.Row]:
    return "forecasts", rows.ForecastRow(
        event.seq, parts_of(event.stream)[1], body.when, body.start, body.start_bound, body.end, body.end_bound,
        event.at,
    )  # fmt: skip


_JOURNAL: dict[type, Callable[[Event, Any], tuple[str, t.Row]]] = {
    GateJudged: _verdict, AliasMoved: _alias_move, TriggerFired: _fire, RankRead: _rank,
    RunForeseen: _forecast,
}  # fmt: skip


def _text(value: Json) -> str:
    return canonical(value).decode()
