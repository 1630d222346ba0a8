"""How steps, checks and triggers register: a decorator on a typed function, and an entry point that names it."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

import sentinel
from sentinel.contract.signature import Signature
from sentinel.contract.types import (
    DAEMON,
    WORKER,
    CheckType,
    Function,
    Registered,
    Registry,
    StepType,
    TriggerType,
    gathered,
    registered,
)
from sentinel.domain.needs import Needs
from sentinel.domain.refusal import refuse

__all__ = [
    "DAEMON", "WORKER", "CheckType", "Registry", "StepType", "TriggerType", "check", "load", "registered", "step",
    "trigger",
]  # fmt: skip

GROUPS = {"sentinel.steps": StepType, "sentinel.checks": CheckType, "sentinel.triggers": TriggerType}

F = TypeVar("F", bound=Function)
LINE_WORDS = ("base", "sets", "rows")
"""What a line has for steps that want it, each on a port of this name."""
LOOKED_AT = ("champion", "line", "profiles", "signals")
"""What a trigger that looks in a worker can be told."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,47}")


def step(
    name: str,
    *,
    version: int = 1,
    needs: Needs = Needs(),
    effect: str | None = None,
    secrets: Iterable[str] = (),
    makes: str | None = None,
    reads: Iterable[str] = (),
    preload: Iterable[str] = (),
    distributions: Iterable[str] = (),
    daemon: bool = False,
    about: str = "",
    subject: str | None = None,
    open_ports: bool = False,
    wants: Iterable[str] = (),
    speaks_of: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[F], F]:
    """Register a function as a step. `about`, `subject`, `wants` and the values of `speaks_of` name ports; what it says
    of itself is its docstring.
    """

    wanted = tuple(wants)
    strange = [word for word in wanted if word not in LINE_WORDS]
    if strange:
        raise TypeError(f"`{name}` cannot be registered: a line has {', '.join(LINE_WORDS)}, and not {strange[0]}")

    def register(function: F) -> F:
        read = Signature(_named(name), function)
        for port in (about, subject, *wanted, *speaks_of.values()):
            if port and port not in read.ports:
                raise TypeError(f"`{name}` cannot be registered: it has no port `{port}`")
        for param in speaks_of:
            if param not in read.params.model_fields:
                raise TypeError(f"`{name}` cannot be registered: it has no parameter `{param}`")
        return _mark(
            function,
            StepType(
                name, version, function, read.ports, read.outputs, read.params, needs, effect, tuple(secrets), makes,
                tuple(reads), tuple(preload), tuple(distributions), daemon, about, subject, function.__module__,
                open_ports, wanted, dict(speaks_of),
            ),
        )  # fmt: skip

    return register


def check(name: str, *, version: int = 1, comparative: bool = False, reads: Iterable[str] = ()) -> Callable[[F], F]:
    """Register a function as a gate's check. Its ports are found by name among the gate's."""

    def register(function: F) -> F:
        read = Signature(_named(name), function)
        held = CheckType(
            name, version, function, read.ports, read.params, comparative, tuple(reads), function.__module__
        )
        return _mark(function, held)

    return register


def trigger(name: str, *, version: int = 1, looks: str = DAEMON, reads: Iterable[str] = ()) -> Callable[[F], F]:
    """Register a function as a trigger, which looks in the daemon (rows only) or in a worker."""
    if looks not in (DAEMON, WORKER):
        raise TypeError(f"`{name}` cannot be registered: a trigger looks in the daemon or in a worker")
    unknown = [word for word in reads if word not in LOOKED_AT] if looks == WORKER else []
    if unknown:
        known = ", ".join(LOOKED_AT)
        raise TypeError(f"`{name}` cannot be registered: a worker can be told {known}, and not {unknown[0]}")

    def register(function: F) -> F:
        read = Signature(_named(name), function)
        if read.ports:
            raise TypeError(f"`{name}` cannot be registered: a trigger has no ports")
        return _mark(
            function, TriggerType(name, version, function, read.params, looks, tuple(reads), function.__module__)
        )

    return register


def load() -> Registry:
    """Everything that the installed distributions register. Refused where that cannot be told for sure."""
    found: list[Registered] = []
    own = set()
    for group, sort in GROUPS.items():
        for entry in entry_points(group=group):
            owner = entry.dist.name if entry.dist else entry.module
            if entry.module.startswith("sentinel."):
                own.add((group, entry.name))
            found.append(_loaded(entry, sort, owner))
    _refuse_stale(own)
    try:
        return gathered(found)
    except ValueError as error:
        raise refuse("E-registry", str(error), todo="Uninstall one of the two, or rename it.") from error


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise TypeError(f"`{name}` cannot be registered: it is no name")
    return name


def _mark(function: F, held: Registered) -> F:
    function.__registers__ = held  # type: ignore[attr-defined]
    return function


def _loaded(entry: EntryPoint, sort: type[Any], owner: str) -> Registered:
    try:
        named = entry.load()
    except Exception as error:
        raise refuse(
            "E-registry",
            f"`{entry.name}` of {owner} cannot be loaded from {entry.value}: {type(error).__name__}: {error}",
            todo=f"Install {owner} again, or uninstall it.",
        ) from error
    # a module is as good as a function where it holds just the one of this name
    held = vars(named).values() if isinstance(named, ModuleType) else [named]
    for each in held:
        marked = getattr(each, "__registers__", None)
        if isinstance(marked, StepType | CheckType | TriggerType) and (type(marked), marked.name) == (sort, entry.name):
            return replace(marked, owner=owner)
    raise refuse(
        "E-registry",
        f"{entry.value} of {owner} registers no {sort.__name__.removesuffix('Type').lower()} called `{entry.name}`.",
        todo="Its entry point and its decorator must say the same name.",
    )


def _refuse_stale(own: set[tuple[str, str]]) -> None:
    """An editable install keeps the entry points of the day it was made: name what has been added since."""
    missing = _declared() - own
    if not own or missing:
        names = ", ".join(f"`{name}`" for _, name in sorted(missing)) or "steps, checks and triggers"
        raise refuse(
            "E-registry",
            f"Sentinel's own {names} are not registered: the installation is older than the code.",
            todo="Run `pip install -e .` again.",
        )


def _declared() -> set[tuple[str, str]]:
    """What pyproject.toml declares, in a source checkout; nothing in an installed package."""
    file = Path(sentinel.__file__).parent.parent / "pyproject.toml"
    if not file.is_file():
        return set()
    project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    if project.get("name") != "sentinel":
        return set()
    groups = project.get("entry-points", {})
    return {(group, name) for group in GROUPS for name in groups.get(group, {})}
