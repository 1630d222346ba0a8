"""What waits for a person: where it is, since when, what it says, and the command that deals with it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sentinel.domain.delivery import is_delivery
from sentinel.domain.event import Event
from sentinel.domain.house import Alert, House
from sentinel.domain.line.events import VersionFrozen
from sentinel.domain.line.state import Line
from sentinel.domain.run.state import Run, StepState
from sentinel.domain.streams import parts_of, stream_of
from sentinel.ledger import Ledger
from sentinel.ledger.tables import DeliveryRow
from sentinel.supervisor.intents import UNDELIVERED

KINDS = ("approval", "person", "frozen", "given-up", "alert", "faults", "held", "paused")
"""What may wait for a person, in the order in which it is told."""
_ASKING = ("approval", "person")
_FILES = "files"


@dataclass(frozen=True, slots=True)
class Waits:
    """One thing that waits for a person."""

    kind: str
    about: str
    says: str
    todo: str
    since: int | None = None
    """None where it is not known any more."""
    run: str | None = None
    step: str | None = None
    line: str | None = None
    version: str | None = None
    delivery: str | None = None


def in_order(items: Iterable[Waits]) -> list[Waits]:
    """What waits, by kind, and of each kind what has waited longest first."""
    return sorted(items, key=lambda each: (KINDS.index(each.kind), each.since or 0))


def of_run(ledger: Ledger, run: Run) -> Iterator[Waits]:
    """What of a run waits: the steps that ask for a word, or the run itself where it is paused."""
    about = run.recipe + (f" for {run.line}" if run.line else "")
    if run.state == "paused":
        since = next((each.at for each in ledger.reads.latest_of(stream_of("run", run.id), "RunMoved", limit=1)), None)
        told = Waits("paused", about, run.why, f"sentinel resume {run.id}", since)
        yield replace(told, run=run.id, line=run.line)
    elif run.open and run.ending is None:
        for step in run.steps.values():
            if step.state == "waiting" and step.waits_for in _ASKING:
                yield replace(_asking(run, step), about=about, run=run.id, step=step.key, line=run.line)


def _asking(run: Run, step: StepState) -> Waits:
    # what holds a gate is decided by name and reason
    reason = "" if step.waits_for == "approval" else " --reason TEXT"
    judged = [attempt.ended_at for attempt in run.attempts.values() if attempt.step == step.key and attempt.ended_at]
    since = max(judged, default=step.started_at)
    return Waits(step.waits_for or "", "", step.why, f"sentinel approve {run.id} {step.key}{reason}", since)


def of_line(ledger: Ledger, line: Line) -> Iterator[Waits]:
    """What keeps a line still, and which of its versions are frozen."""
    frozen = [version for version in line.versions.values() if version.frozen]
    if not (line.held or line.frozen or frozen):
        return
    found = ledger.reads.latest_of(stream_of("line", line.name), "LineHeld", "LineFrozen", "VersionFrozen", limit=200)
    since = {_of(event): event.at for event in reversed(found)}
    if line.held:
        todo = f"sentinel release {line.name}"
        yield Waits("held", line.name, line.held, todo, since.get(("LineHeld", "")), line=line.name)
    if line.frozen:
        todo = f"sentinel acknowledge {line.name} --reason TEXT"
        yield Waits("frozen", line.name, line.frozen, todo, since.get(("LineFrozen", "")), line=line.name)
    for version in frozen:
        todo = f"sentinel acknowledge {line.name} {version.id} --reason TEXT"
        told = Waits("frozen", version.id, version.frozen or "", todo, since.get(("VersionFrozen", version.id)))
        yield replace(told, line=line.name, version=version.id)


def _of(event: Event) -> tuple[str, str]:
    """What an event is, and of which version."""
    body = event.body
    return type(body).__name__, body.version if isinstance(body, VersionFrozen) else ""


def of_outbox(ledger: Ledger, rows: Iterable[DeliveryRow]) -> Iterator[Waits]:
    """What could not be sent, and was given up."""
    for row in rows:
        stream = stream_of("delivery", row.id)
        content = ledger.state(stream).content
        since = next((each.at for each in ledger.reads.latest_of(stream, "DeliveryGivenUp", limit=1)), None)
        maybe = " It may have been sent." if row.maybe_sent else ""
        yield Waits(
            "given-up", f"{content.get('act', 'notice')} to {row.target}", f"{row.why}{maybe}",
            f"sentinel retry {row.id}", since, content.get("run"), content.get("step"), content.get("line"),
            delivery=row.id,
        )  # fmt: skip


def of_house(house: House, given_up: Collection[str | None]) -> Iterator[Waits]:
    """The alerts that stand and the files that are broken. What was given up is told already, and not told twice."""
    for alert in house.alerts.values():
        # broken files are told one by one below, and deliveries beside each other
        is_told = house.broken_files if alert.kind == _FILES else alert.kind == UNDELIVERED and alert.about in given_up
        if not is_told:
            yield _alert(alert)
    standing = house.alerts.get(f"{_FILES}:workspace")
    for file, faults in house.faults.items():
        more = f" And {len(faults) - 1} more." if len(faults) > 1 else ""
        since = standing.raised_at if standing is not None else None
        says, todo = "".join(faults[:1]) + more, f"sentinel check {file}".rstrip()
        yield Waits("faults", file or "workspace", says, todo, since)


def _alert(alert: Alert) -> Waits:
    told = Waits("alert", alert.about, alert.sentence, "", alert.raised_at)
    match alert.kind:
        case "stalled" | "alarm" | "adoption":
            run, step = _attempt(alert.about)
            todo = f"sentinel logs {run} {step}" if step else f"sentinel show {run}"
            return replace(told, run=run, step=step, todo="" if is_delivery(run) else todo)
        case "silent" | "signal" | "looks":
            line = alert.about.partition(".")[0]
            return replace(told, line=line, todo=f"sentinel drift {line}")
        case "trigger":
            line = parts_of(alert.about)[1].split(".")[1]
            return replace(told, line=line, todo=f"sentinel drift {line}") if line != "-" else told
        case "labels":
            return replace(told, line=alert.about, todo=f"sentinel outcomes {alert.about}")
        case "files":
            return replace(told, todo="sentinel check")
        case "undelivered":
            return replace(told, delivery=alert.about, todo=f"sentinel retry {alert.about}")
    return told


def _attempt(name: str) -> tuple[str, str | None]:
    """The run and the step of an attempt's id; of a run's id, the run alone."""
    run, _, rest = name.partition(".")
    return run, rest.rpartition(".")[0] or None
