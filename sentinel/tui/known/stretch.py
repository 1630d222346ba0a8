"""A stretch of the record: events one after the other, none between them left out, and no more than can be held."""

from collections.abc import Sequence

from sentinel.domain.digest import Json
from sentinel.tui.shown.about_event import event_row
from sentinel.tui.widgets.grid import Row

MOST = 5_000


class Stretch:
    """The events of all streams or of some; it grows at its end as they happen, and at its beginning when asked."""

    def __init__(self, scope: str | None = None, most: int = MOST) -> None:
        """`scope` is a stream, or the beginning of the names of several: `run/`."""
        self.scope, self.most = scope, most
        self.rows: list[Row] = []
        self.known = False
        """Whether the latest are known; what happens before that is kept."""
        self.begins = False
        """Whether nothing was on record before it."""
        self.cut = False
        """Whether the latest were let go for older ones."""
        self.count = 0
        """How many have happened since it is known."""

    @property
    def first(self) -> int | None:
        """The seq of its first event."""
        return int(self.rows[0].key) if self.rows else None

    @property
    def last(self) -> int:
        """The seq of its last event; 0 where it is empty."""
        return int(self.rows[-1].key) if self.rows else 0

    def takes(self, event: Json) -> bool:
        """Whether it is one of its streams'."""
        stream, scope = str(event["stream"]), self.scope
        return scope is None or stream == scope or (scope.endswith("/") and stream.startswith(scope))

    def happened(self, event: Json) -> None:
        """An event was put on record."""
        if self.takes(event) and event["seq"] > self.last:
            self.count += 1
            if not self.cut:
                self.rows.append(event_row(event))
                # seldom: to let one go at a time would move all others each time
                if len(self.rows) > self.most + self.most // 10:
                    self._drop()

    def latest(self, events: Sequence[Json], limit: int) -> None:
        """These are the latest, at most so many; where others lie between, what was known before is let go."""
        if self.cut:
            return
        whole = len(events) < limit
        if not self.known or (events and events[0]["seq"] > self.last and not whole):
            newer = [row for row in self.rows if not events or int(row.key) > events[-1]["seq"]]
            self.rows = [*map(event_row, events), *newer]
            self.begins = whole
        else:
            self.rows += [event_row(event) for event in events if event["seq"] > self.last]
        self.known = True
        self._drop()

    def older(self, events: Sequence[Json], limit: int) -> None:
        """These lie before it, at most so many."""
        before = [event_row(event) for event in events if self.first is None or event["seq"] < self.first]
        self.begins = len(events) < limit
        self.rows = before + self.rows
        if len(self.rows) > self.most:
            self.cut = True
            del self.rows[self.most :]

    def _drop(self) -> None:
        if (over := len(self.rows) - self.most) > 0:
            del self.rows[:over]
            self.begins = False
