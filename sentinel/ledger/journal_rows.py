"""Rows that are made of one event each, and never change."""

from typing import NamedTuple


class VerdictRow(NamedTuple):
    """A gate's verdict, by the attempt that gave it. Made of one event, and never changed."""

    seq: int
    id: str
    run: str
    step: str
    gate: str
    verdict: str
    sentence: str
    subject: str | None
    against: str | None
    round: int
    at: int
    body: str


class AliasMoveRow(NamedTuple):
    """A move of an alias and what it cites. Made of one event, and never changed."""

    seq: int
    line: str
    alias: str
    version: str
    was: str | None
    because: str
    verdicts: str
    reason: str
    at: int
    actor: str


class FireRow(NamedTuple):
    """A slot of a trigger that fired, and into which run. Made of one event, and never changed."""

    seq: int
    trigger: str
    due_at: int
    missed: int
    reason: str
    numbers: str | None
    run: str
    coalesced: bool
    at: int


class RankRow(NamedTuple):
    """A place that a repository had come to. Made of one event, and never changed."""

    seq: int
    line: str
    repo: str
    dataset: str
    derived: bool
    rank: int | None
    of: int
    value: float | None
    at: int


class ForecastRow(NamedTuple):
    """When a run was expected to start and to end, as it was queued or as it began: half of all cases, and nine of ten.

    Made of one event, and never changed.
    """

    seq: int
    run: str
    when: str
    start_middle: int | None
    start_bound: int | None
    end_middle: int | None
    end_bound: int | None
    at: int
