"""Whom a person is asked about: chance that nobody can bend, the unsure ones apart, and no more than was agreed."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.policy.labelling import AGAIN, Served, lot, pick

MANY = [Served(f"t{n}", n, n % 100 / 100) for n in range(4000)]


def test_the_sample_is_as_large_as_its_share_and_the_same_each_time() -> None:
    first = pick("router", MANY, {}, 0.05, 10_000)
    assert 160 <= first.sample <= 240
    assert pick("router", reversed(MANY), {}, 0.05, 10_000) == first
    assert all(each.chance == 0.05 for each in first.picks if each.why == "audit")


def test_the_sample_does_not_look_at_how_sure_the_model_was() -> None:
    picks = [each for each in pick("router", MANY, {}, 0.2, 800).picks if each.why == "audit"]
    low = sum((each.served.ahead or 0) < 0.5 for each in picks)
    assert 0.43 < low / len(picks) < 0.57


def test_what_is_left_of_the_budget_goes_to_the_least_sure_outside_of_the_sample() -> None:
    found = pick("router", MANY, {}, 0.02, 200)
    counts = Counter(each.why for each in found.picks)
    assert counts["audit"] == found.sample and counts["informative"] == 200 - found.sample
    unsure = [each for each in found.picks if each.why == "informative"]
    assert all(each.chance is None for each in unsure)
    assert max(each.served.ahead or 0 for each in unsure) < 0.05
    assert all(lot("router", "audit", each.served.id) >= 0.02 for each in unsure)


def test_a_budget_that_is_too_small_makes_the_chance_smaller() -> None:
    whole = pick("router", MANY, {}, 0.05, 10_000)
    some = pick("router", MANY, {}, 0.05, 50)
    assert len(some.picks) == 50 and some.left == whole.sample - 50
    assert {each.chance for each in some.picks} == {0.05 * 50 / whole.sample}


def test_nobody_is_asked_about_a_labelled_answer_but_to_see_how_far_labels_can_be_trusted() -> None:
    whole = [each.served.id for each in pick("router", MANY, {}, 0.05, 10_000).picks if each.why == "audit"]
    done = {each.id: ["correction"] for each in MANY[:30]} | {id: ["audit"] for id in whole}
    found = pick("router", MANY, done, 0.05, 10_000, twice=0.2)
    counts = Counter(each.why for each in found.picks)
    assert counts["audit"] == 0
    assert 0.08 < counts[AGAIN] / len(whole) < 0.35
    assert not {each.served.id for each in found.picks if each.why == "informative"} & set(done)
    twice = {id: ["audit", AGAIN] for id in whole}
    assert Counter(each.why for each in pick("router", MANY, twice, 0.05, 10_000, 1.0).picks)[AGAIN] == 0


def test_a_complaint_does_not_take_an_answer_out_of_the_sample() -> None:
    whole = {each.served.id for each in pick("router", MANY, {}, 0.05, 10_000).picks if each.why == "audit"}
    complained = {id: ["correction"] for id in whole}
    after = {each.served.id for each in pick("router", MANY, complained, 0.05, 10_000).picks if each.why == "audit"}
    assert after == whole


@given(st.integers(0, 300), st.floats(0, 1), st.floats(0, 1), st.integers(0, 200))
def test_never_more_than_the_budget_and_nobody_twice(budget: int, audit: float, twice: float, done: int) -> None:
    answers = MANY[:200]
    labelled = {each.id: ["audit"] for each in answers[:done]}
    found = pick("router", answers, labelled, audit, budget, twice)
    ids = [each.served.id for each in found.picks]
    assert len(ids) <= budget and len(set(ids)) == len(ids)
