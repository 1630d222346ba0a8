"""Sides: decided once, by a keyed hash, and kept for ever."""

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.worlds.bound import at_least, at_most
from sentinel.data.sides import decide, row_digests, side_of
from tests.effort import often

WORDS = ["invoice", "refund", "login", "broken", "please", "order", "deliver", "account", "paper", "cancel", "number"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
ROWS = st.lists(st.tuples(TEXTS, st.none() | st.sampled_from(["ann", "bob"])), max_size=25)


def asked(rows: list[tuple[str, str | None]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"text": pl.String, "group": pl.String}, orient="row")
    return frame.with_columns(row=pl.Series(row_digests(frame.select("text")), dtype=pl.String))


def sides(frame: pl.DataFrame) -> dict[str, str]:
    return dict(zip(frame["row"], frame["side"], strict=True))


@settings(max_examples=often(30, 100))
@given(ROWS, ROWS, ROWS)
def test_no_later_row_salt_or_share_changes_a_side(
    first: list[tuple[str, str | None]], second: list[tuple[str, str | None]], third: list[tuple[str, str | None]]
) -> None:
    one = decide(asked(first), b"salt", 0.5)
    two = decide(asked(second), b"other", 0.1, one)
    three = decide(asked([*third, *first]), b"third", 0.9, two)
    assert sides(one).items() <= sides(two).items() <= sides(three).items()
    assert three["row"].is_unique().all()


@given(ROWS)
def test_what_is_decided_together_is_on_one_side(rows: list[tuple[str, str | None]]) -> None:
    held = asked(rows).join(decide(asked(rows), b"salt", 0.5), on="row", how="left")
    assert held["side"].null_count() == 0
    for name in ("unit", "key"):
        assert (held.group_by(name).agg(pl.col("side").n_unique())["side"] == 1).all()


@given(st.binary(min_size=1), st.text(min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_for_the_gate_takes_rows_from_training_and_never_gives_any_back(
    salt: bytes, key: str, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert not (side_of(salt, key, low) == "gate" and side_of(salt, key, high) == "train")


def test_the_gate_gets_its_share_and_another_salt_gives_other_rows() -> None:
    keys = [f"row {number}" for number in range(5000)]
    one, other = ([side_of(salt, key, 0.2) == "gate" for key in keys] for salt in (b"a", b"b"))
    for drawn in (one, other):
        assert at_most(sum(drawn), 5000, 0.2) and at_least(sum(drawn), 5000, 0.2)
    both = sum(a and b for a, b in zip(one, other, strict=True))
    assert at_most(both, 5000, 0.04) and at_least(both, 5000, 0.04)


def test_a_side_is_the_same_on_every_machine_for_ever() -> None:
    """Written down once; a change here would move rows that have trained to the gate's side."""
    (digest,) = row_digests(pl.DataFrame({"text": ["Where is my order?"], "amount": [12.0]}))
    assert digest == "6773ccc5d4b52440ced2c3ca39b2f229a4b5134347f2a447e0dea54dcd993be8"
    assert [side_of(b"salt", letter * 64, 0.5)[0] for letter in "abcdef"] == ["g", "t", "t", "g", "t", "t"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"n": [12]}, {"n": [12.0]}),
        ({"a": ["x"], "b": ["y"]}, {"b": ["y"], "a": ["x"]}),
        ({"a": ["x"]}, {"a": ["x"], "b": [None]}),
    ],
)
def test_the_type_and_order_of_columns_say_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert row_digests(pl.DataFrame(one)) == row_digests(pl.DataFrame(other))


def sentence(chance: random.Random, words: int = 40) -> str:
    return " ".join("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(words))


def test_near_duplicates_follow_their_earliest_member_across_datasets() -> None:
    chance = random.Random(1)
    texts = [sentence(chance) for _ in range(300)]
    first = decide(asked([(text, None) for text in texts]), b"salt", 0.5)
    later = [f"{text.upper()}!" if number % 2 else text.rsplit(" ", 1)[0] for number, text in enumerate(texts)]
    second = decide(asked([(text, None) for text in later]), b"another", 0.5, first)
    fresh = second.filter(pl.col("here"))
    assert fresh["key"].to_list() == first["key"].to_list()
    assert fresh["side"].to_list() == first["side"].to_list()
    assert set(fresh["by"]) == {"near"}


def test_texts_that_differ_follow_nobody() -> None:
    chance = random.Random(2)
    held = decide(asked([(sentence(chance), None) for _ in range(400)]), b"salt", 0.5)
    assert set(held["by"]) == {"row"} and (held["key"] == held["row"]).all()


def test_the_rows_of_a_group_share_a_side_however_they_differ() -> None:
    chance = random.Random(3)
    held = decide(asked([(sentence(chance), f"customer {number % 7}") for number in range(100)]), b"salt", 0.5)
    assert held["key"].n_unique() == 7 and set(held["by"]) == {"group"}


def test_a_flood_of_one_text_is_one_unit_and_takes_no_time() -> None:
    chance = random.Random(4)
    text = sentence(chance, 60)
    rows = [(f"{text} {number}", None) for number in range(3000)]
    held = decide(asked(rows), b"salt", 0.5)
    assert held["key"].n_unique() == 1
