"""Whether some node can do each step, and whether the run's budget leaves room for it."""

from collections.abc import Iterator

from sentinel.contract.wiring.facts import View
from sentinel.contract.words import quoted
from sentinel.domain.fault import Fault
from sentinel.domain.needs import Needs, Slots
from sentinel.domain.plan import PlannedStep
from sentinel.domain.quantity import format_duration, format_size, rough_size


def cost_faults(view: View) -> Iterator[Fault]:
    """The faults of needs and timeouts."""
    for index, step in view.steps():
        yield from _needs(view, step, index)
        yield from _timeout(view, step, index)


def _needs(view: View, step: PlannedStep, index: int) -> Iterator[Fault]:
    if not view.facts.nodes or index in view.facts.unknown or step.act in ("approve", "wait"):
        return
    lacks = {name: _lacks(step.needs, slots) for name, slots in view.facts.nodes.items()}
    if all(lacks.values()):
        nearest = min(sorted(lacks), key=lambda name: len(lacks[name]))
        short = "; ".join(lacks[nearest])
        what = f"No node can run {quoted(step.id)}. {quoted(nearest)} comes nearest, and has too little: {short}."
        yield Fault(
            "E-needs", what, "Ask for less, or name a larger node in sentinel.yaml.", at=("steps", index, "needs")
        )


def _lacks(needs: Needs, slots: Slots) -> list[str]:
    counts = [("cpus", needs.cpus, slots.cpus), ("gpus", needs.gpus, slots.gpus)]
    sizes = [("memory", needs.memory, slots.memory)]
    if needs.gpus and slots.gpus:
        sizes.append(("gpu_memory", needs.gpu_memory, slots.gpu_memory))
    short = [f"{name} {wanted} of {there}" for name, wanted, there in counts if wanted > there]
    return short + [f"{name} {format_size(w)} of {rough_size(there)}" for name, w, there in sizes if w > there]


def _timeout(view: View, step: PlannedStep, index: int) -> Iterator[Fault]:
    if step.timeout is None:
        return
    budget = view.plan.policy.budget
    asked = [("wall", budget.wall, step.timeout), ("gpu", budget.gpu, step.timeout * step.needs.gpus)]
    for name, most, wanted in asked:
        if most is not None and wanted > most:
            spends = format_duration(wanted) + (" of GPU time" if name == "gpu" else "")
            what = f"{quoted(step.id)} may take {spends}, and the run's budget is {format_duration(most)}."
            todo = f"Shorten the timeout, or raise `budget.{name}`."
            yield Fault("E-budget", what, todo, at=("steps", index, "timeout"))
