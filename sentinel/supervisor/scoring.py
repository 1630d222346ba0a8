"""Signals that evaluations bring: what a step has scored is put on record, and what watches the feed looks at it."""

from sentinel.contract.attempt import AttemptOut
from sentinel.domain.feed import Feed, feed_name, take_evaluation
from sentinel.domain.names import suggest
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.drift import feed_for, look_at_drift, watchers
from sentinel.supervisor.scored import scored_version
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.work import Work


def take_scored(work: Work, floor: Floor, catalogue: Catalogue, run: Run, result: AttemptOut) -> Refusal | None:
    """Take in what an attempt has scored; why that cannot be, where it cannot."""
    scored = result.scored
    if scored is None or result.end != "succeeded":
        return None
    if run.line is None:
        return Refusal("E-line-needed", "A signal is of a line, and this run is for none.", todo="Add `line:`.")
    sets = (catalogue.lines.get(run.line) or {}).get("sets") or {}
    if scored.set not in sets:
        what = f"Line {run.line} has no set {scored.set!r}."
        return Refusal("E-unknown-set", what, todo=suggest(scored.set, sets, "set"))
    version = scored_version(work.line(run.line), scored.model)
    if version is None:
        what = f"What was scored, {scored.model[:12]}, is no version of {run.line}."
        return Refusal("E-unknown-version", what, todo="Score a version: what `import` or `forge` has registered.")
    name = feed_for(work, feed_name(run.line, scored.set, scored.metric), version.id)
    feed: Feed = work.state(stream_of("feed", name))
    events = take_evaluation(feed, scored, version.id)
    if isinstance(events, Refusal):
        return events
    work.apply(stream_of("feed", name), events)
    for trigger in watchers(catalogue, name) if events else ():
        look_at_drift(work, floor, catalogue, trigger)
    return None
