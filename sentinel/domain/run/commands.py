"""What can be asked of a run. Ids and facts come with the command, since the core mints and looks up nothing."""

from dataclasses import dataclass

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.events import Pinned, Ports
from sentinel.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Start:
    """Leave the queue, with what the line's aliases stand for now."""

    aliases: dict[str, Pinned]


@dataclass(frozen=True, slots=True)
class Advance:
    """Do all that follows from the clock and from what has ended: skip, wait, expire, end."""

    aliases: dict[str, Pinned]
    counted: int | None = None
    """How many outcomes of the line have counted so far."""


@dataclass(frozen=True, slots=True)
class StartAttempt:
    """Start a worker for a step; its lock is held."""

    step: str
    node: str
    key: str | None
    effect: str | None
    gpus: tuple[int, ...] = ()
    about: str | None = None
    """The version that was chosen for it, where one was."""


@dataclass(frozen=True, slots=True)
class TakeReused:
    """Take the result of an earlier attempt with the same key."""

    step: str
    source: str
    key: str
    outputs: Ports


@dataclass(frozen=True, slots=True)
class EndAttempt:
    """An attempt ended, as its result or the daemon's own eyes say."""

    attempt: str
    end: str
    outputs: Ports
    says: str = ""
    error: Refusal | None = None
    verdict: Verdict | None = None
    receipt: Json = None
    cpu_ms: int = 0
    peak_memory: int = 0
    progressed: bool = False
    nothing: bool = False
    """It succeeded in finding that there was nothing to train."""
    counted: int | None = None
    """How many outcomes of the line have counted so far."""


@dataclass(frozen=True, slots=True)
class EndOwn:
    """A step of the daemon's own ended: an alias moved, a child run ended."""

    step: str
    state: str
    outcome: str
    outputs: Ports
    why: str = ""


@dataclass(frozen=True, slots=True)
class WaitOwn:
    """A step of the daemon's own has to wait: the line is held."""

    step: str
    waits_for: str
    why: str


@dataclass(frozen=True, slots=True)
class StartSubrun:
    """A step started a run of its sub-recipe."""

    step: str
    run: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's word on what waits for one."""

    step: str | None
    approve: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the run; `state` is cancelled, or failed where a budget is spent."""

    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Start nothing more until resumed; what runs goes on."""

    why: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on."""


@dataclass(frozen=True, slots=True)
class RetryRun:
    """Do an ended run's unfinished steps again, or everything from a step."""

    step: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Reprioritise:
    """Move the run in the queue."""

    priority: int


Command = (
    Start | Advance | StartAttempt | TakeReused | EndAttempt | EndOwn | WaitOwn | StartSubrun
    | Answer | Cancel | Pause | Resume | RetryRun | Reprioritise
)  # fmt: skip
