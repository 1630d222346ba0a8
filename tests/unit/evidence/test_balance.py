"""Labels against the range of the sets before."""

from collections import Counter

import numpy as np

from sentinel.evidence.balance import balance


def test_a_class_inside_its_range_is_not_outside() -> None:
    found = balance({"a": 500, "b": 500}, [{"a": 700, "b": 300}, {"a": 300, "b": 700}])
    assert all(each.by == 0 and each.p == 1 for each in found.classes)
    assert found.effect > 0.1, "it lies between the two, near neither"


def test_the_farthest_outside_comes_first_and_is_held_against_the_nearest() -> None:
    found = balance({"a": 900, "b": 100}, [{"a": 500, "b": 400, "c": 100}, {"a": 600, "b": 300, "c": 100}])
    assert [(each.name, round(each.by, 2)) for each in found.classes] == [("a", 0.3), ("b", 0.2), ("c", 0.1)]
    assert all(each.p < 1e-6 for each in found.classes)


def test_sets_with_few_labels_are_no_measure() -> None:
    found = balance({"a": 900}, [{"b": 20}])
    assert (found.sets, found.effect, found.classes) == (0, 0.0, ())


def test_draws_of_one_world_lie_outside_by_more_than_chance_hardly_ever() -> None:
    chance, hits = np.random.default_rng(1), 0
    for number in range(200):
        shares = [0.4, 0.3, 0.1, 0.1, 0.05, 0.03, 0.01, 0.01]
        one, other = (Counter(chance.choice(list("abcdefgh"), 400, p=shares).tolist()) for _ in range(2))
        found = balance(one, [other], seed=number)
        hits += any(each.by >= 0.05 and each.p < 0.01 for each in found.classes)
    assert hits <= 5
