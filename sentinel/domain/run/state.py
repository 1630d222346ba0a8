"""A run as its events have made it: its state, its steps' and its attempts'."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.plan import Plan, PlannedStep
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.events import Pinned, Ports
from sentinel.domain.run.moves import RUN_OPEN, STEP_ENDS
from sentinel.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a step."""

    id: str
    step: str
    state: str
    node: str
    started_at: int
    ended_at: int | None = None
    inputs: Ports = field(default_factory=dict)
    key: str | None = None
    effect: str | None = None
    gpus: tuple[int, ...] = ()
    about: str | None = None
    """The version that was chosen for it, where one was."""
    outputs: Ports = field(default_factory=dict)
    says: str = ""
    error: Refusal | None = None
    receipt: Json = None
    cpu_ms: int = 0
    peak_memory: int = 0


@dataclass(frozen=True, slots=True)
class StepState:
    """One node of the run: a step, or one element of a step with `each` (its key is then `id.N`)."""

    key: str
    state: str = "pending"
    outcome: str | None = None
    why: str = ""
    tries: int = 0
    """How much of `retry` has been used in this round of it."""
    lost: int = 0
    """Attempts lost since the last one that left a checkpoint."""
    live: str | None = None
    """The attempt that runs now."""
    waits_for: str | None = None
    until: int | None = None
    counted: int | None = None
    """How many outcomes of the line had counted when its wait for more of them began."""
    outputs: Ports = field(default_factory=dict)
    elements: tuple[Artifact, ...] | None = None
    child: str | None = None
    verdict: Verdict | None = None
    lifted: bool = False
    looks: int = 0
    """How often its gate has judged since the run was queued."""
    fresh_from: int = 0
    """What was made before this moment does not serve again here: a gate has waited since, for what is new."""
    unset: bool = False
    source: str | None = None
    """The attempt from which the result was reused."""
    started_at: int | None = None
    ended_at: int | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it in this round."""
        return self.state in STEP_ENDS


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan. Made of its plan and its events, and of nothing else."""

    id: str
    plan: Plan
    state: str = ""
    recipe: str = ""
    line: str | None = None
    inputs: Json = None
    priority: int = 50
    trigger: str = ""
    reason: str = ""
    actor: str = ""
    kind: str = "recipe"
    only: str | None = None
    parent: str | None = None
    parent_step: str | None = None
    purpose: Json = None
    commit: str | None = None
    dirty: bool = False
    why: str = ""
    round: int = 0
    aliases: dict[str, Pinned] = field(default_factory=dict)
    steps: dict[str, StepState] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    paused_in: str | None = None
    """The state that it was in when it was paused."""
    ending: tuple[str, str] | None = None
    """The state and the reason with which a cancelled run will end."""
    created_at: int = 0
    started_at: int | None = None
    ended_at: int | None = None
    running_since: int | None = None
    ran_ms: int = 0
    gpu_ms: int = 0

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.state in RUN_OPEN

    def step(self, key: str) -> StepState:
        """The state of a step or element; a step that nothing has happened to is pending."""
        return self.steps.get(key) or _untouched(key)

    def planned(self, key: str) -> PlannedStep:
        """The plan's step behind a key."""
        return self.plan.step(step_of(key))

    def instances(self) -> Iterator[tuple[str, PlannedStep]]:
        """Every key of the run in the order of the file: each step, then its elements."""
        for step in self.plan.steps:
            yield step.id, step
            for index in range(len(self.step(step.id).elements or ())):
                yield f"{step.id}.{index}", step

    def live(self) -> list[Attempt]:
        """The attempts that run now."""
        return [self.attempts[step.live] for step in self.steps.values() if step.live is not None]

    def next_attempt(self, key: str) -> str:
        """The id of the next attempt at a step; it names the attempt's folder too."""
        number = sum(attempt.step == key for attempt in self.attempts.values()) + 1
        return f"{self.id}.{key}.a{number}"

    def spent(self, at: int) -> int:
        """The wall time spent in running, in ms."""
        return self.ran_ms + (at - self.running_since if self.running_since is not None else 0)


@lru_cache(maxsize=4096)
def _untouched(key: str) -> StepState:
    return StepState(key)


def step_of(key: str) -> str:
    """The id of the step behind a key: names hold no dots."""
    return key.partition(".")[0]


def element_of(key: str) -> int | None:
    """Which element a key names, or None where it names the step itself."""
    index = key.partition(".")[2]
    return int(index) if index else None
