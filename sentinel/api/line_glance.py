"""A line at a glance: who serves, since when, what keeps it still, and how it stands on each set."""

from collections.abc import Mapping, Sequence
from itertools import islice

from sentinel.domain.digest import Json
from sentinel.domain.feed import Feed
from sentinel.domain.line.state import Line
from sentinel.domain.streams import stream_of
from sentinel.domain.trigger_stream import Decision, Stream
from sentinel.evidence.drift import FIRING, OK, PENDING
from sentinel.ledger import Ledger
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.drift import feed_of, watchers
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.work import Work

_SHOWN = 40
"""So many of a feed's signals, the latest ones."""
_WORST = (OK, PENDING, FIRING)


def line_glance(work: Work, engine: Engine, name: str) -> Json:
    """One line; None where it is not in force and has no version."""
    line = work.line(name)
    if name not in engine.catalogue.lines and not line.versions:
        return None
    champion = line.versions.get(line.champion or "")
    return {
        "line": name, "champion": line.champion, "label": champion.label if champion is not None else None,
        "since": _since(work.ledger, line), "aliases": dict(line.named), "held": line.held or "",
        "frozen": line.frozen or "", "versions": len(line.versions),
        "frozen_versions": [version.id for version in line.versions.values() if version.frozen],
        "sets": _sets(work, engine, name),
    }  # fmt: skip


def _since(ledger: Ledger, line: Line) -> int | None:
    """When the champion became so, where that is among the latest moves."""
    moves = ledger.reads.alias_moves(line.name) if line.champion is not None else []
    return next((move.at for move in moves if move.alias == "champion"), None)


def _sets(work: Work, engine: Engine, line: str) -> list[Json]:
    watching = _watching(engine.catalogue, line)
    # the feed of a shadow names its version besides: it says nothing of what the line delivers
    held = {row.feed for row in work.ledger.reads.feeds(line) if row.feed.count(".") == 2}
    return [_set(work, engine, feed, watching.get(feed, [])) for feed in sorted(held | set(watching))]


def _watching(catalogue: Catalogue, line: str) -> Mapping[str, list[TriggerInForce]]:
    found: dict[str, list[TriggerInForce]] = {}
    for trigger in watchers(catalogue):
        if trigger.line == line:
            found.setdefault(feed_of(trigger, catalogue), []).append(trigger)
    return found


def _set(work: Work, engine: Engine, name: str, triggers: Sequence[TriggerInForce]) -> Json:
    feed: Feed = work.state(stream_of("feed", name))
    _, set, metric = name.split(".")
    streams: list[Stream] = [work.state(trigger.stream) for trigger in triggers]
    watches = [stream.watch for stream in streams]
    latest = list(islice(reversed(feed.signals.values()), _SHOWN))[::-1]
    standings = [watch.standing if watch is not None else OK for watch in watches]
    # what each trigger said last is at hand: the evidence is not gathered again for a glance
    said = [engine.floor.decisions.get(trigger.stream) for trigger in triggers]
    return {
        "feed": name, "set": set, "metric": metric, "recent": [[each.last, each.rate, each.n] for each in latest],
        "baseline": feed.baseline.rate if feed.baseline is not None else None,
        "standing": max(standings, key=_WORST.index, default=None),
        "share": max((_share(each[1]) for each in said if each is not None), default=0.0),
        "silent": any(watch is not None and watch.silent for watch in watches),
    }  # fmt: skip


def _share(decision: Decision) -> float:
    """The share of the evidence that it takes, as a decision tells it."""
    numbers = decision.numbers or {}
    return max(0.0, numbers["log"] / numbers["enough"]) if {"log", "enough"} <= set(numbers) else 0.0
