"""Plans by chance: valid ones, of every kind of step, bound and ordered every way that a file may say."""

from hypothesis import strategies as st

from sentinel.domain.plan import Budget, Plan, PlannedStep, Policy
from sentinel.domain.quantity import HOUR, MINUTE
from tests.unit.domain.plans import approve, gate, plan, use, wait

KINDS = ("use", "use", "use", "each", "gate", "gate", "approve", "wait", "recipe", "promote", "evaluate")
ALIASED = ("champion.model", "champion.model?", "previous.model?")


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan of up to eight steps; a step binds, follows and asks of the steps above it."""
    steps: list[PlannedStep] = []
    for index in range(draw(st.sampled_from(range(1, 9)))):
        steps.append(_step(draw, f"s{index}", steps))
    made = plan(*steps)
    budget = draw(st.sampled_from((None, None, None, "wall", "gpu")))
    if budget is None:
        return made
    spend = Budget(3 * HOUR, None) if budget == "wall" else Budget(None, 2 * HOUR)
    return Plan(made.recipe, "", made.line, {}, made.steps, Policy(budget=spend), {}, made.source)


def _step(draw: st.DrawFn, name: str, above: list[PlannedStep]) -> PlannedStep:
    kind = draw(st.sampled_from(KINDS))
    when = _when(draw, above) if above and draw(st.sampled_from(range(4))) == 3 else {}
    givers = [step for step in above if step.gives]
    if kind == "approve":
        otherwise = draw(st.sampled_from(("reject", "approve")))
        return approve(name, within=2 * HOUR, otherwise=otherwise, when=when)
    if kind == "wait":
        return wait(name, draw(st.sampled_from((0, 5 * MINUTE))), when=when)
    takes, optional_ports = _bindings(draw, givers)
    if kind == "gate":
        then = draw(
            st.sampled_from(
                ({}, {"inconclusive": "wait"}, {"fail": "hold", "inconclusive": "wait"}, {"inconclusive": "reject"})
            )
        )
        times = draw(st.integers(0, 1))
        return gate(
            name,
            takes=takes,
            optional_ports=optional_ports,
            then=then,
            at_most=2 * HOUR,
            outcomes=3,
            when=when,
            times=times,
        )
    after = [draw(st.sampled_from(above)).id] if above and draw(st.sampled_from(range(5))) == 4 else []
    spread = None
    if givers and (kind == "each" or (kind == "recipe" and draw(st.booleans()))):
        giver = draw(st.sampled_from(givers))
        spread = f"{giver.id}.{next(iter(giver.gives))}"
        takes["spec"] = "it"
    times, optional = draw(st.sampled_from(((0, False), (0, True), (1, False), (2, True))))
    return use(
        name,
        does={"use": "program", "each": "program"}.get(kind, kind),
        takes=takes,
        optional_ports=optional_ports,
        many=("out",),
        after=after,
        when=when,
        each=spread,
        times=times,
        backoff=MINUTE,
        optional=optional,
        gpus=draw(st.integers(0, 1)),
        recipe="inner" if kind == "recipe" else None,
    )


def _when(draw: st.DrawFn, above: list[PlannedStep]) -> dict[str, tuple[str, ...]]:
    asked = draw(st.sampled_from(above))
    some = draw(st.sampled_from(range(1, 2 ** len(asked.outcomes))))
    return {asked.id: tuple(word for index, word in enumerate(asked.outcomes) if some >> index & 1)}


def _bindings(draw: st.DrawFn, givers: list[PlannedStep]) -> tuple[dict[str, str | list[str]], list[str]]:
    takes: dict[str, str | list[str]] = {}
    shape = draw(st.sampled_from(range(8)))
    if shape & 1 and givers:
        giver = draw(st.sampled_from(givers))
        takes["a"] = f"{giver.id}.{next(iter(giver.gives))}{draw(st.sampled_from(('', '?')))}"
    if shape & 2 and len(givers) > 1:
        takes["b"] = [f"{giver.id}.{next(iter(giver.gives))}" for giver in givers[-2:]]
    if shape == 4:
        takes["c"] = draw(st.sampled_from(ALIASED))
    return takes, draw(st.sampled_from(([], ["a"], ["a", "c"])))
