"""The house: which files are in force, what alerts stand, which nodes there are, and when daemons came and went."""

from dataclasses import dataclass, field, replace

from sentinel.domain.event import Happened, on_record
from sentinel.domain.needs import Slots


@on_record
@dataclass(frozen=True, slots=True)
class FilesTaken(Happened):
    """These files of the workspace are in force from here, by digest."""

    files: dict[str, str]
    commit: str | None
    dirty: bool


@on_record
@dataclass(frozen=True, slots=True)
class FilesBroken(Happened):
    """Edited files have faults; the last good ones stay in force."""

    files: dict[str, str]
    faults: tuple[str, ...]


@on_record
@dataclass(frozen=True, slots=True)
class AlertRaised(Happened):
    """Something wants a person's eye."""

    alert: str
    kind: str
    about: str
    sentence: str


@on_record
@dataclass(frozen=True, slots=True)
class AlertCleared(Happened):
    """What an alert was about is over."""

    alert: str
    why: str


@on_record
@dataclass(frozen=True, slots=True)
class NodeSeen(Happened):
    """A node and what it offers."""

    node: str
    slots: Slots


@on_record
@dataclass(frozen=True, slots=True)
class DaemonStarted(Happened):
    """A daemon opened the ledger."""

    pid: int
    release: str


@on_record
@dataclass(frozen=True, slots=True)
class DaemonStopped(Happened):
    """The daemon closed the ledger in good order."""

    why: str


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that stands."""

    id: str
    kind: str
    about: str
    sentence: str
    raised_at: int


@dataclass(frozen=True, slots=True)
class House:
    """The state of the house."""

    files: dict[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    broken_files: dict[str, str] = field(default_factory=dict)
    commit: str | None = None
    dirty: bool = False
    alerts: dict[str, Alert] = field(default_factory=dict)
    nodes: dict[str, Slots] = field(default_factory=dict)
    daemon: int | None = None

    @property
    def faults(self) -> dict[str, list[str]]:
        """The faults of each broken file, by its path; those that are of no file by none."""
        found: dict[str, list[str]] = {file: [] for file in sorted(self.broken_files)}
        for fault in self.broken:
            file = fault.partition(":")[0]
            found.setdefault(file if file in found else "", []).append(fault)
        return found


def evolve(house: House, body: Happened, at: int, actor: str = "") -> House:
    """The house after one more event."""
    match body:
        case FilesTaken(files=files, commit=commit, dirty=dirty):
            return replace(house, files=files, broken=(), broken_files={}, commit=commit, dirty=dirty)
        case FilesBroken(files=files, faults=faults):
            return replace(house, broken=faults, broken_files=files)
        case AlertRaised(alert=alert, kind=kind, about=about, sentence=sentence):
            return replace(house, alerts={**house.alerts, alert: Alert(alert, kind, about, sentence, at)})
        case AlertCleared(alert=alert):
            return replace(house, alerts={key: held for key, held in house.alerts.items() if key != alert})
        case NodeSeen(node=node, slots=slots):
            return replace(house, nodes={**house.nodes, node: slots})
        case DaemonStarted(pid=pid):
            return replace(house, daemon=pid)
        case DaemonStopped():
            return replace(house, daemon=None)
    raise TypeError(f"{type(body).__name__} is no event of the house")


def raise_alert(house: House, kind: str, about: str, sentence: str) -> list[Happened]:
    """The alert, unless it stands already with the same words."""
    alert = f"{kind}:{about}"
    standing = house.alerts.get(alert)
    if standing is not None and standing.sentence == sentence:
        return []
    return [AlertRaised(alert, kind, about, sentence)]


def clear_alert(house: House, kind: str, about: str, why: str) -> list[Happened]:
    """The end of an alert, if it stands."""
    alert = f"{kind}:{about}"
    return [AlertCleared(alert, why)] if alert in house.alerts else []
