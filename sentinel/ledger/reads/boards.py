"""Questions about the Hub: what was wanted to be sent there, and what its boards said."""

from collections.abc import Iterator

from sentinel.ledger.journal_rows import RankRow
from sentinel.ledger.reads.runs import PAGE
from sentinel.ledger.reads.select import Select
from sentinel.ledger.tables import SendingRow

_OPEN = """SELECT id FROM deliveries WHERE state IN ('waiting', 'trying')
    UNION ALL SELECT id FROM deliveries WHERE state = 'given-up'"""


class BoardReads(Select):
    """The Hub, as far as the ledger knows."""

    def sending(self, key: str) -> SendingRow | None:
        """What was wanted to be sent under a key."""
        return self._one(SendingRow, 'WHERE "key" = ?', key)

    def sendings_to(self, target: str, act: str, limit: int = PAGE) -> list[SendingRow]:
        """What was wanted to be done at a repository, the newest first."""
        return self._all(SendingRow, "WHERE target = ? AND act = ? ORDER BY num DESC LIMIT ?", target, act, limit)

    def sendings_about(self, line: str | None, model: str, limit: int = PAGE) -> list[SendingRow]:
        """What was wanted to be sent of a model for a line, the newest first."""
        return self._all(SendingRow, "WHERE line IS ? AND model = ? ORDER BY num DESC LIMIT ?", line, model, limit)

    def sendings_of(self, run: str) -> list[SendingRow]:
        """What a run wanted to have sent."""
        return self._all(SendingRow, "WHERE run = ? ORDER BY num", run)

    def outbox(self, line: str | None, limit: int = PAGE) -> list[SendingRow]:
        """What of a line waits, is on its way or was given up, the newest first."""
        return self._all(
            SendingRow, f"WHERE line IS ? AND delivery IN ({_OPEN}) ORDER BY num DESC LIMIT ?", line, limit
        )

    def sendings_for(self, line: str | None, limit: int = PAGE) -> list[SendingRow]:
        """What was wanted to be sent for a line, the newest first; or for none."""
        return self._all(SendingRow, "WHERE line IS ? ORDER BY num DESC LIMIT ?", line, limit)

    def lines_sent(self) -> list[str]:
        """The lines for which something was ever wanted to be sent."""
        return list(self._each("SELECT min(line) FROM sendings WHERE line > ?", ""))

    def submitted(self, line: str) -> list[SendingRow]:
        """The scores of a line that lie on the Hub: for each repository and its datasets, what was sent last."""
        found, last = list[SendingRow](), ("", "")
        of_line = "act = 'submit' AND line = ? AND (target, datasets)"
        while row := self._one(SendingRow, f"WHERE {of_line} > (?, ?) ORDER BY target, datasets", line, *last):
            last = row.target, row.datasets
            done = "delivery IN (SELECT id FROM deliveries WHERE id = delivery AND state = 'done')"
            sent = self._one(SendingRow, f"WHERE {of_line} = (?, ?) AND {done} ORDER BY num DESC", line, *last)
            found += [sent] if sent is not None else []
        return found

    def ranks(self, line: str, repo: str, dataset: str, derived: bool, limit: int = PAGE) -> list[RankRow]:
        """The places that a repository of a line had come to on a board, the newest first."""
        place = "line = ? AND repo = ? AND dataset = ? AND derived = ?"
        return self._all(RankRow, f"WHERE {place} ORDER BY seq DESC LIMIT ?", line, repo, dataset, derived, limit)

    def _each(self, sql: str, last: str) -> Iterator[str]:
        """One value after the other, each by the index: they are few, however many rows have them."""
        while (found := self._values(sql, last)[0]) is not None:
            yield found
            last = found
