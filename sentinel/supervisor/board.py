"""A line on the Hub: what was sent there, and what was read of its boards."""

from sentinel.contract.attempt import AttemptOut
from sentinel.contract.submission import SUBMIT
from sentinel.domain.board import Reading, read
from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import Json
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.work import Work

_MOST = 500
"""So many of the latest sendings of a line are looked at."""


def take_reading(work: Work, run: Run, result: AttemptOut) -> None:
    """Put on record what a step has read of the boards, for each line whose repositories it has read."""
    reading = result.reading
    if reading is None:
        return
    for line, repos in _repositories(work, run.line).items():
        places = tuple(each for each in reading.places if (each.repo, each.dataset) in _pairs(repos))
        rejected = tuple(each for each in reading.rejected if each.repo in repos)
        stream = stream_of("board", line)
        work.apply(stream, read(work.state(stream), Reading(places, rejected, reading.unread)))


def submitted(work: Work, line: str | None) -> Json:
    """The repositories that scores were sent to, each with the datasets that they were for; of one line, or of all."""
    found: dict[str, set[str]] = {}
    for repos in _repositories(work, line).values():
        for repo, datasets in repos.items():
            found.setdefault(repo, set()).update(datasets)
    return [{"repo": repo, "datasets": sorted(datasets)} for repo, datasets in sorted(found.items())]


def _repositories(work: Work, line: str | None) -> dict[str, dict[str, set[str]]]:
    """By line, the repositories that hold its scores, and the datasets that these are for."""
    names = [line] if line is not None else [row.line for row in work.ledger.reads.lines()]
    found = {name: _sent_to(sendings_for(work, name)) for name in names}
    return {name: repos for name, repos in found.items() if repos}


def _sent_to(sendings: list[Delivery]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for delivery in sendings:
        if delivery.content["act"] == SUBMIT and delivery.state == "done":
            found.setdefault(delivery.target, set()).update(entry["dataset"] for entry in delivery.content["entries"])
    return found


def _pairs(repos: dict[str, set[str]]) -> set[tuple[str, str]]:
    return {(repo, dataset) for repo, datasets in repos.items() for dataset in datasets}


def sendings_for(work: Work, line: str) -> list[Delivery]:
    """What was wanted to be sent for a line, the newest first."""
    rows = work.ledger.reads.sendings_for(line, _MOST)
    return [work.state(stream_of("delivery", row.delivery)) for row in rows]
