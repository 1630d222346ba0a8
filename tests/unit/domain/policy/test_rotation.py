"""Who of the zoo trains this time: the behaviours that rotation has always had, ours on top, and no spec is starved."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.policy.rotation import (
    CHOSEN,
    RETIRED,
    TOO_DEAR,
    TRAINS,
    UNFIT,
    WAITS,
    Challenger,
    in_order,
    rotations_for_all,
    select_rotation,
    when_next,
)
from sentinel.domain.quantity import HOUR
from sentinel.domain.zoo import label_of


def words(challengers: list[Challenger], budget: int, gpu: int | None = None) -> dict[str, str]:
    """What a rotation says of each."""
    return {turn.spec: turn.word for turn in select_rotation(challengers, budget, gpu).turns}


# The original behaviours


def test_a_version_is_traced_to_its_spec_by_the_label_among_its_overrides_else_the_declared_one_else_its_id() -> None:
    assert label_of("wide", "wide-2", {"tuned": {"label": "own", "rank": 3}}) == "own"
    assert label_of("wide", "wide-2", {"tuned": {"rank": 3}}) == "wide-2"
    assert label_of("wide", None, {}) == "spec-wide"


def test_a_spec_that_never_trained_is_first() -> None:
    assert select_rotation([Challenger("old", tried=1), Challenger("new")], 1).chosen == ("new",)


def test_then_the_one_whose_newest_version_is_oldest() -> None:
    zoo = [Challenger("a", tried=30), Challenger("b", tried=10), Challenger("c", tried=20)]
    assert select_rotation(zoo, 2).chosen == ("b", "c")


def test_the_budget_caps_the_number() -> None:
    zoo = [Challenger(name) for name in "abcde"]
    assert len(select_rotation(zoo, 3).chosen) == 3
    assert select_rotation(zoo, 0).chosen == ()
    assert words(zoo, 3) == {"a": CHOSEN, "b": CHOSEN, "c": CHOSEN, "d": WAITS, "e": WAITS}


def test_a_retired_spec_never_trains() -> None:
    zoo = [Challenger("gone", active=False), Challenger("here", tried=5)]
    assert select_rotation(zoo, 5).chosen == ("here",)
    assert words(zoo, 5)["gone"] == RETIRED
    assert "gone" not in when_next(zoo, 5)


# Ours on top


def test_an_attempt_that_failed_counts_as_one_so_that_a_spec_that_always_crashes_is_not_first_for_ever() -> None:
    crashes, works = Challenger("crashes", tried=20), Challenger("works", tried=10)
    assert select_rotation([crashes, works], 1).chosen == ("works",)


def test_of_those_tried_equally_long_ago_priority_decides_then_the_id() -> None:
    zoo = [Challenger("c"), Challenger("b"), Challenger("a", priority=10), Challenger("d", priority=90)]
    assert [each.spec for each in in_order(zoo)] == ["d", "b", "c", "a"]
    assert [each.spec for each in in_order([Challenger("new"), Challenger("old", 1, priority=99)])] == ["new", "old"]


def test_a_spec_that_trains_now_or_fits_no_line_is_left_out_and_told_why() -> None:
    zoo = [Challenger("busy", trains="r7"), Challenger("other", unfit="its recipe is not for router"), Challenger("a")]
    assert select_rotation(zoo, 3).chosen == ("a",)
    assert words(zoo, 3) == {"busy": TRAINS, "other": UNFIT, "a": CHOSEN}
    assert select_rotation(zoo, 3).turns[1].why == "r7 trains it now"


def test_a_spec_dearer_than_the_gpu_budget_of_a_whole_rotation_never_trains_and_is_told_so() -> None:
    zoo = [Challenger("huge", gpu=9 * HOUR), Challenger("small", gpu=2 * HOUR, tried=1)]
    assert select_rotation(zoo, 3, 8 * HOUR).chosen == ("small",)
    assert words(zoo, 3, 8 * HOUR)["huge"] == TOO_DEAR
    assert when_next(zoo, 3, 8 * HOUR) == {"small": 1}


def test_a_spec_that_does_not_fit_the_gpu_time_left_keeps_its_place_and_is_first_next_time() -> None:
    zoo = [Challenger("a", gpu=3), Challenger("big", gpu=8), Challenger("c", gpu=3)]
    assert select_rotation(zoo, 3, 8).chosen == ("a", "c")
    later = [replace(each, tried=1) if each.spec in ("a", "c") else each for each in zoo]
    assert select_rotation(later, 3, 8).chosen == ("big",)
    assert when_next(zoo, 3, 8) == {"a": 1, "c": 1, "big": 2}


def test_each_is_told_in_how_many_rotations_its_turn_comes() -> None:
    zoo = [Challenger("a", 3), Challenger("b", 1), Challenger("c"), Challenger("d", 2), Challenger("e", 9)]
    assert when_next(zoo, 2) == {"c": 1, "b": 1, "d": 2, "a": 2, "e": 3}
    assert when_next(zoo, 0) == {}
    assert when_next([Challenger("busy", trains="r1"), Challenger("a")], 1) == {"a": 1, "busy": 2}


zoos = st.lists(
    st.builds(
        Challenger, st.sampled_from([f"s{number}" for number in range(40)]),
        st.none() | st.integers(0, 50), st.integers(0, 100), st.booleans(),
    ),
    max_size=25, unique_by=lambda each: each.spec,
)  # fmt: skip


@given(zoos, st.integers(1, 6), st.randoms(use_true_random=False))
def test_every_active_spec_trains_within_active_by_budget_rotations_failures_included(
    zoo: list[Challenger], budget: int, chance: "object"
) -> None:
    held, trained, clock = {each.spec: each for each in zoo}, set(), 100
    active = {each.spec for each in zoo if each.active}
    promised = when_next(zoo, budget)
    for number in range(1, (rotations_for_all(len(active), budget) or 0) + 1):
        chosen = select_rotation(held.values(), budget).chosen
        assert len(chosen) <= budget and set(chosen) <= active
        assert {spec for spec in chosen if spec not in trained} == {s for s, turn in promised.items() if turn == number}
        ends = [clock + index for index in range(len(chosen))]
        chance.shuffle(ends)  # type: ignore[attr-defined] # they train beside each other, and end as it comes
        for spec, end in zip(chosen, ends, strict=True):
            # whether a version came of it or not, its attempt has ended
            held[spec] = replace(held[spec], tried=end)
        trained.update(chosen)
        clock += 100
    assert trained == active


@given(zoos, st.integers(0, 6), st.none() | st.integers(0, 30))
def test_every_spec_is_told_of_once_and_the_chosen_are_those_that_are_said_to_be(
    zoo: list[Challenger], budget: int, gpu: int | None
) -> None:
    rotation = select_rotation(zoo, budget, gpu)
    assert sorted(turn.spec for turn in rotation.turns) == sorted(each.spec for each in zoo)
    assert tuple(turn.spec for turn in rotation.turns if turn.word == CHOSEN) == rotation.chosen


costly = st.lists(
    st.builds(Challenger, st.sampled_from("abcdefgh"), st.none() | st.integers(0, 50), gpu=st.integers(0, 10)),
    max_size=8, unique_by=lambda each: each.spec,
)  # fmt: skip


@given(costly, st.integers(1, 4), st.integers(1, 12))
def test_within_the_gpu_budget_nobody_is_starved_who_fits_into_a_rotation(
    zoo: list[Challenger], budget: int, gpu: int
) -> None:
    held, trained = {each.spec: each for each in zoo}, set()
    for number in range(len(zoo)):
        chosen = select_rotation(held.values(), budget, gpu).chosen
        assert sum(held[spec].gpu or 0 for spec in chosen) <= gpu
        held.update({spec: replace(held[spec], tried=100 + number) for spec in chosen})
        trained.update(chosen)
    assert trained == {each.spec for each in zoo if (each.gpu or 0) <= gpu}
