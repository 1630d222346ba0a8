"""Questions about outcomes: what has settled, what waits, and what they come to."""

from typing import NamedTuple

from sentinel.ledger.reads.runs import PAGE
from sentinel.ledger.reads.select import Select
from sentinel.ledger.tables import OutcomeRow


class OutcomeCount(NamedTuple):
    """How many outcomes of a line were labelled for one reason, and what became of them."""

    why: str
    taken: int
    settled: int
    late: int
    counted: int
    """Those that were left to a known chance."""
    right: float
    again: int
    apart: int
    """Those of which two labels differ."""
    fresh: int
    """Those that came in lately."""


LABEL = ("number", "id", "at", "value", "counts", "why", "chance", "version", "answer", "label", "slot")
"""What is told of a label that has settled, in this order."""


class Settled(NamedTuple):
    """Labels that have settled, as far as rows are made of them."""

    rows: int
    labels: str
    """A list of lists, as JSON: the database writes it faster than it could be read and written here."""


class OutcomeReads(Select):
    """Labels of served answers."""

    def outcome_counts(self, line: str, since: int) -> list[OutcomeCount]:
        """What has come in on a line, by reason; `fresh` counts what came since then."""
        sql = (
            "SELECT why, count(*), count(number), sum(late), count(chance), total(value), sum(again <> '[]'),"
            " sum(again <> '[]' AND EXISTS (SELECT 1 FROM json_each(again) WHERE json_each.value <> outcomes.value)),"
            " sum(taken_at >= ?) FROM outcomes WHERE line = ? GROUP BY why ORDER BY why"
        )
        return self._tuples(OutcomeCount, sql, since, line)

    def outcomes(self, line: str, limit: int = PAGE, before: int | None = None) -> list[OutcomeRow]:
        """A line's outcomes that have settled, newest first; the next page begins before the last one's number."""
        last = before if before is not None else 2**62
        return self._all(
            OutcomeRow, "WHERE line = ? AND number < ? ORDER BY number DESC LIMIT ?", line, last, limit
        )  # fmt: skip

    def settled(self, line: str, number: int) -> list[OutcomeRow]:
        """The outcomes that settled from this number on, in order."""
        return self._all(OutcomeRow, "WHERE line = ? AND number >= ? ORDER BY number", line, number)

    def settled_until(self, line: str, slot: int, limit: int) -> Settled:
        """The newest labels of a line that settled in rounds which had ended by then."""
        names = ", ".join(LABEL)
        sql = (
            f"SELECT count(*), json_group_array(json_array({names})) FROM (SELECT {names} FROM outcomes"  # noqa: S608
            " WHERE line = ? AND number IS NOT NULL AND slot <= ? ORDER BY number DESC LIMIT ?)"
        )
        return self._tuples(Settled, sql, line, slot, limit)[0]

    def unsettled(self, line: str, slot: int, limit: int) -> list[OutcomeRow]:
        """The outcomes that settle in the round that ends at `slot`, and have not yet: by version, then by time."""
        order = "ORDER BY coalesce(version, ''), due, name LIMIT ?"
        return self._all(OutcomeRow, f"WHERE line = ? AND number IS NULL AND due <= ? {order}", line, slot, limit)

    def first_due(self, line: str) -> int | None:
        """When the first outcome that has not settled is due."""
        found = self._values("SELECT min(due) FROM outcomes WHERE line = ? AND number IS NULL", line)[0]
        return None if found is None else int(found)

    def next_number(self, line: str) -> int:
        """The number that the next outcome gets as it settles."""
        return int(self._values("SELECT coalesce(max(number), -1) + 1 FROM outcomes WHERE line = ?", line)[0])

    def outcomes_since(self, line: str, at: int, wrong: bool = False) -> int:
        """How many answers of a line were labelled since then; only those that were wrong, where that is asked."""
        less = " AND value < 1" if wrong else ""
        sql = f"SELECT count(DISTINCT id) FROM outcomes WHERE line = ? AND taken_at > ?{less}"  # noqa: S608 - our own
        return int(self._values(sql, line, at)[0])

    def labelled(self, line: str, ids: list[str]) -> list[OutcomeRow]:
        """The labels that these answers have, for whichever reason."""
        marks = ", ".join("?" * len(ids))
        return self._all(OutcomeRow, f"WHERE line = ? AND id IN ({marks}) ORDER BY id, why", line, *ids)
