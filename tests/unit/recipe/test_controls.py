"""The controls of a step as people see and set them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.contract.registry import load
from sentinel.domain.plan import Filled, PlannedStep
from sentinel.recipe.controls import controls, value_of, with_settings
from sentinel.recipe.params import validated

STEPS = load().steps


def complete(use: str, **params: Any) -> Any:
    value, faults = validated(STEPS[use].params, params, ())
    assert not faults
    return value


def shown(use: str, **params: Any) -> dict[str, Any]:
    made = controls(PlannedStep("s", "use", use), STEPS[use], complete(use, **params))
    return {each.name: (each.value, each.default) for each in made}


def test_a_value_is_told_as_people_write_it_and_whether_it_is_the_steps_own() -> None:
    rows = shown("assemble", window="60d", replay="30%")
    assert rows["s.window"] == ("60d", False) and rows["s.replay"] == (0.3, False) and rows["s.without"] == ([], True)
    forge = shown("forge", train={"rank": "32", "budget": {"time": "90m"}})
    assert forge["s.train.budget.time"] == ("1h30m", False) and forge["s.train.batch"] == (16, True)
    assert forge["s.prune"] == (None, True)


@given(st.dictionaries(
    st.sampled_from([("train", "rank"), ("train", "batch"), ("prune", "heal"), ("train", "budget", "steps")]),
    st.integers(1, 64), min_size=1,
))  # fmt: skip
def test_what_is_set_is_shown_and_all_else_is_as_it_was(given: dict[tuple[str, ...], int]) -> None:
    step, before = PlannedStep("s", "use", "forge"), complete("forge")
    made, value, faults = with_settings(step, STEPS["forge"], before, {at: str(n) for at, n in given.items()})
    assert not faults and made.params == value
    after = {each.name: each.value for each in controls(made, STEPS["forge"], value)}
    for at, number in given.items():
        assert after[".".join(("s", *at))] == number
    same = {name: held for name, (held, _) in shown("forge").items() if name in after}
    touched = {".".join(("s", *at)) for at in given}
    assert {name: after[name] for name in same if name not in touched} == {
        name: held for name, held in same.items() if name not in touched
    }


def test_a_place_that_is_set_is_filled_by_no_input_any_more_and_the_others_are() -> None:
    step = PlannedStep("s", "use", "forge", filled=(
        Filled(("train", "epochs"), "epochs"), Filled(("train", "batch"), "batch"),
    ))  # fmt: skip
    made, value, faults = with_settings(step, STEPS["forge"], complete("forge"), {("train", "epochs"): "5"})
    assert not faults and made.filled == step.filled[1:]
    assert value["train"]["batch"] == 16 and made.params["train"]["batch"] is None
    assert made.params["train"]["epochs"] == 5


def test_a_step_gets_no_credential_by_being_set() -> None:
    step = PlannedStep("s", "use", "assemble")
    made, _, faults = with_settings(step, STEPS["assemble"], complete("assemble", window="1d"),
                                    {("salt",): "credential:other"})  # fmt: skip
    assert [each.code for each in faults] == ["E-secret-ref"] and made is step
    own = complete("assemble", window="1d", salt="credential:mine")
    assert not with_settings(step, STEPS["assemble"], own, {("window",): "2d"})[2]


@pytest.mark.parametrize(("text", "value"), [
    ("none", None), ("32", "32"), ("20%", "20%"), ('"none"', "none"), ('["depth"]', ["depth"]), ("{}", {}), ("", ""),
])  # fmt: skip
def test_a_text_stands_for_itself_for_nothing_or_for_json(text: str, value: Any) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize("text", ["[", "{" * 9000, "[NaN]", "[Infinity]", "a\x00", "x" * 20_000, '"'])
def test_a_text_that_stands_for_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it |is no number"):
        value_of(text)


def test_a_group_is_taken_away_by_none() -> None:
    before = complete("forge", prune={"parameters": "20%"})
    step = replace(PlannedStep("s", "use", "forge"), params=before)
    made, _, faults = with_settings(step, STEPS["forge"], before, {("prune",): None})
    assert not faults and made.params["prune"] is None
