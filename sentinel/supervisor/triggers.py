"""Triggers that the daemon looks at itself, since they need rows only. A slot that is due fires at most once."""

from dataclasses import dataclass

from sentinel.domain.reforge import reforge_of
from sentinel.domain.streams import parts_of, stream_of
from sentinel.domain.trigger_stream import Decision, Stream, TriggerArmed, TriggerDisarmed, WasHeard, fire
from sentinel.supervisor.alerts import all_clear
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.work import Work
from sentinel.trigger.cron import due_slots, next_due

OWN_TRIGGERS = ("after", "cron", "drift", "enough", "floor", "manual")
"""The triggers that the daemon looks at itself: a closed list. All others look in a worker."""


def arm(work: Work, now: Catalogue) -> None:
    """Bring the triggers of the files in force into force, and let go of the others."""
    wanted = {trigger.stream: trigger for trigger in now.triggers}
    for stream in {stream_of("trigger", row.stream) for row in work.ledger.reads.triggers() if row.armed} - set(wanted):
        gone: Stream = work.state(stream)
        if gone.watch is not None and gone.watch.silent:
            work.apply(stream, [WasHeard(work.at)])
            all_clear(work, "silent", gone.watch.feed, "it is not watched any more")
        work.apply(stream, [TriggerDisarmed("its recipe no longer names it")])
        all_clear(work, "trigger", stream, "it is not in force any more")
    for stream, trigger in wanted.items():
        state: Stream = work.state(stream)
        if not state.armed or state.params != trigger.params:
            work.apply(stream, [TriggerArmed(trigger.recipe, trigger.line, trigger.kind, trigger.params)])


def look(work: Work, floor: Floor, catalogue: Catalogue) -> None:
    """Fire every cron trigger that has a slot due; missed slots give exactly one catch-up."""
    for trigger in catalogue.of_kind("cron"):
        state: Stream = work.state(trigger.stream)
        if not state.armed:
            continue
        due, missed = due_slots(trigger.params, catalogue.timezone, state.accounted, work.at, trigger.stream)
        if due is None:
            continue
        late = f", {missed} missed before it" if missed else ""
        decision = Decision(True, f"the schedule {trigger.params['at']!r} was due{late}", {"missed": missed})
        fire_into(work, floor, catalogue, trigger, Firing(due, missed, decision))


@dataclass(frozen=True, slots=True)
class Firing:
    """A slot that is due, and what the look at it came to."""

    due_at: int
    missed: int
    decision: Decision


def fire_into(work: Work, floor: Floor, catalogue: Catalogue, trigger: TriggerInForce, firing: Firing) -> None:
    """Fire: into a fresh run, or into the one that waits in the queue already."""
    state: Stream = work.state(trigger.stream)
    waiting = queued_already(work, floor, trigger.recipe, trigger.line)
    if waiting is None:
        plan = catalogue.plan(trigger.recipe, trigger.line)
        defaults = {name: declared.default for name, declared in plan.inputs.items()}
        reason = firing.decision.reason
        ask = Ask(plan, trigger.line, defaults, trigger.kind, reason, commit=catalogue.commit, dirty=catalogue.dirty)
        if not (state.armed and firing.due_at > state.accounted):
            return
        run = queue_run(work, ask)
        floor.note(work.run(run))  # another slot that is due at this moment finds it in the queue
        work.apply(trigger.stream, fire(state, firing.due_at, firing.missed, firing.decision, run, False))
    else:
        work.apply(trigger.stream, fire(state, firing.due_at, firing.missed, firing.decision, waiting, True))


def at_rest(work: Work, trigger: TriggerInForce) -> Decision | None:
    """Why a trigger is not to be looked at now: it is not in force, a run of its own goes on, or it fired too often."""
    stream: Stream = work.state(trigger.stream)
    if not stream.armed:
        return Decision(False, "it is not in force")
    tried = work.run(stream.last_run) if stream.last_run is not None else None
    if tried is not None and tried.open:
        return Decision(False, f"{tried.id}, which it asked for, goes on")
    spent = spent_until(work, trigger)
    if spent is not None:
        return Decision(False, "it has fired as often as it may", {"next": spent})
    return None


def spent_until(work: Work, trigger: TriggerInForce) -> int | None:
    """When a trigger may fire again that has fired as often as its `at_most` lets it; None where it may."""
    allowed = trigger.params.get("at_most")
    if not isinstance(allowed, dict):
        return None
    fires = work.ledger.reads.fires(parts_of(trigger.stream)[1], limit=allowed["times"])
    until: int = fires[-1].at + allowed["per_ms"] if len(fires) == allowed["times"] else 0
    return until if until > work.at else None


def queued_already(work: Work, floor: Floor, recipe: str, line: str | None) -> str | None:
    """The run of this recipe and line that waits in the queue, where the recipe allows one at most."""
    for name in floor.queued.get((recipe, line), ()):
        run = work.run(name)
        if run.plan.policy.at_most_one_per is None:
            return None
        if reforge_of(run.purpose) is not None:
            continue  # it makes what somebody asked for, and is no answer to what fires now
        if run.state == "queued" and run.started_at is None:
            return name
    return None


def next_slot(work_state: Stream, trigger: TriggerInForce, timezone: str) -> int | None:
    """When a cron trigger is due next."""
    return next_due(trigger.params, timezone, work_state.accounted, trigger.stream)
