"""What can have moved a score follows from what two versions were made of."""

from dataclasses import replace
from math import comb

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.difference import BOTH, DATA, RECIPE, SAME, Made, between, beyond_chance, changes, cheaper, moved

ONE = Made("v1", "forge", 1, {"train": {"rank": 8, "lr": 0.1}}, ("d" * 64,), ("b" * 64,), "lifecycle tuned", ("a==1",))
OTHER_DATA = replace(ONE, version="v2", data=("e" * 64,))
OTHER_RECIPE = replace(ONE, version="v3", params={"train": {"rank": 16, "lr": 0.1}})
OTHER = replace(OTHER_RECIPE, version="v4", data=OTHER_DATA.data)


def test_the_same_data_and_other_parameters_are_the_recipe() -> None:
    (change,) = changes(ONE, OTHER_RECIPE)
    assert (change.of, change.name, change.one, change.other) == (RECIPE, "train.rank", 8, 16)
    assert moved([change]) == RECIPE


def test_other_data_and_the_same_parameters_are_the_data() -> None:
    assert moved(changes(ONE, OTHER_DATA)) == DATA


def test_another_base_step_seed_or_environment_is_the_recipe_too() -> None:
    for change in (
        {"others": ("c" * 64,)}, {"step_version": 2}, {"use": "reforge"}, {"seed": "challenger tuned"},
        {"environment": ("a==2",)},
    ):  # fmt: skip
        assert moved(changes(ONE, replace(ONE, **change))) == RECIPE, change  # type: ignore[arg-type]


def test_nothing_on_record_differs_between_a_version_and_its_repetition() -> None:
    assert moved(changes(ONE, replace(ONE, version="v9", took=7))) == SAME


def test_both_are_told_apart_by_a_version_that_stands_half_way() -> None:
    assert moved(changes(ONE, OTHER)) == BOTH
    assert between(ONE, OTHER, [ONE, OTHER]) is None
    assert between(ONE, OTHER, [ONE, OTHER, OTHER_DATA]) == ("v2", "v4")
    assert between(ONE, OTHER, [OTHER_RECIPE]) == ("v3", "v1")
    assert between(ONE, OTHER, [replace(OTHER_DATA, params={})]) is None


def test_the_half_whose_recipe_took_less_is_the_cheaper() -> None:
    slow, quick, unknown = replace(ONE, took=9000), replace(OTHER, took=100), replace(OTHER, took=None)
    assert cheaper(slow, quick) == (quick, slow)
    assert cheaper(quick, slow) == (quick, slow)
    assert cheaper(slow, unknown) == (slow, unknown)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_is_the_binomial_one(fewer: int, more: int) -> None:
    n = fewer + more
    tail = sum(comb(n, k) for k in range(min(fewer, more) + 1)) / 2**n
    assert beyond_chance(fewer, more) is (n > 0 and 2 * tail < 0.05)
