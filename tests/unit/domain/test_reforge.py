"""Changes laid over parameters, a row of re-forges in one, and the settings that a model was trained with."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.card_claims import NoCard, claims_of, lies, other_base
from sentinel.domain.digest import Json
from sentinel.domain.reforge import Change, Reforge, in_all, laid, laid_over, reforge_of, trained_as

NAMES = st.sampled_from(["train", "prune", "rank", "lr", "budget"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["lora", "full"])
PARAMS = st.recursive(SCALARS, lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)
GROUPS = st.dictionaries(NAMES, PARAMS, max_size=4)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)


def at(params: Json, path: tuple[str, ...]) -> Json:
    for part in path:
        params = params[part] if isinstance(params, dict) and part in params else None
    return params


@given(GROUPS, PATHS, PARAMS)
def test_what_is_laid_stands_there_and_nothing_beside_it_moves(params: Any, path: tuple[str, ...], value: Json) -> None:
    before = copy.deepcopy(params)
    after = laid(params, path, value)
    assert at(after, path) == value and params == before
    for depth in range(len(path)):
        here, there = at(params, path[:depth]), at(after, path[:depth])
        if isinstance(here, dict):
            assert {k: v for k, v in here.items() if k != path[depth]} == {
                k: v for k, v in there.items() if k != path[depth]
            }


@given(GROUPS, PATHS, PARAMS, PARAMS)
def test_the_last_word_counts_and_saying_it_twice_says_no_more(
    params: Any, path: tuple[str, ...], first: Json, last: Json
) -> None:
    assert laid(laid(params, path, first), path, last) == laid(params, path, last)


@given(GROUPS, PATHS, PATHS, SCALARS, SCALARS)
def test_two_places_that_do_not_meet_may_be_laid_in_any_order(
    params: Any, one: tuple[str, ...], other: tuple[str, ...], first: Json, last: Json
) -> None:
    if any(a != b for a, b in zip(one, other, strict=False)):
        assert laid(laid(params, one, first), other, last) == laid(laid(params, other, last), one, first)


@given(GROUPS, GROUPS)
def test_a_group_over_a_group_has_what_either_says_and_its_own_word_first(params: Any, change: Any) -> None:
    after = laid_over(params, change)
    assert set(after) == set(params) | set(change)
    assert laid_over(after, change) == after and laid_over(params, {}) == params
    for key in set(params) - set(change):
        assert after[key] == params[key]


@given(GROUPS, PATHS, SCALARS)
def test_laying_at_a_place_is_laying_a_group_with_that_place(params: Any, path: tuple[str, ...], value: Json) -> None:
    assert laid_over(params, laid({}, path, value)) == laid(params, path, value)


def test_a_row_of_reforges_comes_to_its_ends() -> None:
    rank = [Change("tuned.train.rank", 16, 32)], [Change("tuned.train.rank", 32, 64), Change("inputs.days", 1, 2)]
    assert in_all(rank) == [Change("tuned.train.rank", 16, 64), Change("inputs.days", 1, 2)]
    assert in_all([[Change("a.b", 1, 2)], [Change("a.b", 2, 1)]]) == []


def test_a_purpose_is_read_back_and_any_other_is_none() -> None:
    asked = Reforge("v1", "tuned", "r1", True, (Change("tuned.prune", None, {"parameters": 0.2}),))
    assert reforge_of({**asked.to_json(), "label": "x"}) == asked
    assert reforge_of(None) is None and reforge_of({"adopt": "it serves"}) is None


FORGE = {"use": "forge", "params": {"scratch": None, "prune": {"parameters": 0.2, "cycles": 3}, "train": {"rank": 16}}}


def reforged(**change: Any) -> Json:
    return {"use": "reforge", "params": {"change": change}}


def test_the_settings_of_a_reforge_are_those_of_all_before_it() -> None:
    made = trained_as([reforged(train={"rank": 64}), reforged(train={"lr": 0.1}, prune={"cycles": 1}), FORGE])
    assert made == {"scratch": None, "prune": {"parameters": 0.2, "cycles": 1}, "train": {"rank": 64, "lr": 0.1}}
    assert trained_as([reforged(unpruned=True), FORGE])["prune"] is None  # type: ignore[index]
    assert trained_as([{"use": "fold", "params": {}}, FORGE]) == trained_as([FORGE])


@pytest.mark.parametrize("makers", [
    [], [{"use": "import", "params": {}}], [reforged(), {"use": "import"}], [{"use": "fold"}], [reforged()],
    [{"use": "reforge", "params": {"change": "rank"}}], [{}],
])  # fmt: skip
def test_what_was_not_trained_has_no_settings(makers: Any) -> None:
    assert trained_as(makers) is None


DIGEST = "ab" * 32
STEP = {"id": "tuned", "use": "forge", "params": FORGE["params"]}
LINEAGE = {
    "line": "router", "version": "v2", "made_by": {"recipe": "small", "source": "c" * 64, "step": STEP},
    "trained": [{"version": "v2", "use": "forge", "params": FORGE["params"]}],
    "ancestors": [{"version": "v2", "label": "v2", "model": DIGEST, "parents": ["v1"]}],
}  # fmt: skip
CARD = {"model": DIGEST, "line": "router", "base": {"hub": "acme/small", "revision": "d" * 40}, "lineage": LINEAGE}


def test_a_true_card_says_nothing_that_is_not_so() -> None:
    claims = claims_of(CARD)
    assert lies(claims, LINEAGE) == [] and other_base(claims, CARD["base"]) == []
    assert claims.settings == trained_as([FORGE])


@pytest.mark.parametrize(("at", "value", "told"), [
    (("made_by", "recipe"), "other", "the recipe was other"),
    (("made_by", "source"), "e" * 64, "the digest of the recipe's text"),
    (("made_by", "step", "params", "train"), {"rank": 8}, "`params.train.rank`, was 8"),
    (("trained",), [{"version": "v2", "params": {**FORGE["params"], "train": {"rank": 4}}}], "v2 was trained with"),
    (("ancestors",), [{"version": "v2", "model": "f" * 64, "parents": ["v1"]}], "v2 is ffff"),
    (("ancestors",), [{"version": "v2", "model": DIGEST, "parents": []}], "the parents none"),
])  # fmt: skip
def test_each_claim_that_is_not_so_is_named(at: tuple[str, ...], value: Json, told: str) -> None:
    (found,) = lies(claims_of({**CARD, "lineage": laid(LINEAGE, at, value)}), LINEAGE)
    assert told in found and "on record" in found


@pytest.mark.parametrize("base", [None, {"hub": "acme/other", "revision": "d" * 40}, {"file": "base"}, "acme/small"])
def test_another_base_is_named(base: Json) -> None:
    (found,) = other_base(claims_of({**CARD, "base": base}), CARD["base"])
    assert "acme/small" in found


WORDS = st.sampled_from(
    [
        "model",
        "line",
        "base",
        "lineage",
        "made_by",
        "step",
        "params",
        "use",
        "change",
        "trained",
        "train",
        "ancestors",
        "version",
        "parents",
    ]
)
JSON = st.recursive(
    SCALARS | st.sampled_from(["reforge", "forge"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_any_json_is_a_card_or_is_none_and_nothing_else(card: Any, with_model: bool) -> None:
    held = {**card, "model": DIGEST} if with_model and isinstance(card, dict) else card
    try:
        claims = claims_of(held)
    except NoCard:
        return
    assert claims.settings is None or set(claims.settings) == {"scratch", "prune", "train"}
    lies(claims, LINEAGE)
    other_base(claims, {"hub": "x"})
