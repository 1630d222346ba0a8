"""The plan: kept whole, named by what it holds."""

import json
from dataclasses import replace

from sentinel.domain.plan import Plan, Port, Source
from tests.unit.domain.plans import approve, gate, plan, use, wait

FULL = plan(
    use("rows", gives=("out", "extra"), many=["out"], times=2),
    use("each", each="rows.out", takes={"spec": "it", "base": "champion.model?"}, optional_ports=["base"]),
    gate("proof", takes={"candidate": "rows.extra"}, then={"fail": "hold"}, at_most=5),
    approve("word", when={"proof": ["pass"]}),
    wait("rest", 5, after=["rows"]),
    use("inner", does="recipe", recipe="child", takes={"all": ["each.out", "inputs.more"]}),
    wall=5,
    children=[plan(use("a"))],
)


def test_a_plan_comes_back_from_its_kept_copy_with_the_same_name() -> None:
    back = Plan.from_json(json.loads(json.dumps(FULL.to_json())))
    assert back == FULL
    assert back.digest == FULL.digest


def test_a_plan_is_named_by_all_that_it_holds() -> None:
    changed = [replace(FULL, line="other"), replace(FULL, steps=FULL.steps[:-1]), replace(FULL, children=())]
    assert len({FULL.digest, *(each.digest for each in changed)}) == 4


def test_a_changed_copy_knows_its_own_steps() -> None:
    assert FULL.step("rest").wait == 5
    longer = replace(FULL, steps=(*FULL.steps, use("last")))
    assert longer.step("last").id == "last"
    assert [bar.id for bar in longer.bars_above("last")] == ["proof", "word"]
    assert [bar.id for bar in longer.bars_above("word")] == ["proof"]


def test_a_sub_recipe_is_found_by_name() -> None:
    assert replace(FULL, children=(replace(plan(), recipe="child"),)).child("child").recipe == "child"


def test_a_when_may_ask_for_the_outcomes_of_its_kind_of_step() -> None:
    assert FULL.step("proof").outcomes == ("pass", "inconclusive", "error", "fail", "freeze", "skipped")
    assert FULL.step("word").outcomes == ("approved", "rejected", "expired", "skipped")
    assert "timed-out" in FULL.step("rows").outcomes


def test_bindings_and_ports_read_as_they_are_written() -> None:
    bindings = [Source("step", "rows", "out"), Source("alias", "champion", "model", True), Source("input", "base")]
    assert [str(each) for each in bindings] == ["rows.out", "champion.model?", "inputs.base"]
    assert str(Source("it")) == "it"
    assert [str(Port("Model")), str(Port("Model", optional=True)), str(Port("Model", many=True))] == [
        "Model",
        "Model?",
        "list of Model",
    ]
