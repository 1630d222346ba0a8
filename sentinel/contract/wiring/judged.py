"""Whether a promote cites a verdict on its own model: from the verdict back through the gate and the report."""

from collections.abc import Iterator
from dataclasses import dataclass

from sentinel.contract.wiring.bindings import source_fault
from sentinel.contract.wiring.facts import View
from sentinel.contract.words import quoted
from sentinel.domain.fault import Fault
from sentinel.domain.plan import Plan, PlannedStep, Source

_SUBJECTS = ("Model", "Dataset", "Adapter", "Bundle")


@dataclass(frozen=True, slots=True)
class _Level:
    """A recipe that is looked into, and the step of the recipe above that runs it."""

    plan: Plan
    above: "_Level | None" = None
    step: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        return () if self.above is None else (*self.above.path, self.step)


@dataclass(frozen=True, slots=True)
class _Spot:
    level: _Level
    source: Source

    def same(self, other: "_Spot") -> bool:
        """Whether two sources give the same artifact."""
        mine, theirs = self.source, other.source
        names = (mine.of, mine.name, mine.port) == (theirs.of, theirs.name, theirs.port)
        return names and self.level.path == other.level.path

    def maker(self) -> PlannedStep | None:
        """The step that gives it."""
        steps = self.level.plan.steps if self.source.of == "step" else ()
        return next((step for step in steps if step.id == self.source.name), None)


def judged_faults(view: View) -> Iterator[Fault]:
    """The faults of each step that acts on a verdict's word, as far as its bindings lead somewhere."""
    level = _Level(view.plan)
    for index, step in view.steps():
        known = view.facts.registry.steps.get(step.use)
        if known is None or known.subject is None or known.subject not in step.binds:
            continue
        if not _stands(view, step.binds[known.subject][0], step):
            continue
        wanted = _followed(_Spot(level, step.binds[known.subject][0]))
        for bound in view.bound(index):
            port = step.takes.get(bound.port)
            if port is not None and port.kind == "Verdict" and _stands(view, bound.source, step):
                fault = _verdict_fault(view, _followed(_Spot(level, bound.source)), wanted, bound.source)
                if fault is not None:
                    yield Fault(*fault, at=bound.path)
                yield from _champions(view, level, bound.source, index)


def _stands(view: View, source: Source, step: PlannedStep | None = None) -> bool:
    return source_fault(view, source, step, ()) is None and view.port_of(source, step) is not None


def _verdict_fault(view: View, verdict: _Spot, wanted: _Spot, written: Source) -> tuple[str, str, str] | None:
    gate = verdict.maker()
    if gate is None or gate.gate is None:
        return "E-no-gate", f"`{written}` is no verdict of a gate here.", "Bind the verdict of a gate of this recipe."
    judged = gate.binds.get(gate.gate.judges)
    if not judged or (verdict.level.above is None and not _stands(view, judged[0])):
        return None
    subject = _subject(view, gate, _Spot(verdict.level, judged[0]))
    if subject is None:
        what = f"Nobody can tell which model {quoted(gate.id)} judged: `{judged[0]}` does not say what it is about."
        return "E-no-subject", what, "Judge a report whose step says what it is about, such as `evaluate`."
    if subject.same(wanted):
        return None
    what = f"{quoted(gate.id)} judged `{subject.source}`, and `{wanted.source}` is bound here."
    return "E-not-judged", what, "Bind what was judged, or the verdict of the gate that judges it."


def _subject(view: View, gate: PlannedStep, judged: _Spot) -> _Spot | None:
    """What a gate's judged port speaks of: itself, where it is a model; else what the report is about."""
    spot = _followed(judged)
    assert gate.gate is not None  # noqa: S101 - the caller has looked
    if gate.takes[gate.gate.judges].kind in _SUBJECTS:
        return spot
    maker = spot.maker()
    known = view.facts.registry.steps.get(maker.use) if maker is not None else None
    if maker is None or known is None or not maker.binds.get(known.about):
        return None
    return _followed(_Spot(spot.level, maker.binds[known.about][0]))


def _followed(spot: _Spot) -> _Spot:
    """Where a source really comes from: down into a sub-recipe that gives it, up to what a sub-recipe was given."""
    while True:
        step = spot.maker()
        if step is not None and step.recipe is not None:
            child = next((plan for plan in spot.level.plan.children if plan.recipe == step.recipe), None)
            if child is None or spot.source.port not in child.gives:
                return spot
            spot = _Spot(_Level(child, spot.level, step.id), child.gives[spot.source.port])
            continue
        if spot.source.of == "input" and spot.level.above is not None:
            parent = spot.level.above
            given = next(step for step in parent.plan.steps if step.id == spot.level.step).binds.get(spot.source.name)
            if given:
                spot = _Spot(parent, given[0])
                continue
        return spot


def _champions(view: View, level: _Level, source: Source, index: int) -> Iterator[Fault]:
    """Warnings of a gate that can make no first champion, or replace none."""
    gate = _followed(_Spot(level, source)).maker()
    if gate is None or gate.gate is None:
        return
    checks = [view.facts.registry.checks.get(check.use) for check in gate.gate.checks]
    if all(check is not None and check.comparative for check in checks):
        what = f"Every check of {quoted(gate.gate.gate)} compares with a champion, so none judges a first one."
        todo = "Add a check that judges by itself."
        yield Fault("E-first", what, todo, at=("steps", index), warning=True)
    if gate.gate.against is None:
        what = (
            f"{quoted(gate.gate.gate)} compares with no champion: its verdict can make a first one, and replace none."
        )
        todo = "Give the gate the port `champion: EvalReport?` and a check that compares, or cite such a gate besides."
        yield Fault("E-uncompared", what, todo, at=("steps", index), warning=True)
