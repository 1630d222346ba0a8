"""The checked, digest-pinned form of a recipe: what a run does, with every name resolved and every kind known."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from sentinel.domain.digest import Json, digest_of
from sentinel.domain.form import from_json, to_json
from sentinel.domain.needs import Needs
from sentinel.domain.quantity import MINUTE

STEP_OUTCOMES = ("done", "reused", "failed", "timed-out", "skipped", "nothing-trained", "cancelled")
VERDICTS = ("pass", "inconclusive", "error", "fail", "freeze")
APPROVAL_OUTCOMES = ("approved", "rejected", "expired")
BARS = ("gate", "approve")


@dataclass(frozen=True, slots=True)
class Source:
    """Where one binding gets its artifact: a step's port, an input, an alias' port, or the element of `each`."""

    of: str
    """One of step, input, alias, it."""
    name: str = ""
    port: str = ""
    maybe: bool = False

    def __str__(self) -> str:
        """The binding as it is written in a recipe."""
        text = {"input": f"inputs.{self.name}", "it": "it"}.get(self.of, f"{self.name}.{self.port}")
        return text + ("?" if self.maybe else "")


@dataclass(frozen=True, slots=True)
class Port:
    """One port of a step: its kind, and whether it may be left out or takes many."""

    kind: str
    optional: bool = False
    many: bool = False

    def __str__(self) -> str:
        """The port's kind as people write it."""
        return f"list of {self.kind}" if self.many else self.kind + ("?" if self.optional else "")


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried again, and how long the first pause is; each further pause doubles."""

    times: int = 0
    backoff: int = MINUTE


@dataclass(frozen=True, slots=True)
class Filled:
    """A place in a step's parameters that takes its value from an input of the run."""

    at: tuple[str, ...]
    input: str


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """One check of a gate: which check function judges, with which settings, on which ports."""

    use: str
    version: int
    params: Json
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """What an inconclusive gate waits for before it judges again."""

    outcomes: int | None
    at_most: int


@dataclass(frozen=True, slots=True)
class GatePlan:
    """A gate file in force: its checks, who is judged against whom, and what each verdict does."""

    gate: str
    digest: str
    checks: tuple[PlannedCheck, ...]
    judges: str
    against: str | None
    then: dict[str, str] = field(default_factory=dict)
    """For each verdict but pass: reject, hold, wait or freeze."""
    wait: Wait | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A question to a person, with a deadline and what happens when nobody answers."""

    ask: str
    within: int
    otherwise: str


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One node of a plan. Exactly one of use, gate, approve and wait says what it does."""

    id: str
    act: str
    use: str = ""
    """The registered step that does the work: the step's own name, or `gate`."""
    version: int = 1
    params: Json = None
    filled: tuple[Filled, ...] = ()
    binds: dict[str, tuple[Source, ...]] = field(default_factory=dict)
    takes: dict[str, Port] = field(default_factory=dict)
    gives: dict[str, Port] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)
    each: Source | None = None
    needs: Needs = Needs()
    timeout: int | None = None
    retry: Retry = Retry()
    optional: bool = False
    effect: str | None = None
    secrets: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    makes: str | None = None
    preload: tuple[str, ...] = ()
    pins: dict[str, str] = field(default_factory=dict)
    """The versions of the distributions that the step declares."""
    gate: GatePlan | None = None
    approval: Approval | None = None
    wait: int | None = None
    recipe: str | None = None
    """The sub-recipe that this step runs."""

    @property
    def is_bar(self) -> bool:
        """Whether nothing below it in the file starts before it has passed."""
        return self.act in BARS

    @property
    def bound(self) -> set[str]:
        """The steps whose ports it binds."""
        sources = [source for held in self.binds.values() for source in held] + ([self.each] if self.each else [])
        return {source.name for source in sources if source.of == "step"}

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What a `when:` may ask of this step."""
        if self.act == "gate":
            return (*VERDICTS, "skipped")
        return (*APPROVAL_OUTCOMES, "skipped") if self.act == "approve" else STEP_OUTCOMES


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a run may spend in running: wall time, and GPU time summed over its attempts."""

    wall: int | None = None
    gpu: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How a recipe's runs queue: priority, how many at once, when they may start attempts, what they may spend."""

    priority: int = 50
    at_most_one_per: str | None = None
    hours: tuple[int, int] | None = None
    """Minutes after local midnight, from and to; a window may pass midnight."""
    budget: Budget = Budget()


@dataclass(frozen=True, slots=True)
class Input:
    """A typed input of a recipe."""

    type: str
    choices: tuple[str, ...] = ()
    default: Json = None
    required: bool = False


@dataclass(frozen=True)
class Plan:
    """A recipe checked against the registry and the workspace; what it names is pinned by its digest."""

    recipe: str
    about: str
    line: str | None
    inputs: dict[str, Input]
    steps: tuple[PlannedStep, ...]
    policy: Policy
    gives: dict[str, Source]
    source: str
    """The digest of the recipe file's text."""
    children: tuple["Plan", ...] = ()
    """The plans of the sub-recipes that its steps run."""

    def step(self, name: str) -> PlannedStep:
        """The step of this id."""
        return self._by_id[name]

    def bars_above(self, name: str) -> tuple[PlannedStep, ...]:
        """The gates and approvals above a step in the file."""
        return self._bars[name]

    def position(self, name: str) -> int:
        """The place of a step in the file, from 0."""
        return self._positions[name]

    def below(self, name: str) -> tuple[int, ...]:
        """The places of the steps that bind this one or name it in `after` or `when`."""
        return self._below.get(name, ())

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {step.id: position for position, step in enumerate(self.steps)}

    @cached_property
    def _below(self) -> dict[str, tuple[int, ...]]:
        below: dict[str, tuple[int, ...]] = {}
        for position, step in enumerate(self.steps):
            for name in {*step.after, *step.when, *step.bound}:
                below[name] = (*below.get(name, ()), position)
        return below

    @cached_property
    def _by_id(self) -> dict[str, PlannedStep]:
        return {step.id: step for step in self.steps}

    @cached_property
    def _bars(self) -> dict[str, tuple[PlannedStep, ...]]:
        above: dict[str, tuple[PlannedStep, ...]] = {}
        bars: tuple[PlannedStep, ...] = ()
        for step in self.steps:
            above[step.id] = bars
            bars = (*bars, step) if step.is_bar else bars
        return above

    def for_line(self, line: str | None) -> "Plan":
        """The plan of a run for one line, or for none."""
        return replace(self, line=line, children=tuple(child.for_line(line) for child in self.children))

    def child(self, recipe: str) -> "Plan":
        """The plan of a sub-recipe."""
        return next(plan for plan in self.children if plan.recipe == recipe)

    @cached_property
    def digest(self) -> str:
        """The name of this plan: the digest of all that it holds."""
        return digest_of(self.to_json())

    def to_json(self) -> Json:
        """The form in which a run keeps its copy."""
        return to_json(self)

    @staticmethod
    def from_json(value: Json) -> "Plan":
        """The plan of a kept copy."""
        return from_json(Plan, value)
