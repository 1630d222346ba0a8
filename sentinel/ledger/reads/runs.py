"""Questions about runs, their steps and attempts, and about events."""

from sentinel.domain.event import Event
from sentinel.ledger.reads.select import Select
from sentinel.ledger.streams import FIELDS, read_records
from sentinel.ledger.tables import AttemptRow, RunRow, StepRow

PAGE = 50
_OPEN = "state IN ('queued', 'running', 'waiting', 'paused')"
_KINDS = ("recipe", "asked")
_LATELY = 2000
"""So many of the last events of a stream are looked through for some of a kind."""


class RunReads(Select):
    """Runs and what is in them."""

    def runs(
        self, *, before: int | None = None, limit: int = PAGE, state: str | None = None, line: str | None = None,
        recipe: str | None = None, asked: bool = False,
    ) -> list[RunRow]:  # fmt: skip
        """The latest runs, newest first; the next page begins before the last one's `num`."""
        narrow = {"state": state, "line": line, "recipe": recipe}
        held = {column: value for column, value in narrow.items() if value is not None}
        where = "".join(f" AND {column} = ?" for column in held)
        if before is not None:
            where += " AND num < ?"
        values = [*held.values(), *([] if before is None else [before]), limit]
        # one query a kind: an index that is ordered within each kind is not ordered over both
        found = [
            run
            for kind in (_KINDS if asked else _KINDS[:1])
            for run in self._all(RunRow, f"WHERE kind = ?{where} ORDER BY num DESC LIMIT ?", kind, *values)
        ]
        return sorted(found, key=lambda run: -run.num)[:limit]

    def open_runs(self) -> list[RunRow]:
        """Every run that has not ended, in the order in which they were asked for."""
        return self._all(RunRow, f"WHERE {_OPEN} ORDER BY num")

    def runs_for(self, purpose: str, line: str | None, limit: int = PAGE) -> list[RunRow]:
        """The runs that were asked for to one purpose, as its canonical JSON: open ones first, then by their end."""
        where = "WHERE purpose = ? AND line IS ?"
        still = self._all(RunRow, f"{where} AND ended_at IS NULL LIMIT ?", purpose, line, limit)
        ended = f"{where} AND ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT ?"
        return still + self._all(RunRow, ended, purpose, line, limit)

    def run_row(self, run: str) -> RunRow | None:
        """One run."""
        return self._one(RunRow, "WHERE id = ?", run)

    def last_run(self) -> int:
        """The highest number that a run has."""
        return int(self._values("SELECT coalesce(max(num), 0) FROM runs")[0])

    def steps_of(self, run: str) -> list[StepRow]:
        """A run's steps in the order of the file, each followed by its elements."""
        steps = self._all(StepRow, "WHERE run = ?", run)
        return sorted(steps, key=lambda step: (step.position, -1 if step.element is None else step.element))

    def attempts_of(self, run: str) -> list[AttemptRow]:
        """A run's attempts in the order in which they started."""
        return sorted(self._all(AttemptRow, "WHERE run = ?", run), key=lambda attempt: (attempt.started_at, attempt.id))

    def attempt(self, attempt: str) -> AttemptRow | None:
        """One attempt."""
        return self._one(AttemptRow, "WHERE run = ? AND id = ?", attempt.partition(".")[0], attempt)

    def live_attempts(self) -> list[AttemptRow]:
        """Every attempt at a step that is on record as running."""
        return self._all(AttemptRow, "WHERE state = 'started'")

    def last_seq(self) -> int:
        """The seq of the last event."""
        return int(self._values("SELECT coalesce(max(seq), 0) FROM events")[0])

    def events(self, since: int = 0, limit: int = PAGE, stream: str | None = None) -> list[Event]:
        """The events after a seq, oldest first, of one stream or of all."""
        if stream is None:
            return self._events("WHERE seq > ? ORDER BY seq LIMIT ?", since, limit)
        latest = "SELECT version FROM events WHERE stream = ? AND seq <= ? ORDER BY version DESC LIMIT 1"
        known = self._values(latest, stream, since) if since else []
        version = known[0] if known else 0
        return self._events("WHERE stream = ? AND version > ? ORDER BY version LIMIT ?", stream, version, limit)

    def latest_events(
        self, limit: int = PAGE, before: int | None = None, stream: str | None = None
    ) -> list[Event]:  # fmt: skip
        """The events before a seq, newest first, of one stream or of all."""
        last = before if before is not None else 2**62
        if stream is None:
            return self._events("WHERE seq < ? ORDER BY seq DESC LIMIT ?", last, limit)
        return self._events("WHERE stream = ? AND seq < ? ORDER BY version DESC LIMIT ?", stream, last, limit)

    def latest_like(self, name: str, first: int, before: int, limit: int = PAGE) -> list[Event]:
        """The events from a seq up to another of the streams whose names begin so, newest first."""
        # by seq alone: the index of streams would have them in another order
        where = "WHERE seq >= ? AND seq < ? AND substr(stream, 1, ?) = ? ORDER BY seq DESC LIMIT ?"
        return self._events(where, first, before, len(name), name, limit)

    def latest_of(self, stream: str, *kinds: str, limit: int = PAGE) -> list[Event]:
        """The events of these kinds among the last of a stream, newest first; none that lies far behind."""
        recent = "version > (SELECT max(version) FROM events WHERE stream = ?) - ?"
        marks = ", ".join("?" * len(kinds))
        where = f"WHERE stream = ? AND {recent} AND kind IN ({marks}) ORDER BY version DESC LIMIT ?"
        return self._events(where, stream, stream, _LATELY, *kinds, limit)

    def _events(self, rest: str, *values: object) -> list[Event]:
        sql = f"SELECT {FIELDS} FROM events {rest}"  # noqa: S608 - our own names
        return [event for event, _ in read_records(self._connection, sql, values)]
