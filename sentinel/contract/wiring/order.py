"""Whether the steps can be put in an order, and whether each of them can ever be reached."""

from collections.abc import Iterator

from sentinel.contract.wiring.facts import Path, View
from sentinel.contract.words import listed, quoted
from sentinel.domain.fault import Fault
from sentinel.domain.names import suggest
from sentinel.domain.plan import VERDICTS, PlannedStep

Edges = dict[int, dict[int, Path]]
"""For each step the steps that it waits for, and the path that says so; empty where a bar above it says so."""
Needed = dict[int, frozenset[str]]
"""How other steps must have ended for a step to start."""

_SHOWN = 8
_DONE = frozenset({"done", "reused"})
_SKIPPED = frozenset({"skipped"})


def order_faults(view: View) -> Iterator[Fault]:
    """Unknown steps and outcomes in `after:` and `when:`, cycles, and steps that can never run."""
    stands = True
    for index, step in view.steps():
        for fault in _named(view, step, index):
            stands = False
            yield fault
    edges = {index: _edges(view, index) for index, _ in view.steps()}
    cycles = list(_cycles(edges))
    yield from (_cycle_fault(view, edges, cycle) for cycle in cycles)
    if stands and not cycles:
        yield from _unreachable(view, edges)


def _named(view: View, step: PlannedStep, index: int) -> Iterator[Fault]:
    for number, name in enumerate(step.after):
        if name not in view.places:
            yield _unknown(view, name, ("steps", index, "after", number), key=False)
    for name, outcomes in step.when.items():
        above = view.named(name)
        if above is None:
            yield _unknown(view, name, ("steps", index, "when", name), key=True)
            continue
        for number, outcome in enumerate(outcomes):
            if outcome not in above.outcomes and view.places[name] not in view.facts.unknown:
                what = f"{quoted(name)} never ends as {quoted(outcome)}."
                todo = suggest(outcome, above.outcomes, "outcome")
                yield Fault("E-outcome", what, todo, at=("steps", index, "when", name, number))


def _unknown(view: View, name: str, path: Path, key: bool) -> Fault:
    return Fault(
        "E-unknown-step", f"No step is called {quoted(name)}.", suggest(name, view.places, "step"), at=path, key=key
    )


def _edges(view: View, index: int) -> dict[int, Path]:
    step = view.plan.steps[index]
    found: dict[int, Path] = {}
    # a bar waits for the bar above it, so the nearest one stands for them all
    bar = next((place for place in range(index - 1, -1, -1) if view.plan.steps[place].is_bar), None)
    if bar is not None:
        found[bar] = ()
    for number, name in enumerate(step.after):
        _add(view, found, name, ("steps", index, "after", number))
    for name in step.when:
        _add(view, found, name, ("steps", index, "when", name))
    for bound in view.bound(index):
        if bound.source.of == "step":
            _add(view, found, bound.source.name, bound.path)
    if step.each is not None and step.each.of == "step":
        _add(view, found, step.each.name, ("steps", index, "each"))
    return found


def _add(view: View, found: dict[int, Path], name: str, path: Path) -> None:
    place = view.places.get(name)
    if place is not None and not found.get(place):
        found[place] = path


def _cycles(edges: Edges) -> Iterator[list[int]]:
    """Rings of steps that wait for each other, each step in one at most."""
    left = {index: set(waits) for index, waits in edges.items()}
    while True:
        _peel(left)
        if not left:
            return
        walked: list[int] = []
        at = min(left)
        while at not in walked:
            walked.append(at)
            # explicit bindings tell more than bars do
            at = min(left[at], key=lambda place: (not edges[walked[-1]][place], place))
        ring = walked[walked.index(at) :]
        yield ring
        for index in ring:
            left.pop(index)
        for waits in left.values():
            waits.difference_update(ring)


def _peel(left: dict[int, set[int]]) -> None:
    """Take away the steps that wait for nothing, over and over."""
    waiters: dict[int, list[int]] = {}
    for index, waits in left.items():
        for place in waits:
            waiters.setdefault(place, []).append(index)
    free = [index for index, waits in left.items() if not waits]
    while free:
        index = free.pop()
        left.pop(index)
        for waiter in waiters.get(index, ()):
            if waiter in left:
                left[waiter].discard(index)
                if not left[waiter]:
                    free.append(waiter)


def _cycle_fault(view: View, edges: Edges, ring: list[int]) -> Fault:
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    # the binding of a step further down is the likeliest slip
    written = [(above > below, below, edges[below][above]) for below, above in pairs if edges[below][above]]
    path = max(written, default=(False, ring[0], ("steps", ring[0])))[2]
    names = [view.plan.steps[index].id for index in ring]
    if len(ring) == 1:
        return Fault("E-cycle", f"{quoted(names[0])} waits for itself.", "Name another step.", at=path)
    shown = [quoted(name) for name in names]
    walk = " → ".join([*(shown if len(shown) <= _SHOWN else [*shown[:_SHOWN], "…"]), shown[0]])
    bars = [view.plan.steps[above].id for below, above in pairs if not edges[below][above]]
    if not bars:
        return Fault("E-cycle", f"These steps wait for each other: {walk}.", "Take one of the bindings away.", at=path)
    what = f"These steps wait for each other: {walk}. No step below {listed(bars)} starts before it has passed."
    return Fault("E-cycle", what, "Move the step that it binds above it.", at=path)


def _unreachable(view: View, edges: Edges) -> Iterator[Fault]:
    """Steps for which some other step would have to end in two ways at once."""
    needed: dict[int, Needed] = {}
    dead: set[int] = set()
    order = _sorted(edges)
    rank = {index: number for number, index in enumerate(order)}
    for index in order:
        if not dead.isdisjoint(edges[index]):
            dead.add(index)
            continue
        own = _own_needs(view, index)
        clash = _merged(own, needed, rank)
        needed[index] = own
        if clash is not None:
            dead.add(index)
            yield _unreachable_fault(view, index, clash)


def _unreachable_fault(view: View, index: int, clash: int) -> Fault:
    step, other = view.plan.steps[index], view.plan.steps[clash]
    what = f"{quoted(step.id)} can never run: {quoted(other.id)} would have to end in two ways at once."
    todo = "What it binds or a bar above it asks for another outcome than its `when:`; name that bar in `when:`."
    path: Path = ("steps", index, "when") if step.when else ("steps", index)
    return Fault("E-unreachable", what, todo, at=path, key=bool(step.when))


def _own_needs(view: View, index: int) -> Needed:
    step = view.plan.steps[index]
    own: Needed = {view.places[name]: frozenset(outcomes) for name, outcomes in step.when.items()}
    for place in range(index - 1, -1, -1):
        above = view.plan.steps[place]
        if above.is_bar and above.id not in step.when:
            own[place] = frozenset({"approved" if above.act == "approve" else "pass"})
    for source in [bound.source for bound in view.bound(index)] + ([step.each] if step.each else []):
        given = view.places.get(source.name) if source.of == "step" else None
        if given is not None:
            good = frozenset(VERDICTS) if view.plan.steps[given].act == "gate" else _DONE
            _narrow(own, given, good | _SKIPPED if source.maybe else good)
    return own


def _merged(own: Needed, needed: dict[int, Needed], rank: dict[int, int]) -> int | None:
    """Add what the steps that must have run need in their turn; gives the step that would have to end in two ways."""
    covered: set[int] = set()
    for place in sorted(own, key=rank.__getitem__, reverse=True):
        if place in covered or "skipped" in own[place]:
            continue
        for deeper, asked in needed.get(place, {}).items():
            _narrow(own, deeper, asked)
            # what that step needs has been added up already, all the way down
            if "skipped" not in asked:
                covered.add(deeper)
    return next((place for place, outcomes in own.items() if not outcomes), None)


def _narrow(own: Needed, place: int, outcomes: frozenset[str]) -> None:
    own[place] = own[place] & outcomes if place in own else outcomes


def _sorted(edges: Edges) -> list[int]:
    """The steps so that each comes after those that it waits for."""
    left = {index: set(waits) for index, waits in edges.items()}
    order: list[int] = []
    while left:
        free = sorted(index for index, waits in left.items() if not waits)
        order.extend(free)
        for index in free:
            left.pop(index)
        for waits in left.values():
            waits.difference_update(free)
    return order
