"""What is ahead of a run: the steps that have not ended, in the form in which a queue is played through."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sentinel.domain.needs import Needs
from sentinel.domain.plan import PlannedStep
from sentinel.domain.policy.experience import Lasts, Pace, paced
from sentinel.domain.policy.forecast import Ahead, Task
from sentinel.domain.run.standing import Never, standing, upstream
from sentinel.domain.run.state import Run, StepState

_GOOD = {"done", "reused", "pass", "approved"}
_ASKS = {
    "approval": "it waits for a person's word on `{key}`", "person": "it waits for a person's word on the gate `{key}`",
    "line": "it waits until its line is free again, for `{key}`", "outcomes": "it waits for more outcomes, for `{key}`",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What experience says of a run's steps."""

    lasts: Callable[[PlannedStep, str], Lasts | None]
    """How long an attempt at a step lasts."""
    whole: Callable[[PlannedStep], Lasts | None]
    """How long a step lasts that is more than one attempt: a run of another recipe, or one for each of a list."""
    goes_on: Mapping[str, float] = field(default_factory=dict)
    """How often the run goes on after a step."""
    nothing: Mapping[str, float] = field(default_factory=dict)
    """How often a step took nothing, since its result was there already."""
    paces: Mapping[str, Pace] = field(default_factory=dict)
    """How living attempts get on, by attempt."""
    own: frozenset[str] = frozenset()
    """The steps that the daemon does itself, at once."""


def ahead(run: Run, at: int, known: Known, opens: Callable[[int], int] | None = None) -> Ahead:
    """What is ahead of a run that has not ended."""
    steps = [step for step in run.plan.steps if not run.step(step.id).ended and _comes(run, step)]
    names = {step.id for step in steps}
    tasks = tuple(_task(run, step, names, at, known) for step in steps)
    per = run.plan.policy.at_most_one_per
    scope = None if per is None else (run.recipe, run.line if per == "line" else None)
    held = "it is paused, until somebody resumes it" if run.state == "paused" else ""
    begun = run.state != "queued" and run.started_at is not None
    return Ahead(run.id, tasks, run.priority, run.created_at, begun, scope, opens, held)


def _comes(run: Run, step: PlannedStep) -> bool:
    """Whether a step is done if all goes well: not one that only answers for a failure."""
    if run.only is not None and step.id not in upstream(run, {run.only}):
        return False
    if any(not _GOOD & set(outcomes) for outcomes in step.when.values()):
        return False
    return run.state == "queued" or not isinstance(standing(run, step.id), Never)


def _task(run: Run, step: PlannedStep, names: set[str], at: int, known: Known) -> Task:
    state = run.step(step.id)
    after = () if state.state != "pending" else tuple(each for each in _before(run, step) if each in names)
    goes_on = 1.0 if step.optional else known.goes_on.get(step.id, 1.0)
    lasts, needs, begun, why = _time(run, step, state, at, known)
    return Task(step.id, after, needs, lasts, begun, goes_on, run.plan.position(step.id), why)


def _before(run: Run, step: PlannedStep) -> Iterator[str]:
    if run.only is not None:
        yield from sorted(step.bound)
        return
    bars = {bar.id for bar in run.plan.bars_above(step.id)} - set(step.when)
    yield from sorted({*step.bound, *step.after, *step.when, *bars})


_Time = tuple[Callable[[float], float] | None, Needs | None, bool, str]


def _time(run: Run, step: PlannedStep, state: StepState, at: int, known: Known) -> _Time:
    waits = state.state == "waiting"
    if waits and state.waits_for in _ASKS:
        return None, None, True, _ASKS[state.waits_for or ""].format(key=step.id)
    if step.act == "approve":
        return None, None, False, _ASKS["approval"].format(key=step.id)
    if step.act == "wait":
        left = max(0, (state.until or at) - at) if waits else step.wait or 0
        return (lambda _: float(left)), None, waits, ""
    if step.use in known.own:
        return (lambda _: 0.0), None, waits, ""
    begun = state.live is not None or state.child is not None or bool(state.elements)
    if step.use == "recipe" or step.each is not None:
        return _left(known.whole(step), begun, at, state.started_at), None, begun, ""
    lasts = known.lasts(step, step.id)
    if state.live is not None:
        attempt = run.attempts[state.live]
        pace = known.paces.get(attempt.id)
        if pace is not None:
            lasts = paced(lasts, max(0, at - attempt.started_at), pace)
        return _left(lasts, True, at, attempt.started_at), step.needs, True, ""
    if lasts is None:
        return None, step.needs, False, ""
    rest = max(0, (state.until or at) - at) if waits else 0
    nothing = known.nothing.get(step.id, 0.0)
    return _sometimes(lasts, nothing, rest), step.needs, False, ""


def _left(lasts: Lasts | None, begun: bool, at: int, since: int | None) -> Callable[[float], float] | None:
    if lasts is None:
        return None
    return lasts.rest(max(0, at - since)) if begun and since is not None else lasts.at


def _sometimes(lasts: Lasts, nothing: float, rest: int) -> Callable[[float], float]:
    """With so much chance it takes nothing."""

    def at(share: float) -> float:
        return rest + (0.0 if share < nothing else lasts.at((share - nothing) / (1 - nothing)))

    return at
