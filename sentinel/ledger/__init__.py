"""The ledger: events, the rows they make, migrations, backup and the doctor. The only SQL."""

from sentinel.ledger.errors import LedgerConflict, LedgerDamaged, LedgerError, LedgerFull
from sentinel.ledger.ledger import Ledger
from sentinel.ledger.restore import restore

__all__ = ["Ledger", "LedgerConflict", "LedgerDamaged", "LedgerError", "LedgerFull", "restore"]
