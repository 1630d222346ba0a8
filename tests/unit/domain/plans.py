"""Small plans by hand, written nearly as a recipe is, for the tests of the pure core."""

from collections.abc import Mapping, Sequence

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.names import ALIASES
from sentinel.domain.needs import Needs
from sentinel.domain.plan import (
    Approval,
    Budget,
    GatePlan,
    Plan,
    PlannedCheck,
    PlannedStep,
    Policy,
    Port,
    Retry,
    Source,
    Wait,
)
from sentinel.domain.quantity import DAY, MINUTE

Binding = str | Sequence[str]

THEN = {"fail": "reject", "inconclusive": "hold", "error": "hold", "freeze": "freeze"}


def model(name: str) -> Artifact:
    """A model that exists only by name."""
    return Artifact("Model", digest_of(name))


def source(text: str) -> Source:
    """A binding as it is written: `rows.out`, `champion.model?`, `inputs.base`, `it`."""
    maybe, text = text.endswith("?"), text.rstrip("?")
    name, _, port = text.partition(".")
    if text == "it":
        return Source("it", maybe=maybe)
    if name == "inputs":
        return Source("input", port, maybe=maybe)
    return Source("alias" if name in ALIASES else "step", name, port, maybe)


def _sources(held: Binding) -> tuple[Source, ...]:
    return (source(held),) if isinstance(held, str) else tuple(source(text) for text in held)


def use(
    name: str,
    *,
    takes: Mapping[str, Binding] | None = None,
    optional_ports: Sequence[str] = (),
    does: str = "program",
    gives: Sequence[str] = ("out",),
    many: Sequence[str] = (),
    after: Sequence[str] = (),
    when: Mapping[str, Sequence[str]] | None = None,
    each: str | None = None,
    times: int = 0,
    backoff: int = MINUTE,
    optional: bool = False,
    gpus: int = 0,
    recipe: str | None = None,
) -> PlannedStep:
    """A step that a worker does, or a sub-recipe; its ports are optional or many only where named so."""
    binds = {port: _sources(held) for port, held in (takes or {}).items()}
    return PlannedStep(
        name,
        "use",
        use=does,
        binds=binds,
        takes={port: Port("Model", port in optional_ports, not isinstance((takes or {})[port], str)) for port in binds},
        gives={port: Port("EvalReport" if does == "evaluate" else "Model", many=port in many) for port in gives},
        after=tuple(after),
        when={key: tuple(outcomes) for key, outcomes in (when or {}).items()},
        each=source(each) if each else None,
        needs=Needs(gpus=gpus),
        retry=Retry(times, backoff),
        optional=optional,
        recipe=recipe,
    )


def gate(
    name: str,
    *,
    takes: Mapping[str, Binding] | None = None,
    optional_ports: Sequence[str] = (),
    then: Mapping[str, str] | None = None,
    at_most: int | None = None,
    outcomes: int | None = None,
    when: Mapping[str, Sequence[str]] | None = None,
    times: int = 0,
) -> PlannedStep:
    """A gate; what each verdict does is the design's default unless said otherwise."""
    binds = {port: _sources(held) for port, held in (takes or {}).items()}
    judge = GatePlan(
        name,
        digest_of(name),
        (PlannedCheck("checksum", 1, None),),
        next(iter(binds), "candidate"),
        None,
        {**THEN, **(then or {})},
        Wait(outcomes, at_most) if at_most is not None else None,
    )
    return PlannedStep(
        name,
        "gate",
        use="gate",
        binds=binds,
        takes={port: Port("Model", port in optional_ports) for port in binds},
        gives={"verdict": Port("Verdict")},
        when={key: tuple(outcomes) for key, outcomes in (when or {}).items()},
        retry=Retry(times, MINUTE),
        gate=judge,
    )


def approve(
    name: str, *, within: int = DAY, otherwise: str = "reject", when: Mapping[str, Sequence[str]] | None = None
) -> PlannedStep:
    """A question to a person."""
    asked = {key: tuple(outcomes) for key, outcomes in (when or {}).items()}
    return PlannedStep(name, "approve", approval=Approval("Go on?", within, otherwise), when=asked)


def wait(
    name: str, ms: int = MINUTE, *, after: Sequence[str] = (), when: Mapping[str, Sequence[str]] | None = None
) -> PlannedStep:
    """A pause of so long."""
    asked = {key: tuple(outcomes) for key, outcomes in (when or {}).items()}
    return PlannedStep(name, "wait", wait=ms, after=tuple(after), when=asked)


def plan(*steps: PlannedStep, wall: int | None = None, gpu: int | None = None, children: Sequence[Plan] = ()) -> Plan:
    """A plan of these steps, in the order of the file."""
    policy = Policy(budget=Budget(wall, gpu))
    return Plan("trial", "", "router", {}, steps, policy, {}, digest_of("trial"), tuple(children))
