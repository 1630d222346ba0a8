"""What is registered: step types, check types and trigger types, as the checker, the worker and the docs see them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from sentinel.domain.needs import Needs
from sentinel.domain.plan import Port

Function = Callable[..., Any]

DAEMON, WORKER = "daemon", "worker"


@dataclass(frozen=True, slots=True)
class StepType:
    """A kind of step: what it takes and gives, its parameters, and what it says of itself."""

    name: str
    version: int
    function: Function
    ports: dict[str, Port]
    outputs: dict[str, Port]
    params: type[BaseModel]
    needs: Needs = Needs()
    effect: str | None = None
    secrets: tuple[str, ...] = ()
    makes: str | None = None
    reads: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    daemon: bool = False
    """Whether the daemon does it itself: a closed list, no worker, no I/O but the ledger."""
    about: str = ""
    """The port that the reports it gives speak of, so that a verdict leads back to its model."""
    subject: str | None = None
    """The port whose artifact must be what the verdicts it takes have judged."""
    owner: str = ""
    open_ports: bool = False
    """Whether it takes whatever ports the recipe gives it."""
    wants: tuple[str, ...] = ()
    """The ports that get what the line has, where a recipe binds nothing to them: base, sets, rows."""
    speaks_of: Mapping[str, str] = field(default_factory=dict)
    """The parameters that speak of one port alone, each with that port: said without it, they would do nothing."""

    @property
    def says(self) -> str:
        """What it does, in the words of its function's docstring."""
        return says(self.function)


@dataclass(frozen=True, slots=True)
class CheckType:
    """A kind of check: the ports it judges on, found by name among a gate's, and its settings."""

    name: str
    version: int
    function: Function
    ports: dict[str, Port]
    params: type[BaseModel]
    comparative: bool = False
    """Whether it compares with a champion, and so says nothing of a first one."""
    reads: tuple[str, ...] = ()
    """What it looks at besides its ports: decision, baseline, drift, looks, line, maturity."""
    owner: str = ""

    @property
    def says(self) -> str:
        """What it judges, in the words of its function's docstring."""
        return says(self.function)


@dataclass(frozen=True, slots=True)
class TriggerType:
    """A kind of trigger: where it looks, and its settings."""

    name: str
    version: int
    function: Function
    params: type[BaseModel]
    looks: str = DAEMON
    reads: tuple[str, ...] = ()
    owner: str = ""

    @property
    def says(self) -> str:
        """When it fires, in the words of its function's docstring."""
        return says(self.function)


@dataclass(frozen=True, slots=True)
class Registry:
    """All that is registered, by name: a value, made once and passed down."""

    steps: Mapping[str, StepType] = field(default_factory=dict)
    checks: Mapping[str, CheckType] = field(default_factory=dict)
    triggers: Mapping[str, TriggerType] = field(default_factory=dict)

    @staticmethod
    def of(functions: list[Function]) -> "Registry":
        """The registry of these decorated functions, for a test or a workspace of one's own."""
        return gathered([registered(function) for function in functions])


Registered = StepType | CheckType | TriggerType


def says(function: Function) -> str:
    """A function's docstring on one line, without the paragraphs on the function itself."""
    paragraphs = [" ".join(part.split()) for part in (function.__doc__ or "").split("\n\n")]
    return " ".join(part for part in paragraphs if not part.startswith("This function"))


def registered(function: Function) -> Registered:
    """What a decorated function registers. TypeError for a function that is not decorated."""
    held = getattr(function, "__registers__", None)
    if not isinstance(held, StepType | CheckType | TriggerType):
        raise TypeError(f"{function!r} is not decorated with @step, @check or @trigger")
    return held


def gathered(types: list[Registered]) -> Registry:
    """The registry of these types. ValueError for a name that two of them claim, naming both owners."""
    by_sort: dict[type[Any], dict[str, Any]] = {StepType: {}, CheckType: {}, TriggerType: {}}
    for each in types:
        known = by_sort[type(each)]
        if each.name in known:
            noun = {StepType: "step", CheckType: "check", TriggerType: "trigger"}[type(each)]
            raise ValueError(
                f"The {noun} `{each.name}` of {each.owner} is already registered by {known[each.name].owner}."
            )
        known[each.name] = each
    return Registry(by_sort[StepType], by_sort[CheckType], by_sort[TriggerType])
