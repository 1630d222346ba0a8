"""Which of the things that happen are worth a notice to people, and in what words."""

from sentinel.domain.delivery import DeliveryIntended, DeliveryPutOff
from sentinel.domain.digest import digest_of
from sentinel.domain.event import Happened
from sentinel.domain.house import AlertRaised
from sentinel.domain.line.events import AliasMoved, LineFrozen
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.events import RunEnded, StepWaiting
from sentinel.domain.run.state import Run
from sentinel.domain.streams import parts_of, stream_of
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.work import Work

ALERTS = {"files": "broken-file", "stalled": "stalled", "silent": "silent", "trigger": "silent"}
"""The alerts that people may ask to be told of, and the name they ask for them by."""
ON_A_PERSON = ("approval", "person", "line")

Notice = tuple[str, str, str]


def tell(work: Work, catalogue: Catalogue) -> None:
    """Intend a notice for all that is worth one among this work's events."""
    if not catalogue.targets:
        return
    notices = [_notice(work, stream, body) for stream, bodies in work.changes for body in bodies]
    for notice in filter(None, notices):
        for target in catalogue.targets:
            if notice[0] in target.on:
                _intend(work, target.to, *notice)


def try_out(work: Work, catalogue: Catalogue, by: str) -> list[str] | Refusal:
    """Intend a notice that only says it is a test, to everybody who is told of anything; the deliveries."""
    targets = sorted({target.to for target in catalogue.targets})
    if not targets:
        return Refusal("E-config", "Nobody is told of anything.", "sentinel.yaml", "Name somebody under `notify:`.")
    notice = ("test", "sentinel", f"A test, asked for by {by}. All is well.")
    return [_intend(work, target, *notice) for target in targets]


def _intend(work: Work, target: str, kind: str, about: str, text: str) -> str:
    content = {"kind": kind, "about": about, "text": text}
    delivery = work.ledger.next_delivery()
    key = digest_of(["notify", target, content, work.at])
    work.apply(stream_of("delivery", delivery), [DeliveryIntended("notify", target, key, content)])
    return delivery


def _notice(work: Work, stream: str, body: Happened) -> Notice | None:
    """What kind of thing happened, about what, and the sentence; none where it is nobody's business."""
    _, name = parts_of(stream)
    match body:
        case RunEnded(state=state, why=why):
            run = work.run(name)
            told = run.kind == "recipe" and run.parent is None
            return (state, name, f"{_called(run)} ended as {state}. {why}".strip()) if told else None
        case StepWaiting(waits_for=waits_for, why=why, step=step) if waits_for in ON_A_PERSON:
            return "waiting", name, f"{_called(work.run(name))} waits for a person at `{step}`: {why}"
        case AliasMoved(alias="champion", version=version, because=because):
            kind = "rolled-back" if because == "rollback" else "promoted"
            return kind, name, f"{name}: {version} is champion now, by {because}."
        case LineFrozen(why=why):
            return "frozen", name, f"{name} is frozen: {why}"
        case AlertRaised(kind=kind, about=about, sentence=sentence) if kind in ALERTS:
            return ALERTS[kind], about, sentence
        case DeliveryPutOff(maybe_sent=True, why=why):
            return "maybe-sent", name, f"{name} may have been sent, or not: {why}"
    return None


def _called(run: Run) -> str:
    return f"{run.id} of {run.recipe}{f' for {run.line}' if run.line else ''}"
