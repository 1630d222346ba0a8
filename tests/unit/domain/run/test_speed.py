"""What the core costs. The bounds are many times what it takes, so that only a change of kind breaks them."""

import json
import time
from collections.abc import Callable

from sentinel.domain.event import decode, encode
from sentinel.domain.plan import Plan
from tests.unit.domain.life import Life
from tests.unit.domain.plans import gate, model, plan, use

LONG = plan(
    *(use(f"s{index}", takes={"in": f"s{index - 1}.out"} if index % 6 else {}, times=1) for index in range(6)),
    gate("proof", takes={"candidate": "s5.out"}),
    *(use(f"s{index}", takes={"in": f"s{index - 1}.out"}) for index in range(6, 11)),
)


def cpu(what: Callable[[], object]) -> float:
    """The least CPU seconds that it took in a few goes: what others do on this machine does not count."""
    took = []
    for _ in range(3):
        begun = time.process_time()
        what()
        took.append(time.process_time() - begun)
    return min(took)


def through() -> Life:
    """A run of twelve steps from the queue to its end."""
    life = Life(LONG)
    for step in LONG.steps:
        if step.act == "gate":
            life.judge(step.id, "pass")
        else:
            life.done(step.id)
    return life


def spread(elements: int) -> Life:
    """A run with so many elements, each done in turn."""
    life = Life(plan(use("specs", many=["out"]), use("train", each="specs.out", takes={"spec": "it"})))
    life.begin("specs")
    life.end("specs", outputs={"out": [model(str(index)) for index in range(elements)]})
    for index in range(elements):
        life.done(f"train.{index}")
    return life


def test_a_run_of_twelve_steps_takes_well_under_a_third_of_a_millisecond_an_event() -> None:
    life = through()
    assert life.run.state == "done"
    assert cpu(through) / len(life.events) < 0.0003


def test_five_hundred_elements_take_hardly_longer_each_than_fifty() -> None:
    assert spread(500).run.state == "done"
    few, many = cpu(lambda: spread(50)), cpu(lambda: spread(500))
    assert many / 500 < 4 * few / 50


def test_events_and_plans_are_written_and_read_in_microseconds() -> None:
    bodies = through().events
    written = [encode(body) for body in bodies]
    assert cpu(lambda: [encode(body) for body in bodies]) / len(bodies) < 0.0001
    assert cpu(lambda: [decode(*parts) for parts in written]) / len(bodies) < 0.0001
    text = json.dumps(LONG.to_json())
    assert cpu(lambda: Plan.from_json(json.loads(text))) < 0.02
