"""Drift, as the daemon looks at it: a baseline is learned, evidence is gathered, a run is asked for.

A look is a function of what is on record. Only what changes is put there: a baseline, a standing, silence, a firing.
"""

from dataclasses import asdict, replace

from sentinel.contract.at import TriggerLook
from sentinel.contract.signature import arguments_of
from sentinel.contract.types import registered
from sentinel.domain import feed as feeds
from sentinel.domain.digest import Json
from sentinel.domain.feed import Baseline, BaselineSet, Feed, Signal, counted
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.domain.trigger_stream import Decision, Stream, WasHeard, Watch, WatchMoved, WatchReset, WentSilent
from sentinel.evidence import detector as evidence
from sentinel.evidence.drift import Evaluation, began
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.triggers import Firing, fire_into, spent_until
from sentinel.supervisor.work import Work
from sentinel.trigger.drift import drift

KIND = "drift"
METRIC = "accuracy"
OK, FIRING = "ok", "firing"
SILENT_AFTER = 3
"""So many times the usual pause without a signal, and somebody is told."""
PARAMS = registered(drift).params
"""What a drift trigger is told, as its function reads it."""
LEARNED, RISEN, ACCEPTED = "learned", "risen", "accepted"


def feed_of(trigger: TriggerInForce, catalogue: Catalogue) -> str:
    """The feed that a drift trigger watches."""
    line = trigger.line or ""
    metric = trigger.params["metric"] or (catalogue.lines.get(line) or {}).get("metric") or METRIC
    return feeds.feed_name(line, trigger.params["set"], metric)


def feed_for(work: Work, feed: str, version: str | None) -> str:
    """The feed that a version's signals go to: one of its own while it answers in the shadow.

    What has never been champion is scored on the very outcomes that count for the champion, and says nothing of what
    the line delivers.
    """
    shadow = version is not None and not work.line(feed.partition(".")[0]).versions[version].was_champion
    return f"{feed}.{version}" if shadow else feed


def watchers(catalogue: Catalogue, feed: str | None = None) -> list[TriggerInForce]:
    """The drift triggers in force, of a feed or of all."""
    found = [trigger for trigger in catalogue.of_kind(KIND) if trigger.line is not None]
    return [trigger for trigger in found if feed is None or feed_of(trigger, catalogue) == feed]


def look_at_drift(work: Work, floor: Floor, catalogue: Catalogue, trigger: TriggerInForce) -> None:
    """Look at one trigger's feed, and do what follows."""
    stream: Stream = work.state(trigger.stream)
    if not stream.armed or trigger.line is None:
        return
    name = feed_of(trigger, catalogue)
    watch = _begun(work, trigger, name)
    _listen(work, trigger, name)
    _learn(work, trigger, name, watch)
    decision = _remembered(work, floor, catalogue, trigger, name)
    standing = _standing(decision)
    if standing != watch.standing:
        work.apply(trigger.stream, [WatchMoved(standing, decision.reason, decision.numbers)])
    if decision.fire and not _busy(work, trigger):
        fire_into(work, floor, catalogue, trigger, Firing(work.at, 0, decision))


def _remembered(work: Work, floor: Floor, catalogue: Catalogue, trigger: TriggerInForce, name: str) -> Decision:
    """What the trigger says, worked out anew only where something that it goes by is another than last time."""
    stream: Stream = work.state(trigger.stream)
    facts = (work.state(stream_of("feed", name)), stream.watch, len(watchers(catalogue)), stream.params)
    held = floor.decisions.get(trigger.stream)
    if held is None or any(one is not other and one != other for one, other in zip(held[0], facts, strict=True)):
        held = floor.decisions[trigger.stream] = facts, decided(work, catalogue, trigger)
    return held[1]


def decided(work: Work, catalogue: Catalogue, trigger: TriggerInForce) -> Decision:
    """What the trigger says of the signals since its last reset."""
    feed: Feed = work.state(stream_of("feed", feed_of(trigger, catalogue)))
    stream: Stream = work.state(trigger.stream)
    facts = facts_of(feed, stream.watch, len(watchers(catalogue)), plain=trigger.params["below"] is not None)
    given = arguments_of(PARAMS.model_validate(trigger.params))
    return drift(TriggerLook(work.at, trigger.recipe, trigger.line, catalogue.timezone, facts=facts), **given)


def facts_of(feed: Feed, watch: Watch | None, streams: int, plain: bool = False) -> Json:
    """What a drift trigger judges: the baseline, and the signals that count; the plain rule goes by no baseline."""
    base, held = feed.baseline, evidence_of(replace(feed, baseline=None) if plain else feed, watch)
    return {
        "baseline": None if base is None else asdict(detectable(base)),
        "evaluations": [[each.last, each.value, each.n, each.variance] for each in held],
        "streams": streams,
    }


def moved_since(work: Work, trigger: TriggerInForce, feed: Feed) -> list[Signal]:
    """The signals since a line most likely left its baseline; none where there is no evidence that it did."""
    stream: Stream = work.state(trigger.stream)
    told = arguments_of(PARAMS.model_validate(trigger.params))
    if feed.baseline is None or told["below"] is not None or stream.watch is None or stream.watch.standing == OK:
        return []
    held = evidence_of(feed, stream.watch)
    found = evidence.detector(detectable(feed.baseline), told["margin"], 1.0)
    seen = [Evaluation(each.last, each.value, each.n, each.variance) for each in held]
    return held[began(found, seen) :] if found is not None else []


def detectable(base: Baseline) -> evidence.Baseline:
    """A baseline on record, as evidence is gathered against it."""
    return evidence.Baseline(base.rate, base.spread, base.rows, base.variance, base.counts)


def evidence_of(feed: Feed, watch: Watch | None) -> list[Signal]:
    """The signals that count: since the baseline was set and the champion came, and about that champion."""
    start = max(watch.signals if watch is not None else 0, feed.baseline.signals if feed.baseline is not None else 0)
    return counted(feed.since(start), watch.champion if watch is not None else None)


def _standing(decision: Decision) -> str:
    told: str | None = (decision.numbers or {}).get("state")
    return told if told is not None else FIRING if decision.fire else OK


def _learn(work: Work, trigger: TriggerInForce, name: str, watch: Watch) -> None:
    """Learn the first baseline, and raise it where what came later is better beyond doubt; only a person lowers it."""
    stream, fewest = stream_of("feed", name), trigger.params["baseline"]
    feed: Feed = work.state(stream)
    old = feed.baseline
    fresh = feed.since(max(watch.signals, old.signals) if old is not None else 0)
    held = counted(fresh, watch.champion) if old is not None else [each for each in fresh if each.n > 0]
    if len(held) < fewest:
        return
    many = evidence.asked_at(len(held), fewest) if old is not None else fewest
    new = baseline_from(held[:many], list(feed.signals).index(held[many - 1].id) + 1)
    if old is None:
        work.apply(stream, [BaselineSet(new, LEARNED, f"from the first {fewest} signals")])
    elif evidence.is_higher(detectable(new), detectable(old)):
        reason = f"{many} signals in a row are better than {old.rate:.3f} beyond doubt"
        work.apply(stream, [BaselineSet(new, RISEN, reason)])


def baseline_from(signals: list[Signal], upto: int) -> Baseline:
    """The baseline of signals; `upto` of the feed's have gone by with them."""
    if signals and signals[0].variance is not None:
        held = evidence.baseline_of_means([(each.value, each.variance or 0.0, each.n) for each in signals])
    else:
        held = evidence.baseline_of_counts([(each.value, each.n) for each in signals])
    return Baseline(**asdict(held), signals=upto)


def _begun(work: Work, trigger: TriggerInForce, name: str) -> Watch:
    """The watch, begun anew where feed or champion is another: evidence against the last one says nothing of this."""
    stream: Stream = work.state(trigger.stream)
    champion = work.line(trigger.line or "").champion
    watch = stream.watch
    if watch is None or watch.feed != name:
        if watch is not None and watch.silent:
            work.apply(trigger.stream, [WasHeard(work.at)])
            all_clear(work, "silent", watch.feed, "it is not watched any more")
        gone_by = _before(work, trigger.line or "", name)
        work.apply(trigger.stream, [WatchReset(name, champion, gone_by, "it watches this feed now")])
    elif watch.champion != champion:
        feed: Feed = work.state(stream_of("feed", name))
        gone_by = 0 if watch.champion is None else len(feed.signals)
        work.apply(trigger.stream, [WatchReset(name, champion, gone_by, f"{champion or 'nobody'} is champion now")])
    after: Stream = work.state(trigger.stream)
    return after.watch or Watch(name, champion)


def _before(work: Work, line: str, name: str) -> int:
    """How many signals had come before this champion took over from another; none before the first."""
    moves = work.ledger.reads.alias_moves(line)
    came = next((move.at for move in moves if move.alias == "champion" and move.was is not None), None)
    feed: Feed = work.state(stream_of("feed", name))
    return 0 if came is None else sum(each.taken_at <= came for each in feed.signals.values())


def _busy(work: Work, trigger: TriggerInForce) -> bool:
    """Whether the last firing is still being answered, or was a moment ago."""
    stream: Stream = work.state(trigger.stream)
    if stream.last_run is None:
        return False
    return work.run(stream.last_run).open or work.at < (quiet_until(work, trigger) or 0)


def quiet_until(work: Work, trigger: TriggerInForce) -> int | None:
    """When a trigger may fire again, where its last run has ended; None where it has none, or it goes on."""
    stream: Stream = work.state(trigger.stream)
    run: Run | None = work.run(stream.last_run) if stream.last_run is not None else None
    if run is None or run.ended_at is None:
        return None
    until: int = run.ended_at + trigger.params["cooldown"]
    return max(until, spent_until(work, trigger) or 0)


def _listen(work: Work, trigger: TriggerInForce, name: str) -> None:
    """Say so when a feed has gone silent, and when it is heard again."""
    stream: Stream = work.state(trigger.stream)
    feed: Feed = work.state(stream_of("feed", name))
    silent = work.at >= _silent_at(stream, feed, trigger)
    was = stream.watch is not None and stream.watch.silent
    if silent and not was:
        work.apply(trigger.stream, [WentSilent(feed.latest.taken_at if feed.latest is not None else 0)])
        alert(work, "silent", feed.name, f"{feed.name} has had no signal for {SILENT_AFTER} times its usual pause.")
    elif was and not silent:
        work.apply(trigger.stream, [WasHeard(work.at)])
        all_clear(work, "silent", feed.name, "a signal came in")


def _silent_at(stream: Stream, feed: Feed, trigger: TriggerInForce) -> int:
    """From when on nothing has come in for long: since the last signal, or since somebody has listened."""
    heard = feed.latest.taken_at if feed.latest is not None else stream.accounted
    at: int = heard + SILENT_AFTER * trigger.params["every"]
    return at


def next_look(work: Work, catalogue: Catalogue, trigger: TriggerInForce) -> int | None:
    """When the clock alone changes what a look at this trigger comes to: silence, or the end of a cooldown."""
    stream: Stream = work.state(trigger.stream)
    feed: Feed = work.state(stream_of("feed", feed_of(trigger, catalogue)))
    moments = []
    if not (stream.watch is not None and stream.watch.silent):
        moments.append(_silent_at(stream, feed, trigger))
    if stream.watch is not None and stream.watch.standing == FIRING:
        moments.append(quiet_until(work, trigger) or 0)
    later = [moment for moment in moments if moment > work.at]
    return min(later, default=None)
