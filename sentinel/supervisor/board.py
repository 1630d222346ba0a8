"""A line on the Hub: what was sent there of which version, where that stands, and what is behind or waits."""

from sentinel.contract.attempt import AttemptOut
from sentinel.contract.submission import PUBLISH, SUBMIT
from sentinel.domain.board import Board, read
from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import Json
from sentinel.domain.line.state import Line
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
    for delivery in _sendings(work, line) if line is not None else ():
        if delivery.content["act"] == SUBMIT and delivery.state == "done":
            datasets = found.setdefault(delivery.target, {})
            datasets.update((entry["dataset"], None) for entry in delivery.content["entries"])
    return [{"repo": repo, "datasets": sorted(datasets)} for repo, datasets in sorted(found.items())]


def board(work: Work, line: str) -> Json:
    """All about a line on the Hub: each version that something was sent of, the places, and what is wrong."""
    held, standing = work.line(line), _board(work, line)
    sendings = _sendings(work, line)
    rows = [_version_row(held, model, [each for each in sendings if each.content["model"] == model])
            for model in dict.fromkeys(each.content["model"] for each in sendings)]  # fmt: skip
    return {
        "line": line, "champion": held.champion, "versions": rows,
        "places": [_place(each.place, each.since) for _, each in sorted(standing.places.items())],
        "rejected": [{"repo": each.repo, "file": each.file, "why": each.why} for each in standing.rejected],
        "unread": list(standing.unread), "read_at": standing.read_at or None,
        "outbox": [_delivery(each) for each in sendings if each.state != "done"],
        "behind": _behind(held, sendings),
    }  # fmt: skip


def sendings_of(work: Work, run: str) -> list[Json]:
    """What a run wanted to have sent, and what became of it."""
    rows = work.ledger.reads.sendings_of(run)
    return [_delivery(work.state(stream_of("delivery", row.delivery))) for row in rows]


def _board(work: Work, line: str) -> Board:
    held: Board = work.state(stream_of("board", line))
    return held


def _sendings(work: Work, line: str) -> list[Delivery]:
    rows = work.ledger.reads.sendings_for(line, _MOST)
    return [work.state(stream_of("delivery", row.delivery)) for row in rows]


def _version_row(line: Line, model: str, sendings: list[Delivery]) -> Json:
    version = line.version_of(model)
    told = {
        "version": version.id if version is not None else None, "model": model,
        "spec": version.label or None if version is not None else None,
        "aliases": [name for name, held in line.named.items() if version is not None and held == version.id],
    }  # fmt: skip
    sent = [_delivery(each) for each in sendings]
    return {**told, "sent": sent, "scores": [entry for each in sent for entry in each["entries"]]}


def _delivery(delivery: Delivery) -> Json:
    content, receipt = delivery.content, delivery.receipt or {}
    rejected = receipt.get("rejected") or []
    return {
        "delivery": delivery.id, "act": content["act"], "repo": delivery.target, "state": delivery.state,
        "attempts": delivery.attempts, "why": delivery.why, "maybe_sent": delivery.maybe_sent,
        "next_at": delivery.next_at if delivery.state == "waiting" else None, "intended_at": delivery.intended_at,
        "run": content["run"], "step": content["step"], "model": content["model"], "private": content["private"],
        "entries": content["entries"], "url": receipt.get("url"), "commit": receipt.get("commit"),
        "request": receipt.get("request"), "rejected": rejected,
    }  # fmt: skip


def _place(place: Json, since: int) -> Json:
    return {
        "repo": place.repo, "dataset": place.dataset, "derived": place.derived, "rank": place.rank, "of": place.of,
        "value": place.value, "since": since,
    }  # fmt: skip


def _behind(line: Line, sendings: list[Delivery]) -> list[str]:
    """What of the live model is not on the Hub as it is live here, a sentence each."""
    champion = line.versions.get(line.champion) if line.champion is not None else None
    if champion is None:
        return []
    found = []
    for act, what in ((PUBLISH, "published"), (SUBMIT, "submitted")):
        done = [each for each in sendings if each.content["act"] == act and each.state == "done"]
        if not any(each.content["model"] == champion.model for each in done):
            last = line.version_of(done[0].content["model"]) if done else None
            before = f"; the last that was is {last.id}" if last is not None else ""
            subject = "the champion" if act == PUBLISH else "the champion's scores"
            found.append(f"{subject}, {champion.id}, {'is' if act == PUBLISH else 'are'} not {what}{before}")
    return found
