"""What comes in about a line: signals, and what a person says of its baseline."""

from dataclasses import replace

from sentinel.domain.feed import BaselineSet, Feed, Signal, counted, feed_name, signal_id, take
from sentinel.domain.names import suggest
from sentinel.domain.refusal import Refusal
from sentinel.domain.streams import stream_of
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.drift import ACCEPTED, METRIC, baseline_from, feed_for, look_at_drift, moved_since, watchers
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.work import Work

_FEWEST = 5
"""Fewer signals than these say too little of where a line stands now."""


def named_feed(engine: Engine, line: str, set: str, metric: str | None) -> str | Refusal:
    """The feed of a line, a set and a metric; the line's own metric unless another is named."""
    lines = engine.catalogue.lines
    if line not in lines:
        return Refusal("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=suggest(line, lines, "line"))
    sets = lines[line].get("sets") or {}
    if set not in sets:
        return Refusal("E-unknown-set", f"Line {line} has no set {set!r}.", todo=suggest(set, sets, "set"))
    return feed_name(line, set, metric or lines[line].get("metric") or METRIC)


def take_signal(engine: Engine, actor: str, feed: str, signal: Signal) -> Done:
    """Put a signal on record, once, and look at what watches its feed."""
    minted = signal_id(signal.value, signal.n, signal.of, signal.first, signal.last)
    known = replace(signal, id=signal.id or minted)

    def act(work: Work) -> Refusal | dict[str, object]:
        unknown = _unknown_version(work, feed, known.version)
        if unknown is not None:
            return unknown
        name = feed_for(work, feed, known.version)
        held: Feed = work.state(stream_of("feed", name))
        events = take(held, known, work.at)
        if isinstance(events, Refusal):
            return events
        work.apply(stream_of("feed", name), events)
        for trigger in watchers(engine.catalogue, name) if events else ():
            look_at_drift(work, engine.floor, engine.catalogue, trigger)
        now: Feed = work.state(stream_of("feed", name))
        return {"feed": name, "signal": known.id, "new": bool(events), "late": now.signals[known.id].late}

    return engine.do(actor, act)


def _unknown_version(work: Work, feed: str, version: str | None) -> Refusal | None:
    versions = work.line(feed.partition(".")[0]).versions
    if version is None or version in versions:
        return None
    return Refusal("E-unknown-version", f"{feed.partition('.')[0]} has no version {version!r}.",
                   todo=suggest(version, versions, "version"))  # fmt: skip


def accept_baseline(engine: Engine, actor: str, feed: str, fewest: int, reason: str) -> Done:
    """Hold a line to what it delivers now, whether that is more or less: by name and reason."""

    def act(work: Work) -> Refusal | str:
        held: Feed = work.state(stream_of("feed", feed))
        signals = counted(held.signals.values(), work.line(feed.partition(".")[0]).champion)
        if not reason.strip():
            return Refusal("E-reason", "A baseline is accepted by name and reason.", todo="Add `--reason TEXT`.")
        if not signals:
            return Refusal("E-no-signals", f"{feed} has had no signal.", todo="`sentinel signal` brings one.")
        new = baseline_from(_lately(work, engine.catalogue, held, signals)[-fewest:], len(held.signals))
        work.apply(stream_of("feed", feed), [BaselineSet(new, ACCEPTED, reason)])
        for trigger in watchers(engine.catalogue, feed):
            look_at_drift(work, engine.floor, engine.catalogue, trigger)
        return feed

    return engine.do(actor, act)


def _lately(work: Work, catalogue: Catalogue, feed: Feed, signals: list[Signal]) -> list[Signal]:
    """What a line delivers now: where there is evidence that it moved, what has come since; else all."""
    moved = [moved_since(work, trigger, feed) for trigger in watchers(catalogue, feed.name)]
    shortest = min((held for held in moved if len(held) >= _FEWEST), key=len, default=None)
    return signals if shortest is None else shortest
