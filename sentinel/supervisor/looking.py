"""Triggers that look in a worker: distribution, and those of others. Facts in, a Decision out.

A look is a run of one step, kind `asked`, which is started, watched, ended and recovered like every other.
"""

from sentinel.contract.attempt import AttemptOut
from sentinel.domain.artifact import Artifact
from sentinel.domain.moment import format_moment
from sentinel.domain.plan import Port
from sentinel.domain.quantity import DAY, HOUR, SECOND
from sentinel.domain.run.state import Run
from sentinel.domain.trigger_stream import Decision, LookAsked, LookEnded, Stream
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.look_facts import PURPOSE, trained_on
from sentinel.supervisor.queueing import Ask, asked_plan, queue_run
from sentinel.supervisor.settle import Floor
from sentinel.supervisor.triggers import OWN_TRIGGERS, Firing, at_rest, fire_into
from sentinel.supervisor.work import Work

EVERY = DAY
"""How often a trigger looks that does not say."""
_REFERENCE = "reference"


def lookers(catalogue: Catalogue) -> list[TriggerInForce]:
    """The triggers in force that look in a worker."""
    return [trigger for trigger in catalogue.triggers if trigger.kind not in OWN_TRIGGERS]


def ask_looks(work: Work, catalogue: Catalogue) -> None:
    """Ask for every look that is due."""
    for trigger in lookers(catalogue):
        _end_lost(work, trigger)
        _tell_slow(work, trigger)
        due = next_worker_look(work, trigger)
        if due is not None and due <= work.at:
            work.apply(trigger.stream, [LookAsked(_ask(work, trigger))])


def next_worker_look(work: Work, trigger: TriggerInForce) -> int | None:
    """When a trigger is to look next; None while it looks, or waits for a run that it has asked for."""
    stream: Stream = work.state(trigger.stream)
    looking = stream.looking
    if looking is not None and looking.run is not None:
        late = looking.asked_at + _patience(trigger)
        return work.at if not work.run(looking.run).open else late if late > work.at else None
    resting = at_rest(work, trigger)
    if resting is not None:
        until: int | None = (resting.numbers or {}).get("next")
        return until
    return stream.accounted if looking is None else looking.asked_at + _pace(trigger)


def end_look(work: Work, floor: Floor, catalogue: Catalogue, run: Run, result: AttemptOut) -> None:
    """Put on record what the look of a run came to, and fire where it says so."""
    name = (run.purpose or {}).get(PURPOSE)
    decision = result.decision
    if name is None or decision is None or result.end != "succeeded":
        return
    stream: Stream = work.state(name)
    if stream.looking is None or stream.looking.run != run.id:
        return
    trigger = next((each for each in catalogue.triggers if each.stream == name), None)
    resting = at_rest(work, trigger) if trigger is not None else Decision(False, "it is not in force")
    if decision.fire and resting is not None:
        # what it saw is to be seen again: a fire that nothing came of is no look that was paid for
        decision = Decision(False, f"{decision.reason}; but {resting.reason}", decision.numbers)
    work.apply(name, [LookEnded(run.id, True, decision.reason, decision.numbers, decision.state)])
    all_clear(work, "trigger", name, "it could look again")
    if decision.fire and trigger is not None:
        fire_into(work, floor, catalogue, trigger, Firing(max(work.at, stream.accounted + 1), 0, decision))


def _ask(work: Work, trigger: TriggerInForce) -> str:
    digest = trained_on(work, trigger.line or "") if "profiles" in trigger.reads else None
    takes = {_REFERENCE: Port("Dataset")} if digest is not None else {}
    given = {_REFERENCE: Artifact("Dataset", digest).to_json()} if digest is not None else {}
    params = {"trigger": trigger.kind, "settings": trigger.params}
    plan = asked_plan("look", trigger.line, "look", params, {}, takes, reads=("clock", "look"), timeout=HOUR)
    reason = f"the trigger {trigger.kind} of {trigger.recipe} looks"
    ask = Ask(plan, trigger.line, given, "look", reason, kind="asked", purpose={PURPOSE: trigger.stream})
    return queue_run(work, ask)


def _pace(trigger: TriggerInForce) -> int:
    """How often it looks: as its setting `every` says, where that is a time at all."""
    every = trigger.params.get("every")
    return every if type(every) is int and every >= SECOND else EVERY


def _patience(trigger: TriggerInForce) -> int:
    """How long a look may take until somebody is told."""
    return max(_pace(trigger), 2 * HOUR)


def _tell_slow(work: Work, trigger: TriggerInForce) -> None:
    """A look that has not ended for long hangs, or waits for room that there never is."""
    stream: Stream = work.state(trigger.stream)
    looking = stream.looking
    if looking is None or looking.run is None or work.at < looking.asked_at + _patience(trigger):
        return
    sentence = f"The trigger {trigger.kind} of {trigger.recipe} has looked since {format_moment(looking.asked_at)}, in "
    alert(work, "trigger", trigger.stream, f"{sentence}{looking.run}: `sentinel show {looking.run}` says why.")


def _end_lost(work: Work, trigger: TriggerInForce) -> None:
    """A look whose run has ended without a decision has failed: somebody is told, and it is tried when next due."""
    stream: Stream = work.state(trigger.stream)
    looking = stream.looking
    if looking is None or looking.run is None or work.run(looking.run).open:
        return
    state = work.run(looking.run).state
    work.apply(trigger.stream, [LookEnded(looking.run, False, f"{looking.run} {state} without a decision", None, None)])
    sentence = f"The trigger {trigger.kind} of {trigger.recipe} could not look: {looking.run} {state}."
    alert(work, "trigger", trigger.stream, sentence)
