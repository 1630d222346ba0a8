"""A line on the Hub: which of its scores lie there, and what was read of its boards."""

import json

from sentinel.contract.attempt import AttemptOut
from sentinel.domain.board import part_of, read
from sentinel.domain.digest import Json
from sentinel.domain.run.state import Attempt, Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.work import Work

RANKS = "ranks"
"""The step that reads the boards; nothing that another says of them is believed."""


def take_reading(work: Work, run: Run, attempt: Attempt, result: AttemptOut) -> None:
    """Put on record what was read of the boards, for each line whose repositories it is about."""
    reading = result.reading
    if reading is None or run.planned(attempt.step).use != RANKS:
        return
    for line in [run.line] if run.line is not None else work.ledger.reads.lines_sent():
        repos = {each["repo"]: each["datasets"] for each in submitted(work, line)}
        if repos:
            stream = stream_of("board", line)
            work.apply(stream, read(work.state(stream), part_of(reading, repos)))


def submitted(work: Work, line: str | None) -> list[Json]:
    """The repositories that hold scores, of one line or of all: with the datasets that they are for, and the key of a
    pull request where they are another's.
    """
    datasets: dict[str, set[str]] = {}
    keys: dict[str, str | None] = {}
    for name in [line] if line is not None else work.ledger.reads.lines_sent():
        for row in sorted(work.ledger.reads.submitted(name), key=lambda row: row.num):
            datasets.setdefault(row.target, set()).update(json.loads(row.datasets))
            keys[row.target] = row.key if row.request else None
    return [{"repo": repo, "datasets": sorted(held), "key": keys[repo]} for repo, held in sorted(datasets.items())]
