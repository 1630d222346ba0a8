"""The inputs of a run are typed from text before anything runs, and every one that does not fit is told."""

import re

import pytest

from sentinel.domain.digest import Json
from sentinel.domain.plan import Input, Plan
from sentinel.domain.refusal import Refusal
from sentinel.recipe.inputs import as_text, filled_params, given_inputs, parsed
from tests.bad.stock import STOCK
from tests.unit.recipe.conftest import Check

DIGEST = "ab" * 32
TYPED: list[tuple[Input, str, Json]] = [
    (Input("text"), "a b", "a b"), (Input("int"), "12", 12), (Input("number"), "0.5", 0.5),
    (Input("flag"), "true", True), (Input("duration"), "1h30m", 5_400_000), (Input("size"), "20GiB", 20 * 2**30),
    (Input("rate"), "1 per 3 years", {"times": 1, "per_ms": 94_608_000_000}),
    (Input("one_of", ("a", "b")), "b", "b"), (Input("Dataset"), DIGEST, {"kind": "Dataset", "digest": DIGEST}),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "text", "value"), TYPED)
def test_an_inputs_text_is_typed_and_written_back(declared: Input, text: str, value: Json) -> None:
    assert parsed(declared, text) == value
    assert parsed(declared, as_text(declared, value)) == value


@pytest.mark.parametrize(
    ("declared", "text", "says"),
    [
        (Input("int"), "1.5", "a whole number is written like 12 or -3"),
        (Input("duration"), "soon", "a duration is written like"),
        (Input("one_of", ("lora", "full")), "loar", "Did you mean `lora`?"),
        (Input("Dataset"), "latest", "64 hex digits"),
        (Input("text"), "a\x1b[31m", "without control characters"),
        (Input("text"), "a" * 20_000, "16384 characters at most"),
    ],
)
def test_a_text_that_is_not_of_the_inputs_type_says_what_would_be(declared: Input, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parsed(declared, text)


RECIPE = """\
recipe: tickets
inputs:
  day: {type: text, default: today}
  window: {type: duration}
  repeats: {type: int, default: 1}
steps:
  - {id: got, use: program, with: {run: fetch, args: [inputs.day]}, gives: {rows: RawSnapshot}}
  - {id: rows, use: assemble, in: {raw: [got.rows]}, with: {window: inputs.window}}
  - {id: scores, use: evaluate, in: {model: line.base}, with: {repeats: inputs.repeats}}
"""


@pytest.fixture
def plan(check: Check) -> Plan:
    return check(RECIPE).recipes["tickets"].plan


def refusals(plan: Plan, **given: str) -> list[tuple[str, str]]:
    found = given_inputs(plan, given, STOCK)
    assert isinstance(found, list)
    assert all(isinstance(each, Refusal) for each in found)
    return [(each.code, each.where) for each in found]


def test_what_is_not_given_has_its_default(plan: Plan) -> None:
    assert given_inputs(plan, {"window": "7d"}, STOCK) == {"day": "today", "window": 604_800_000, "repeats": 1}


def test_every_input_that_does_not_fit_is_told_at_once(plan: Plan) -> None:
    assert refusals(plan, windw="7d", repeats="many") == [
        ("E-unknown-input", "windw"), ("E-value", "repeats"), ("E-input-missing", "window"),
    ]  # fmt: skip


def test_a_text_that_reaches_an_argv_may_not_begin_with_a_dash(plan: Plan) -> None:
    assert refusals(plan, window="7d", day="--all") == [("E-argv-text", "day")]


def test_a_text_that_reaches_an_argv_through_a_sub_recipe_may_not_either(check: Check) -> None:
    above = "recipe: above\ninputs: {when: {type: text}}\nsteps:\n" + (
        "  - {id: a, use: recipe, with: {recipe: tickets, inputs: {day: inputs.when, window: 1d}}}\n"
    )
    found = check(RECIPE, {"recipes/above.yaml": above})
    assert found.faults == []
    assert refusals(found.recipes["above"].plan, when="-rf") == [("E-argv-text", "when")]


def test_parameters_get_their_inputs(plan: Plan) -> None:
    inputs = given_inputs(plan, {"window": "7d"}, STOCK)
    assert isinstance(inputs, dict)
    assert filled_params(plan.step("rows"), inputs) == {"window": 604_800_000, "replay": 0.0}
    assert filled_params(plan.step("got"), inputs) == {"run": "fetch", "args": ["today"]}
    assert plan.step("rows").params["window"] is None


@pytest.mark.parametrize(
    ("type_", "fits"),
    [
        ("{type: int, default: 3}", True), ("{type: int}", True), ("{type: text, default: three}", False),
        ("{type: duration}", False), ("{type: {one_of: ['1', '2']}, default: '1'}", True),
        ("{type: {one_of: ['1', two]}, default: '1'}", False),
        ("{type: flag}", False), ("{type: Dataset}", False),
    ],
)  # fmt: skip
def test_an_inputs_type_has_to_fit_what_it_fills(check: Check, type_: str, fits: bool) -> None:
    recipe = f"recipe: tickets\ninputs: {{n: {type_}}}\nsteps:\n" + (
        "  - {id: scores, use: evaluate, in: {model: line.base}, with: {repeats: inputs.n}}\n"
    )
    found = check(recipe)
    assert bool(found.faults) == (not fits)
    assert all(fault.code in ("E-input-fit", "E-artifact-param") for fault in found.faults)
