"""Questions about lines: their versions, aliases and where a version comes from."""

from sentinel.ledger.journal_rows import AliasMoveRow
from sentinel.ledger.reads.runs import PAGE
from sentinel.ledger.reads.select import Select
from sentinel.ledger.tables import AliasRow, FeedRow, LineageRow, LineRow, VersionRow

_GENERATIONS = 1000


class LineReads(Select):
    """Lines and their versions."""

    def lines(self) -> list[LineRow]:
        """Every line on record, by name."""
        return self._all(LineRow, "ORDER BY line")

    def versions(self, line: str, limit: int = PAGE, before: tuple[int, str] | None = None) -> list[VersionRow]:
        """A line's versions, newest first; the next page begins before the last one's (registered_at, id)."""
        order = "ORDER BY registered_at DESC, id DESC LIMIT ?"
        if before is None:
            return self._all(VersionRow, f"WHERE line = ? {order}", line, limit)
        where = f"WHERE line = ? AND (registered_at, id) < (?, ?) {order}"
        return self._all(VersionRow, where, line, *before, limit)

    def version(self, version: str) -> VersionRow | None:
        """One version, of whichever line."""
        return self._one(VersionRow, "WHERE id = ?", version)

    def aliases(self, line: str) -> list[AliasRow]:
        """Which version each alias of a line stands for."""
        return self._all(AliasRow, "WHERE line = ? ORDER BY alias", line)

    def alias_moves(self, line: str, limit: int = PAGE, before: int | None = None) -> list[AliasMoveRow]:
        """The moves of a line's aliases, newest first; the next page begins before the last one's `seq`."""
        last = before if before is not None else 2**62
        where = "WHERE line = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
        return self._all(AliasMoveRow, where, line, last, limit)

    def lineage(self, version: str) -> list[LineageRow]:
        """Where a version comes from, its parents' parents too: nearest first."""
        return self._walk(version, "child", "parent")

    def descendants(self, version: str) -> list[LineageRow]:
        """The versions that come from a version, their own descendants too: nearest first."""
        return self._walk(version, "parent", "child")

    def feeds(self, line: str) -> list[FeedRow]:
        """The feeds of a line, by name."""
        return self._all(FeedRow, "WHERE line = ? ORDER BY feed", line)

    def _walk(self, version: str, here: str, there: str) -> list[LineageRow]:
        found: list[LineageRow] = []
        fresh, seen = [version], {version}
        while fresh and len(seen) <= _GENERATIONS:
            kinds = "" if here == "child" else " AND kind = 'parent'"
            rows = [row for each in fresh for row in self._all(LineageRow, f"WHERE {here} = ?{kinds}", each)]
            found.extend(rows)
            ahead = [getattr(row, there) for row in rows if row.kind == "parent"]
            fresh = [name for name in dict.fromkeys(ahead) if name not in seen]
            seen.update(fresh)
        return found
