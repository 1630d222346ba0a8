"""Questions to the ledger: each answered by an index, a page at a time, every row checked against its sum."""

from sentinel.ledger.reads.boards import BoardReads
from sentinel.ledger.reads.house import HouseReads
from sentinel.ledger.reads.lines import LineReads
from sentinel.ledger.reads.outcomes import OutcomeReads
from sentinel.ledger.reads.results import ResultReads
from sentinel.ledger.reads.runs import RunReads
from sentinel.ledger.reads.times import TimeReads

__all__ = ["Reads"]


class Reads(RunReads, ResultReads, LineReads, OutcomeReads, HouseReads, BoardReads, TimeReads):
    """All that may be asked of a ledger."""
