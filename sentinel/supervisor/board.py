"""A line on the Hub: what was sent there, and what was read of its boards."""

from sentinel.contract.attempt import AttemptOut
from sentinel.contract.submission import SUBMIT
from sentinel.domain.board import read
from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import Json
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.work import Work

_MOST = 500
"""So many of the latest sendings of a line are looked at."""


def take_reading(work: Work, run: Run, result: AttemptOut) -> None:
    """Put on record what a step has read of the boards."""
    if result.reading is not None and run.line is not None:
        stream = stream_of("board", run.line)
        work.apply(stream, read(work.state(stream), result.reading))


def submitted(work: Work, line: str | None) -> Json:
    """The repositories that scores of a line were sent to, each with the datasets that they were for."""
    found: dict[str, dict[str, None]] = {}
    for delivery in sendings_for(work, line) if line is not None else ():
        if delivery.content["act"] == SUBMIT and delivery.state == "done":
            datasets = found.setdefault(delivery.target, {})
            datasets.update((entry["dataset"], None) for entry in delivery.content["entries"])
    return [{"repo": repo, "datasets": sorted(datasets)} for repo, datasets in sorted(found.items())]


def sendings_for(work: Work, line: str) -> list[Delivery]:
    """What was wanted to be sent for a line, the newest first."""
    rows = work.ledger.reads.sendings_for(line, _MOST)
    return [work.state(stream_of("delivery", row.delivery)) for row in rows]
