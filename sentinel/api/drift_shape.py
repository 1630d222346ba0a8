"""How a line stands against its baselines, as it is shown: in numbers, over time, and what would make it fire."""

from collections.abc import Iterator

from sentinel.api.promise import Volume
from sentinel.contract.signature import arguments_of
from sentinel.domain.digest import Json
from sentinel.domain.feed import Feed
from sentinel.domain.streams import stream_of
from sentinel.domain.trigger_stream import Stream
from sentinel.evidence.detector import Detector, detector
from sentinel.evidence.drift import OK, Evaluation, Standing, delay, evaluations_in, standings
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.drift import PARAMS, decided, detectable, evidence_of, feed_of, quiet_until, watchers
from sentinel.supervisor.looking import lookers, next_worker_look
from sentinel.supervisor.own_triggers import LOOKS
from sentinel.supervisor.own_triggers import decided as row_decision
from sentinel.supervisor.triggers import at_rest
from sentinel.supervisor.work import Work

_DROPS = (0.03, 0.06, 0.13)
_SHOWN = 90


def drift_shape(work: Work, catalogue: Catalogue, line: str) -> Json:
    """Every feed of a line, with the triggers that watch it."""
    watching: dict[str, list[TriggerInForce]] = {}
    for trigger in watchers(catalogue):
        if trigger.line == line:
            watching.setdefault(feed_of(trigger, catalogue), []).append(trigger)
    # the feed of a shadow names its version besides: it says nothing of what the line delivers
    held = {row.feed for row in work.ledger.reads.feeds(line) if row.feed.count(".") == 2}
    names = sorted(held | set(watching))
    return {
        "line": line, "feeds": [_feed(work, catalogue, name, watching.get(name, [])) for name in names],
        "others": [_other(work, catalogue, trigger) for trigger in _others(catalogue, line)],
    }  # fmt: skip


def _others(catalogue: Catalogue, line: str) -> Iterator[TriggerInForce]:
    """What else may ask for a run of the line, as things stand: not what goes by the clock or a person alone."""
    known = (*LOOKS, *(trigger.kind for trigger in lookers(catalogue)))
    return (trigger for trigger in catalogue.of_kind(*known) if trigger.line == line)


def _other(work: Work, catalogue: Catalogue, trigger: TriggerInForce) -> Json:
    stream: Stream = work.state(trigger.stream)
    told: Json = {
        "trigger": stream.name, "recipe": trigger.recipe, "kind": trigger.kind, "fired": stream.fired,
        "run": stream.last_run, "looked_at": None, "failed": False,
    }  # fmt: skip
    if trigger.kind in LOOKS:
        return {**told, "says": row_decision(work, catalogue, trigger).reason, "next": None}
    resting, looking, due = at_rest(work, trigger), stream.looking, next_worker_look(work, trigger)
    if resting is not None:
        told["says"] = resting.reason
    elif looking is None or looking.ended_at is None:
        told["says"] = "it has not looked yet" if looking is None else f"{looking.run} looks for the first time"
    else:
        told |= {"says": looking.reason, "looked_at": looking.ended_at, "failed": not looking.decided}
    return {**told, "next": due}


def volume_on_record(work: Work, catalogue: Catalogue, trigger: TriggerInForce) -> Volume | None:
    """The baseline of a trigger's feed and the rows of its signals; None until it has both."""
    feed: Feed = work.state(stream_of("feed", feed_of(trigger, catalogue)))
    rows = _usual_rows(feed)
    return Volume(detectable(feed.baseline), rows, "record") if feed.baseline is not None and rows else None


def _feed(work: Work, catalogue: Catalogue, name: str, triggers: list[TriggerInForce]) -> Json:
    feed: Feed = work.state(stream_of("feed", name))
    base = feed.baseline
    _, set, metric = name.split(".")
    return {
        "feed": name, "set": set, "metric": metric, "signals": len(feed.signals),
        "recent": [[each.last, each.rate, each.n, each.of] for each in list(feed.signals.values())[-_SHOWN:]],
        "baseline": None if base is None else {
            "rate": base.rate, "rows": base.rows, "spread": base.spread, "because": feed.because, "set_at": feed.set_at,
        },
        "watched": [_watched(work, catalogue, feed, trigger) for trigger in triggers],
    }  # fmt: skip


def _watched(work: Work, catalogue: Catalogue, feed: Feed, trigger: TriggerInForce) -> Json:
    stream: Stream = work.state(trigger.stream)
    watch = stream.watch
    given = arguments_of(PARAMS.model_validate(trigger.params))
    promised, every = given["false_alarms"], given["every"]
    often = evaluations_in(promised.times, promised.per_ms, every, len(watchers(catalogue)))
    base = feed.baseline if given["below"] is None else None  # the plain rule goes by none, and promises nothing
    found = detector(detectable(base), given["margin"], often) if base is not None else None
    return {
        "trigger": stream.name, "recipe": trigger.recipe, "margin": given["margin"], "promise": str(promised),
        "often": often, "every_ms": every, "wants": given["baseline"], "below": given["below"],
        "for_ms": given["for_"], "standing": watch.standing if watch is not None else OK,
        "since": watch.since if watch is not None else None, "says": decided(work, catalogue, trigger).reason,
        "champion": watch.champion if watch is not None else None,
        "silent": watch is not None and watch.silent, "fired": stream.fired, "run": stream.last_run,
        "quiet_until": quiet_until(work, trigger), **_evidence(found, feed, stream),
    }  # fmt: skip


def _evidence(found: Detector | None, feed: Feed, stream: Stream) -> Json:
    """The evidence over the signals that count, as shares of what it takes; and how far it is from there."""
    if found is None:
        return {
            "expected": None, "track": [], "track_at": [], "share": 0.0, "evaluations": 0, "rows": 0, "fires_at": [],
        }  # fmt: skip
    held = [Evaluation(each.last, each.value, each.n, each.variance) for each in evidence_of(feed, stream.watch)]
    stood = list(standings(found, held))
    last = stood[-1] if stood else Standing(OK, found.start)
    rows = _usual_rows(feed)
    return {
        "expected": found.expected, "share": max(0.0, last.evidence.log / found.enough),
        "evaluations": last.evidence.evaluations, "rows": rows,
        "track": [max(0.0, each.evidence.log / found.enough) for each in stood[-_SHOWN:]],
        "track_at": [each.at for each in held[-_SHOWN:]],
        "fires_at": list(_fires_at(found, feed, rows, last)),
    }  # fmt: skip


def _usual_rows(feed: Feed) -> float:
    """The rows of a signal in the middle of all; 0 where none has any."""
    sizes = sorted(each.n for each in feed.signals.values() if each.n > 0)
    return sizes[len(sizes) // 2] if sizes else 0.0


def _fires_at(found: Detector, feed: Feed, rows: float, last: Standing) -> Iterator[Json]:
    """What would make it fire: so many evaluations more at a rate below the baseline."""
    base = feed.baseline
    for drop in _DROPS if base is not None and rows else ():
        rate = base.rate - drop if base is not None else 0.0
        if rate > 0:
            yield {"rate": rate, "evaluations": delay(found, rate, rows, last)}
