"""What can happen to a run, its steps and its attempts."""

from dataclasses import dataclass
from typing import ClassVar

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.event import Happened, on_record, upgrade
from sentinel.domain.refusal import Refusal
from sentinel.domain.verdict import Verdict

Ports = dict[str, tuple[Artifact, ...]]


@dataclass(frozen=True, slots=True)
class Pinned:
    """What an alias stood for when the run began: a version, and the artifacts of its ports."""

    version: str
    ports: dict[str, Artifact]


@on_record
@dataclass(frozen=True, slots=True)
class RunQueued(Happened):
    """A run was asked for. It keeps its own digest-pinned plan, with the commit and whether the tree was dirty."""

    recipe: str
    line: str | None
    plan: str
    inputs: Json
    priority: int
    trigger: str
    reason: str
    commit: str | None
    dirty: bool
    kind: str
    """A run of a recipe, or `asked`: one step that a verb computes."""
    only: str | None
    parent: str | None
    parent_step: str | None
    purpose: Json
    """What a verb wants done once the run succeeds; an adoption, say."""


@on_record
@dataclass(frozen=True, slots=True)
class RunStarted(Happened):
    """The run left the queue; the aliases it reads are pinned from here."""

    aliases: dict[str, Pinned]
    round: int


@on_record
@dataclass(frozen=True, slots=True)
class RunMoved(Happened):
    """The run moved between running, waiting and paused."""

    to: str
    why: str


@on_record
@dataclass(frozen=True, slots=True)
class RunForeseen(Happened):
    """When the run is expected to start and to end: by when in half of all cases, and in nine of ten. It binds nobody,
    and is kept so that it can be seen how good such words have been.
    """

    when: str
    """Told while it was `queued`, or once it had `begun`."""
    start: int | None
    start_bound: int | None
    end: int | None
    end_bound: int | None


@on_record
@dataclass(frozen=True, slots=True)
class RunReprioritised(Happened):
    """A person moved the run in the queue."""

    priority: int


@on_record
@dataclass(frozen=True, slots=True)
class CancelAsked(Happened):
    """The run is to end: its attempts are being ended, and nothing starts any more."""

    state: str
    why: str


@on_record
@dataclass(frozen=True, slots=True)
class RunEnded(Happened):
    """The run ended, in one of its closing states."""

    state: str
    why: str


@on_record
@dataclass(frozen=True, slots=True)
class RunRetried(Happened):
    """An ended run goes back into the queue; the steps named are to be done again."""

    steps: tuple[str, ...]
    why: str


@on_record
@dataclass(frozen=True, slots=True)
class AttemptStarted(Happened):
    """A worker is about to be started for a step; the lock is held. With an effect key, this is the intent."""

    VERSION: ClassVar[int] = 2

    step: str
    attempt: str
    node: str
    inputs: Ports
    key: str | None
    """The reuse key."""
    effect: str | None
    gpus: tuple[int, ...] = ()
    """The GPUs of the node that it may use, by index."""
    about: str | None = None
    """The version that was chosen for it, where one was."""


@upgrade("AttemptStarted", 1)
def _unchosen(payload: Json) -> Json:
    """Which version was chosen for an attempt did not go on record."""
    return {**payload, "about": None}


@on_record
@dataclass(frozen=True, slots=True)
class AttemptEnded(Happened):
    """An attempt ended: succeeded, failed, refused, timed-out, out-of-memory, stalled, lost or cancelled."""

    step: str
    attempt: str
    end: str
    outputs: Ports
    says: str
    error: Refusal | None
    receipt: Json
    cpu_ms: int
    peak_memory: int
    progressed: bool
    """Whether a lost one counts for nothing: it left a checkpoint to go on from, or went with its daemon unbegun."""


@on_record
@dataclass(frozen=True, slots=True)
class StepWaiting(Happened):
    """A step waits: for an approval, a time, a retry, a held gate, more outcomes, a hold, or a child run."""

    VERSION: ClassVar[int] = 2

    step: str
    waits_for: str
    until: int | None
    why: str
    counted: int | None = None
    """How many outcomes of the line had counted by then, where it waits for more of them."""


@upgrade("StepWaiting", 1)
def _uncounted(payload: Json) -> Json:
    """A wait of before outcomes were counted ends by time alone."""
    return {**payload, "counted": None}


@on_record
@dataclass(frozen=True, slots=True)
class StepSpread(Happened):
    """A step with `each` found its list: so many elements, each an instance of its own."""

    step: str
    elements: tuple[Artifact, ...]


@on_record
@dataclass(frozen=True, slots=True)
class SubrunStarted(Happened):
    """A step started a run of a sub-recipe."""

    step: str
    run: str


@on_record
@dataclass(frozen=True, slots=True)
class GateJudged(Happened):
    """A gate gave its verdict in this round."""

    step: str
    attempt: str
    verdict: Verdict


@on_record
@dataclass(frozen=True, slots=True)
class GateLifted(Happened):
    """A person let a held gate's bar be passed. The verdict stays what it was, and promotes nothing."""

    step: str
    reason: str


@on_record
@dataclass(frozen=True, slots=True)
class StepEnded(Happened):
    """A step ended in a state and an outcome."""

    step: str
    state: str
    outcome: str
    outputs: Ports
    why: str


@on_record
@dataclass(frozen=True, slots=True)
class StepReused(Happened):
    """A step's result was there already, made by an earlier attempt with the same key."""

    step: str
    source: str
    inputs: Ports
    key: str
    outputs: Ports


@on_record
@dataclass(frozen=True, slots=True)
class StepSkipped(Happened):
    """A step will not be done, and why. `unset` says that it was for want of an alias."""

    step: str
    why: str
    unset: bool


@on_record
@dataclass(frozen=True, slots=True)
class RoundBegun(Happened):
    """A gate's wait is over: what it judges is made again over new documents, and it judges again."""

    gate: str
    steps: tuple[str, ...]
    round: int
    aliases: dict[str, Pinned]
