"""A line on the Hub as it is shown: its versions with their scores and places, what waits, and what is behind."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sentinel.api.board_behind import Behind, behind
from sentinel.api.sent_shape import delivery_shape, receipt_of
from sentinel.domain.board import Board, Place, Seen
from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import Json
from sentinel.domain.line.state import Line, Version
from sentinel.domain.sending import PUBLISH, SUBMIT
from sentinel.domain.streams import stream_of
from sentinel.supervisor.work import Work

VERSIONS, OUTBOX = 12, 50
"""So many of a line's versions, the newest ones, and of what waits, are shown."""
_BEFORE = 20
"""So many of its earlier places are told."""
_RECENT, _SENT, _VERDICTS = 24, 12, 4
"""So much of what was sent of a line, and of one model, and so many of its verdicts, are looked at."""


def board_shape(work: Work, line: str | None, has_hub: bool = True) -> Json:
    """All about a line on the Hub; of no line, what was sent for none."""
    view = _View(work, line)
    rows = [_version_row(view, version, model) for version, model in view.shown]
    places = sorted(view.board.places.items())
    told = Behind(view.line.champion, rows, view.board, work.at)
    return {
        "line": line, "champion": view.line.champion, "versions": rows, "more": view.more,
        "places": [
            {**_place(each.place), "since": each.since, "before": _before(work, line or "", each.place)}
            for _, each in places
        ],
        "rejected": [{"repo": each.repo, "file": each.file, "why": each.why} for each in view.board.rejected],
        "unread": list(view.board.unread), "read_at": view.board.read_at or None,
        "outbox": [delivery_shape(view.delivery(row.delivery)) for row in work.ledger.reads.outbox(line, OUTBOX)],
        "behind": behind(told) if has_hub else [],
    }  # fmt: skip


@dataclass
class _View:
    """What is looked at for one line."""

    work: Work
    name: str | None
    holders: dict[str, str | None] = field(default_factory=dict)

    @cached_property
    def line(self) -> Line:
        """The line; one without versions where there is none."""
        return self.work.line(self.name) if self.name is not None else Line("")

    @cached_property
    def board(self) -> Board:
        """What was read of the boards."""
        held: Board = self.work.state(stream_of("board", self.name)) if self.name is not None else Board("")
        return held

    @cached_property
    def newest(self) -> list[Version]:
        """The line's versions, the newest first."""
        return list(self.line.versions.values())[::-1]

    @property
    def more(self) -> int:
        """How many versions are not shown."""
        return len(self.newest) - sum(version is not None for version, _ in self.shown)

    @cached_property
    def shown(self) -> list[tuple[Version | None, str]]:
        """The newest versions, those that an alias names, and the models besides of which something was sent."""
        named = set(self.line.named.values())
        found = [each for place, each in enumerate(self.newest) if place < VERSIONS or each.id in named]
        models = {each.model for each in self.newest}
        besides = dict.fromkeys(row.model for row in self.work.ledger.reads.sendings_for(self.name, _RECENT))
        return [*((each, each.model) for each in found), *((None, each) for each in besides if each not in models)]

    def delivery(self, name: str) -> Delivery:
        """A delivery."""
        held: Delivery = self.work.state(stream_of("delivery", name))
        return held

    def sent(self, model: str) -> list[Delivery]:
        """What was sent of a model: of the same thing to the same place, the last."""
        found: dict[tuple[str, str, str], Delivery] = {}
        for row in self.work.ledger.reads.sendings_about(self.name, model, _SENT):
            found.setdefault((row.act, row.target, row.submission), self.delivery(row.delivery))
        return list(found.values())

    def holder(self, repo: str) -> str | None:
        """The model that one of our repositories holds, as far as is known."""
        if repo not in self.holders:
            rows = self.work.ledger.reads.sendings_to(repo, PUBLISH, _SENT)
            done = (row.model for row in rows if self.delivery(row.delivery).state == "done")
            self.holders[repo] = next(done, None)
        return self.holders[repo]

    def seen(self, repo: str) -> Seen:
        """How the last look found a repository."""
        return next((each for each in self.board.seen if each.repo == repo), Seen(repo))


def _version_row(view: _View, version: Version | None, model: str) -> Json:
    sent = view.sent(model)
    aliases = [name for name, held in view.line.named.items() if version is not None and held == version.id]
    published = {each.target: each for each in reversed(sent) if each.content["act"] == PUBLISH}
    return {
        "version": version.id if version is not None else None, "model": model, "aliases": aliases,
        "spec": version.label if version is not None and version.label not in ("", version.id) else None,
        "sent": [delivery_shape(each) for each in sent],
        "published": [_published(view, each, model) for each in published.values()],
        "scores": list(_scores(view, [each for each in sent if each.content["act"] == SUBMIT], model)),
        "judged": list(_judged(view, model)),
    }  # fmt: skip


def _published(view: _View, delivery: Delivery, model: str) -> Json:
    """Where a version is, and whether that still holds."""
    is_there = delivery.state == "done" and view.holder(delivery.target) == model
    private = view.seen(delivery.target).private
    told = receipt_of(delivery).get("private", delivery.content["private"])
    return {
        "repo": delivery.target, "state": delivery.state, "delivery": delivery.id, "is_there": is_there,
        "commit": receipt_of(delivery).get("commit"), "private": told if private is None else private,
    }  # fmt: skip


def _scores(view: _View, submits: list[Delivery], model: str) -> Iterator[Json]:
    """Each score as it was last submitted, with its places where it stands on a board."""
    known = set()
    for delivery in submits:
        repo, request = delivery.target, receipt_of(delivery).get("request")
        seen = view.seen(repo)
        is_there = delivery.state == "done" and (request is not None or view.holder(repo) == model)
        for entry in delivery.content["entries"]:
            name = (repo, entry["dataset"], entry["task"])
            if name in known:
                continue
            known.add(name)
            alone = sum(each["dataset"] == entry["dataset"] for each in delivery.content["entries"]) == 1
            alone = alone and view.board.read_at >= delivery.intended_at
            places = {
                word: _place(stands.place) if is_there and stands and _is_its(stands.place, entry, alone) else None
                for word, derived in (("rank", False), ("with_derived", True))
                for stands in [view.board.places.get((repo, entry["dataset"], derived))]
            }
            yield {
                **entry, "repo": repo, "delivery": delivery.id, "state": delivery.state, "is_there": is_there,
                "request": request, "request_state": seen.state if request is not None else None,
                "private": seen.private, **places,
            }  # fmt: skip


def _is_its(place: Place, entry: Json, alone: bool) -> bool:
    """Whether a repository's place is that of this score: it may rank several, or have been read of an older one."""
    return alone or place.value is None or abs(place.value - entry["value"]) < 1e-6


def _judged(view: _View, model: str) -> Iterator[Json]:
    """The scores that gates saw, each as it was seen last."""
    known = set()
    for row in view.work.ledger.reads.verdicts_on(model, _VERDICTS, view.name):
        for finding in json.loads(row.body)["findings"]:
            told = finding["evidence"]
            if not isinstance(told, dict) or not {"bound", *_MEASURE} <= set(told):
                continue
            if (told["set"], told["metric"]) not in known:
                known.add((told["set"], told["metric"]))
                yield {
                    "gate": row.gate,
                    "verdict": row.verdict,
                    "at": row.at,
                    **{name: told[name] for name in _MEASURE},
                }


_MEASURE = ("set", "metric", "estimate", "lower", "upper", "n", "alpha")


def _before(work: Work, line: str, place: Place) -> list[Json]:
    """Where it stood before, the latest first."""
    rows = work.ledger.reads.ranks(line, *place.key, limit=_BEFORE)
    return [{"rank": row.rank, "of": row.of, "value": row.value, "at": row.at} for row in rows[1:]]


def _place(place: Place) -> Json:
    return {
        "repo": place.repo, "dataset": place.dataset, "derived": place.derived, "rank": place.rank, "of": place.of,
        "value": place.value,
    }  # fmt: skip
