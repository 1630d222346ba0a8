"""A line on the Hub as it is shown: what was sent of which version, where that stands, what waits, what is behind."""

from sentinel.contract.submission import PUBLISH, SUBMIT
from sentinel.domain.board import Board, Place
from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import Json
from sentinel.domain.line.state import Line
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger
from sentinel.supervisor.board import sendings_for
from sentinel.supervisor.work import Work


def board_shape(work: Work, line: str) -> Json:
    """All about a line on the Hub: each version that something was sent of, the places, and what is wrong."""
    held, standing = work.line(line), _read(work, line)
    sendings = sendings_for(work, line)
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


def sent_shape(ledger: Ledger, run: str) -> list[Json]:
    """What a run wanted to have sent, and what became of it."""
    return [_delivery(ledger.state(stream_of("delivery", row.delivery))) for row in ledger.reads.sendings_of(run)]


def _read(work: Work, line: str) -> Board:
    held: Board = work.state(stream_of("board", line))
    return held


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


def _place(place: Place, since: int) -> Json:
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
