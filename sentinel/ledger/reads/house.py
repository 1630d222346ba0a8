"""Questions about the house: files, alerts, nodes, triggers and the outbox."""

from sentinel.domain.delivery import LONGEST_PAUSE
from sentinel.ledger.journal_rows import FireRow
from sentinel.ledger.reads.runs import PAGE
from sentinel.ledger.reads.select import Select
from sentinel.ledger.tables import AlertRow, DeliveryRow, FileRow, HouseRow, NodeRow, TriggerRow


class HouseReads(Select):
    """What belongs to no run and no line."""

    def house(self) -> HouseRow | None:
        """The workspace's files as a whole, and who holds the ledger."""
        return self._one(HouseRow, "WHERE id = 'house'")

    def files(self) -> list[FileRow]:
        """The workspace's files, in force and broken."""
        return self._all(FileRow, "ORDER BY path")

    def alerts(self) -> list[AlertRow]:
        """The alerts that stand, oldest first."""
        return self._all(AlertRow, "ORDER BY raised_at, id")

    def nodes(self) -> list[NodeRow]:
        """The nodes that have been seen."""
        return self._all(NodeRow, "ORDER BY node")

    def triggers(self) -> list[TriggerRow]:
        """Every trigger that was ever in force."""
        return self._all(TriggerRow, "ORDER BY stream")

    def fires(self, trigger: str, limit: int = PAGE, before: int | None = None) -> list[FireRow]:
        """When a trigger fired, newest first; the next page begins before the last one's `due_at`."""
        last = before if before is not None else 2**62
        return self._all(
            FireRow, 'WHERE "trigger" = ? AND due_at < ? ORDER BY due_at DESC LIMIT ?', trigger, last, limit
        )

    def fires_into(self, run: str) -> list[FireRow]:
        """What fired into a run, in the order in which it did."""
        return self._all(FireRow, "WHERE run = ? ORDER BY seq", run)

    def deliveries(self) -> list[DeliveryRow]:
        """The deliveries that have not ended, oldest first."""
        return self._all(DeliveryRow, "WHERE state IN ('waiting', 'trying') ORDER BY num")

    def given_up(self, limit: int = PAGE) -> list[DeliveryRow]:
        """The deliveries that were given up and neither tried again nor overtaken since, oldest first."""
        return self._all(DeliveryRow, "WHERE state = 'given-up' ORDER BY num LIMIT ?", limit)

    def delivery(self, delivery: str) -> DeliveryRow | None:
        """One delivery."""
        return self._one(DeliveryRow, "WHERE id = ?", delivery)

    def due_deliveries(self, at: int) -> list[DeliveryRow]:
        """The deliveries whose time has come, the longest due first."""
        due = self._all(DeliveryRow, "WHERE state = 'waiting' AND next_at <= ? ORDER BY next_at", at)
        # what lies further ahead than any pause was put there before the clock was put back
        far = at + LONGEST_PAUSE
        return due + self._all(DeliveryRow, "WHERE state = 'waiting' AND next_at > ? ORDER BY next_at", far)

    def last_delivery(self) -> int:
        """The highest number that a delivery has."""
        return int(self._values("SELECT coalesce(max(num), 0) FROM deliveries")[0])
