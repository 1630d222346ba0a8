"""What earlier attempts teach about the next one."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.policy.experience import Pace, Past, experience, paced

MINUTE = 60_000


def pasts(count: int, seed: int = 1, spread: float = 0.2) -> list[Past]:
    """Attempts on two nodes, one five times as fast, that take longer with each epoch."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        node, epochs = chance.choice(("old", "new")), chance.choice((1, 2, 4, 8))
        usual = MINUTE * epochs * (1 if node == "old" else 0.2)
        traits = {"node": node, "epochs": float(epochs), "lr": chance.random(), "step": "a.tuned"}
        found.append(Past(round(usual * math.exp(chance.gauss(0, spread))), traits))
    return found


def test_of_what_was_never_done_nothing_is_known() -> None:
    assert experience([]) is None
    assert experience([Past(0, {})]) is None


def test_one_attempt_says_the_middle_and_leaves_the_bound_wide() -> None:
    known = experience([Past(10 * MINUTE, {"node": "old"})])
    assert known is not None
    lasts = known.lasts({"node": "old"})
    assert lasts.at(0.5) == pytest.approx(10 * MINUTE)
    assert lasts.at(0.9) > 15 * MINUTE


def test_nodes_and_numbers_that_matter_are_found_and_those_that_do_not_are_left() -> None:
    known = experience(pasts(200))
    assert known is not None
    for node, epochs, usual in (("old", 8, 8.0), ("new", 8, 1.6), ("old", 1, 1.0), ("new", 2, 0.4)):
        told = {known.lasts({"node": node, "epochs": float(epochs), "lr": lr, "step": "a.tuned"}).at(0.5) / MINUTE
                for lr in (0.01, 0.99)}  # fmt: skip
        assert all(each == pytest.approx(usual, rel=0.15) for each in told)


def test_a_node_that_nobody_has_seen_is_told_with_more_doubt() -> None:
    known = experience(pasts(100))
    assert known is not None
    traits = {"epochs": 2.0, "lr": 0.5, "step": "a.tuned"}
    seen, strange = known.lasts({**traits, "node": "old"}), known.lasts({**traits, "node": "third"})
    assert strange.at(0.9) / strange.at(0.5) > 1.5 * seen.at(0.9) / seen.at(0.5)


@pytest.mark.parametrize("count", [12, 25, 60, 200])
def test_nine_in_ten_end_by_the_bound(count: int) -> None:
    within = tried = 0
    for seed in range(60):
        *known, new = reversed(pasts(count + 1, seed))
        found = experience(known)
        assert found is not None
        within += new.ms <= found.lasts(new.traits).at(0.9)
        tried += 1
    assert 0.8 <= within / tried <= 1.0


def test_a_number_that_hardly_varied_says_nothing_of_one_that_is_far_off() -> None:
    """Bytes that differed by one made the time of a larger one longer than a number can be."""
    known = experience([Past(MINUTE + 100 * n, {"bytes": 1e6 + n % 2, "rows": 100.0 * (1 + n % 3)}) for n in range(12)])
    assert known is not None
    assert known.lasts({"bytes": 1e12, "rows": 1e12}).at(0.99) < 100 * MINUTE


def test_what_changed_is_followed() -> None:
    before = [Past(10 * MINUTE, {"node": "a"})] * 150
    after = [Past(20 * MINUTE, {"node": "a"})] * 150
    known = experience([*after, *before])
    assert known is not None
    assert known.lasts({"node": "a"}).at(0.5) > 16.5 * MINUTE


def test_a_long_tail_is_kept() -> None:
    held = [Past(MINUTE, {"node": "a"})] * 80 + [Past(10 * MINUTE, {"node": "a"})] * 20
    known = experience(sorted(held, key=lambda each: hash(str(each.ms)) % 7))
    assert known is not None
    lasts = known.lasts({"node": "a"})
    assert lasts.at(0.5) < 2.5 * MINUTE and lasts.at(0.95) > 7 * MINUTE


def test_a_pace_is_believed_the_more_it_has_seen() -> None:
    known = experience([Past(10 * MINUTE, {})] * 40)
    assert known is not None
    lasts = known.lasts({})
    early = paced(lasts, MINUTE, Pace(59 * MINUTE, 0.02))
    late = paced(lasts, 50 * MINUTE, Pace(10 * MINUTE, 0.83))
    assert 10 * MINUTE < early.at(0.5) < 30 * MINUTE
    assert late.at(0.5) == pytest.approx(60 * MINUTE, rel=0.1)
    assert late.rest(50 * MINUTE)(0.5) == pytest.approx(10 * MINUTE, rel=0.3)
    alone = paced(None, 50 * MINUTE, Pace(10 * MINUTE, 0.83))
    assert alone.at(0.5) == pytest.approx(60 * MINUTE) and alone.at(0.9) < 72 * MINUTE


@given(st.integers(1, 80), st.floats(0.001, 0.999), st.floats(0.001, 0.999), st.integers(0, 40 * MINUTE))
def test_more_certainty_takes_longer_and_what_is_left_is_never_less_than_nothing(
    count: int, one: float, other: float, spent: int
) -> None:
    known = experience(pasts(count, count))
    assert known is not None
    lasts = known.lasts({"node": "old", "epochs": 2.0, "lr": 0.5, "step": "a.tuned"})
    low, high = sorted((one, other))
    assert lasts.at(low) <= lasts.at(high) * (1 + 1e-9)
    rest = lasts.rest(spent)
    assert 0 <= rest(low) <= rest(high) * (1 + 1e-9) + 1e-6


ODD = st.dictionaries(st.sampled_from("abcd"), st.floats(-1e300, 1e300) | st.sampled_from(["x", "y", "zz"]))


@given(st.lists(st.tuples(st.integers(0, 10**15), ODD), max_size=40), ODD, st.integers(0, 10**16))
def test_whatever_was_seen_times_are_times(seen: list, traits: dict, spent: int) -> None:  # type: ignore[type-arg]
    known = experience([Past(ms, held) for ms, held in seen])
    if known is not None:
        lasts = known.lasts(traits)
        assert 1 <= lasts.at(0.001) <= lasts.at(0.5) <= lasts.at(0.999) < 10**13
        assert 0 <= lasts.rest(spent)(0.5) < 10**13
