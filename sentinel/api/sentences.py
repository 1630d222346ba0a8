"""One sentence about an event, from what is on record of it; the same in the daemon's journal and on the screen."""

from collections.abc import Callable

from sentinel.domain.digest import Json
from sentinel.domain.feed import TIME
from sentinel.domain.moment import format_moment
from sentinel.domain.quantity import rough_size

_SAYS: dict[str, tuple[str, str]] = {
    "RunStarted": ("{about} started", ""),
    "RunMoved": ("{about} is {to}", "why"),
    "RunReprioritised": ("{about} has priority {priority}", ""),
    "CancelAsked": ("{about} is to end as {state}", "why"),
    "RunEnded": ("{about} ended as {state}", "why"),
    "RunRetried": ("{about} is in the queue again", "why"),
    "AttemptStarted": ("{attempt} started on {node}", ""),
    "SubrunStarted": ("{about} {step} started {run}", ""),
    "GateLifted": ("{about} {step} was let pass", "reason"),
    "StepEnded": ("{about} {step} ended as {outcome}", "why"),
    "StepReused": ("{about} {step} was reused from {source}", ""),
    "StepSkipped": ("{about} {step} was skipped", "why"),
    "RoundBegun": ("{about} begins round {round} for {gate}", ""),
    "VersionRegistered": ("{about} has a new version {version} from {run}", ""),
    "VersionRejected": ("{about}: {version} did not pass", "sentence"),
    "VersionFrozen": ("{about}: {version} is frozen", "why"),
    "VersionAcknowledged": ("{about}: {version} was acknowledged", "reason"),
    "SetLookedAt": ("{about}: look {look} at `{set}`, by {verdict_of}", ""),
    "LineHeld": ("{about} is held", "reason"),
    "LineReleased": ("{about} is released", "reason"),
    "LineFrozen": ("{about} is frozen", "why"),
    "LineAcknowledged": ("{about} was acknowledged", "reason"),
    "TriggerArmed": ("{about} is armed", ""),
    "TriggerDisarmed": ("{about} is disarmed", "why"),
    "WatchReset": ("{about} gathers evidence anew", "why"),
    "WatchMoved": ("{about} is {standing}", "reason"),
    "LookAsked": ("{about} looks, in {run}", ""),
    "WentSilent": ("{about} hears nothing any more", ""),
    "WasHeard": ("{about} hears something again", ""),
    "BaselineSet": ("{about} has another baseline, {because}", "reason"),
    "OutcomeRetold": ("outcome {about} was labelled once more", "because"),
    "SlotClosed": ("{about}: a round of outcomes is over, {next} have settled", ""),
    "AlertRaised": ("ALERT {alert}", "sentence"),
    "AlertCleared": ("alert {alert} is over", "why"),
    "DaemonStarted": ("daemon {pid} of release {release} started", ""),
    "DaemonStopped": ("the daemon stopped", "why"),
    "DeliveryIntended": ("{about}: {effect} to {target} is wanted", ""),
    "DeliveryTried": ("{about} is tried by {attempt}", ""),
    "DeliveryAskedAgain": ("{about} is to be tried again", ""),
    "DeliveryDone": ("{about} is done", ""),
    "DeliveryGivenUp": ("{about} was given up", "why"),
    "DeliveryOvertaken": ("{about} was overtaken by {by}", ""),
    "ArtifactDropped": ("{about} was dropped", "why"),
}
"""What is said of an event, and the field that says why."""


def sentence(event: Json) -> str:
    """What an event says, in words."""
    kind, body = event["kind"], event["payload"]
    about = event["stream"].partition("/")[2] or event["stream"]
    if kind in _TELLS:
        return _TELLS[kind](about, body)
    words, reason = _SAYS.get(kind, (f"{kind} {{about}}", ""))
    return words.format_map({"about": about, **body}) + _after(body.get(reason))


def _after(text: str | None) -> str:
    return f": {text}" if text else ""


def _queued(run: str, body: Json) -> str:
    line = f" for {body['line']}" if body["line"] else ""
    return f"{run} of {body['recipe']}{line} is in the queue ({body['trigger']}{_after(body['reason'])})"


def _attempt_ended(_: str, body: Json) -> str:
    error = body["error"]
    said = f"{error['code']}: {error['what']} {error['todo']}".rstrip() if error else body["says"]
    return f"{body['attempt']} {body['end']}{_after(said)}"


def _step_waiting(run: str, body: Json) -> str:
    about = {
        "approval": "a person's word", "person": "a person's word", "line": "its line", "wait": "its time",
        "outcomes": "more outcomes",
    }  # fmt: skip
    what = about.get(body["waits_for"], body["waits_for"])
    return f"{run} {body['step']} waits for {what}{_after(body['why'])}"


def _alias(line: str, body: Json) -> str:
    was = f", was {body['was']}" if body["was"] else ""
    return f"{line}: {body['alias']} is {body['version']} now{was} ({body['because']}{_after(body['reason'])})"


def _foreseen(run: str, body: Json) -> str:
    if body["end"] is None:
        return f"nobody can tell yet when {run} ends"
    bound = f", in nine of ten by {format_moment(body['end_bound'])}" if body["end_bound"] is not None else ""
    return f"{run} ends by {format_moment(body['end'])} in half of all cases{bound}"


def _fired(trigger: str, body: Json) -> str:
    into = "into the queued" if body["coalesced"] else "into"
    return f"{trigger} fired {into} {body['run']}{_after(body['reason'])}"


def _looked(trigger: str, body: Json) -> str:
    done = "looked" if body["decided"] else "could not look"
    return f"{trigger} {done}, in {body['run']}{_after(body['reason'])}"


def _signal(feed: str, body: Json) -> str:
    measured = f"{body['value']:g}" if body["variance"] is not None else f"{body['value']:g} of {body['n']:g}"
    shown = format_moment if body["of"] == TIME else str
    late = ", late" if body["late"] else ""
    return f"{feed}: {measured} from {shown(body['first'])} to {shown(body['last'])}{late}"


def _evaluation(feed: str, body: Json) -> str:
    measured = f"{body['value']:g}" if body["variance"] is not None else f"{body['value']:g} of {body['n']:g}"
    return f"{feed}: {measured} by {body['version']}, over {len(body['documents'])} documents"


def _outcome(_: str, body: Json) -> str:
    told = body["told"]
    worth = f"{told['value']:g}" if not told["counts"] else "right" if told["value"] else "wrong"
    return f"{body['line']}: {told['id']} was {worth}, by {told['why']}"


def _settled(outcome: str, body: Json) -> str:
    return f"outcome {outcome} settled as number {body['number']}{', late' if body['late'] else ''}"


def _followed(line: str, body: Json) -> str:
    fault = f", {body['faulty']} could not be taken" if body["faulty"] else ""
    return f"{line}: {body['lines']} lines of {body['file']} were read, {body['taken']} taken{fault}"


def _judged(run: str, body: Json) -> str:
    verdict = body["verdict"]
    return f"{run} {body['step']} judged {verdict['verdict']}{_after(verdict['sentence'])}"


def _put_off(delivery: str, body: Json) -> str:
    return f"{delivery} was put off{_after(body['why'])}{' (it may have been sent)' if body['maybe_sent'] else ''}"


def _rank(line: str, body: Json) -> str:
    among = "with derived models" if body["derived"] else "without derived models"
    place = f"{body['rank']} of {body['of']}" if body["rank"] is not None else f"not among the {body['of']}"
    return f"{line}: {body['repo']} is {place} on {body['dataset']}, {among}"


def _board(line: str, body: Json) -> str:
    wrong = [f"{each['repo']}: {each['file']} was rejected: {each['why']}" for each in body["rejected"]]
    return f"the boards of {line} were read{_after('; '.join([*wrong, *body['unread']]))}"


def _node(_: str, body: Json) -> str:
    return f"node {body['node']} offers {body['slots']['cpus']} cpus and {rough_size(body['slots']['memory'])}"


_TELLS: dict[str, Callable[[str, Json], str]] = {
    "RunQueued": _queued,
    "RunForeseen": _foreseen,
    "AttemptEnded": _attempt_ended,
    "StepWaiting": _step_waiting,
    "StepSpread": lambda run, body: f"{run} {body['step']} has {len(body['elements'])} elements",
    "GateJudged": _judged,
    "SignalTaken": _signal,
    "EvaluationTaken": _evaluation,
    "OutcomeTaken": _outcome,
    "OutcomeSettled": _settled,
    "FileFollowed": _followed,
    "AliasMoved": _alias,
    "TriggerFired": _fired,
    "LookEnded": _looked,
    "FilesTaken": lambda _, body: f"{len(body['files'])} files are in force",
    "FilesBroken": lambda _, body: f"files have faults: {'; '.join(body['faults'])}",
    "NodeSeen": _node,
    "DeliveryPutOff": _put_off,
    "RankRead": _rank,
    "BoardRead": _board,
    "ArtifactKept": lambda digest, body: f"{body['kind']} {digest[:12]} is kept, {rough_size(body['size'])}",
    "PlanKept": lambda digest, body: f"plan {digest[:12]} of {body['plan']['recipe']} is kept",
}
