"""Whatever a third party's parameters refuse is told in our words, at its place."""

from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field

from sentinel.contract.at import At
from sentinel.contract.registry import Registry, step
from sentinel.contract.scalars import Duration, Params, Share, Text
from sentinel.contract.training import Scratch
from sentinel.domain.plan import Input
from sentinel.recipe.params import checked_params


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Part(Params):
    name: Text
    weight: Annotated[float, Field(gt=0, le=1)] = 0.5


def _odd(value: str) -> str:
    raise KeyError(value)


@step("plug")
def plug(
    at: At,
    *,
    count: int = 1,
    ratio: float = 0.5,
    mode: Literal["fast", "slow"] = "fast",
    colour: Colour = Colour.RED,
    either: int | list[int] = 1,
    parts: list[Part] = [],  # noqa: B006
    best: Part | None = None,
    by_name: dict[str, Part] = {},  # noqa: B006
    code: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "ABC",
    few: Annotated[list[int], Field(max_length=2)] = [],  # noqa: B006
    pair: tuple[int, int] = (1, 2),
    after: Duration | None = None,
    share: Share = "5%",  # type: ignore[assignment]
    strict: bool = False,
) -> None:
    """A bit of everything that pydantic knows."""


PLUG = Registry.of([plug]).steps["plug"].params


def told(raw: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    found = checked_params(PLUG, raw, {}, ("with",))
    for fault in found.faults:
        for word in ("pydantic", "Input should", "validation", "type=", "instance"):
            assert word not in str(fault)
        assert fault.what.endswith(".") or fault.what.endswith("`")
        assert fault.todo.endswith((".", "?"))
    return [(fault.code, fault.at[1:]) for fault in found.faults]


@pytest.mark.parametrize(
    ("raw", "code", "at"),
    [
        ({"count": "three"}, "E-value", ("count",)),
        ({"count": "1.5"}, "E-value", ("count",)),
        ({"count": ["1"]}, "E-type", ("count",)),
        ({"count": None}, "E-type", ("count",)),
        ({"count": "9" * 5000}, "E-value", ("count",)),
        ({"ratio": "nan"}, "E-value", ("ratio",)),
        ({"mode": "fsat"}, "E-choice", ("mode",)),
        ({"colour": "rde"}, "E-choice", ("colour",)),
        ({"parts": {"name": "a"}}, "E-type", ("parts",)),
        ({"parts": [{"name": "a"}, {"nmae": "b", "weight": "2"}]}, "E-missing-key", ("parts", 1)),
        ({"best": {"name": "a", "weight": "0"}}, "E-range", ("best", "weight")),
        ({"best": {"name": "a", "wait": "1"}}, "E-unknown-key", ("best", "wait")),
        ({"best": "a"}, "E-type", ("best",)),
        ({"by_name": {"x": {"name": "a", "weight": "2"}}}, "E-range", ("by_name", "x", "weight")),
        ({"code": "abc"}, "E-value", ("code",)),
        ({"few": ["1", "2", "3"]}, "E-range", ("few",)),
        ({"pair": ["1"]}, "E-missing-key", ("pair",)),
        ({"after": "soon"}, "E-value", ("after",)),
        ({"strict": "perhaps"}, "E-value", ("strict",)),
        ({"cuont": "3"}, "E-unknown-key", ("cuont",)),
    ],
)
def test_a_slip_is_told_at_its_place(raw: Any, code: str, at: tuple[str | int, ...]) -> None:
    assert (code, at) in told(raw)


def test_a_slip_in_a_union_is_told_though_nobody_knows_which_arm_was_meant() -> None:
    assert {at for _, at in told({"either": "x"})} == {("either",)}


def test_the_nearest_key_of_a_nested_group_is_offered() -> None:
    found = checked_params(PLUG, {"parts": [{"name": "a", "wieght": "1"}]}, {}, ("with",))
    assert [fault.todo for fault in found.faults] == ["Did you mean `weight`?"]


def test_what_fits_becomes_json_complete_with_defaults() -> None:
    found = checked_params(PLUG, {"parts": [{"name": "a"}], "either": ["1", "2"], "colour": "blue"}, {}, ())
    assert found.faults == []
    assert found.value == {
        "count": 1, "ratio": 0.5, "mode": "fast", "colour": "blue", "either": [1, 2],
        "parts": [{"name": "a", "weight": 0.5}], "best": None, "by_name": {}, "code": "ABC", "few": [], "pair": [1, 2],
        "after": None, "share": 0.05, "strict": False,
    }  # fmt: skip


def test_a_validator_that_falls_over_is_a_fault_and_not_a_traceback() -> None:
    @step("odd")
    def odd(at: At, *, key: Annotated[str, AfterValidator(_odd)]) -> None:
        """Falls over."""

    found = checked_params(Registry.of([odd]).steps["odd"].params, {"key": "x"}, {}, ("with",))
    assert [(fault.code, fault.todo) for fault in found.faults] == [("E-value", "Tell the owner of the step.")]
    assert "KeyError" in found.faults[0].what


def test_sizes_that_do_not_go_together_are_told_all_at_once_and_only_where_they_are_known() -> None:
    @step("grow")
    def grow(at: At, *, scratch: Scratch | None = None) -> None:
        """Sizes."""

    params = Registry.of([grow]).steps["grow"].params
    found = checked_params(params, {"scratch": {"hidden": "100", "heads": "3", "kv_heads": "2"}}, {}, ())
    assert [(fault.code, fault.what, fault.at) for fault in found.faults] == [
        ("E-value", "The values of `scratch` do not go together.", ("scratch",))
    ]
    assert found.faults[0].todo == (
        "`hidden` 100 is no multiple of `heads` 3; `heads` 3 is no multiple of `kv_heads` 2."
    )
    odd = checked_params(params, {"scratch": {"hidden": "100", "heads": "4"}}, {}, ())
    assert "A head would be 25 wide" in odd.faults[0].todo
    later = checked_params(params, {"scratch": {"hidden": "inputs.h"}}, {"h": Input("int", required=True)}, ())
    assert later.faults == [] and later.value["scratch"]["hidden"] is None


def test_inputs_deep_inside_are_held_against_what_they_fill() -> None:
    inputs = {"w": Input("number", default=0.5), "n": Input("text", required=True), "big": Input("number", default=2.0)}
    good = checked_params(PLUG, {"parts": [{"name": "inputs.n", "weight": "inputs.w"}]}, inputs, ())
    assert good.faults == []
    assert good.value["parts"] == [{"name": None, "weight": None}]
    assert [hole.at for hole in good.filled] == [("parts", "0", "name"), ("parts", "0", "weight")]
    bad = checked_params(PLUG, {"parts": [{"name": "a", "weight": "inputs.big"}]}, inputs, ())
    assert [(fault.code, fault.at) for fault in bad.faults] == [("E-input-fit", ("parts", 0, "weight"))]
