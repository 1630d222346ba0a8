"""What is written down of a training: few points of many losses, and what a rising held-out loss may mean."""

import json

import pytest

from sentinel.contract.training import EarlyStop
from sentinel.model.train.diary import POINTS, Diary, told


def diary(losses: list[float], looks: list[float]) -> Diary:
    held = Diary(losses=losses)
    for number, loss in enumerate(looks):
        held.look(number * 10, loss, None)
    return held


@pytest.mark.parametrize(
    ("losses", "why"),
    [
        ([1.0] * 11 + [3.0] * 40, "learning rate is too high"),
        ([1.0] * 11 + [0.1] * 40, "learned by heart"),
        ([1.0] * 51, "look at the rows"),
    ],
)
def test_a_rise_is_told_with_what_the_training_loss_says_of_it(losses: list[float], why: str) -> None:
    held = diary(losses, [2.0, 1.0, 1.2, 1.3, 1.4])
    assert why in str(held.regression())
    assert held.regression() is None, "it is said once"
    assert len(held.warnings) == 1


@pytest.mark.parametrize("looks", [[2.0, 1.0, 0.9, 0.8], [1.0, 1.2, 1.3, 1.04], [1.0, 1.2, 1.3], [1.0]])
def test_a_fall_a_short_rise_or_a_slight_one_is_no_regression(looks: list[float]) -> None:
    assert diary([1.0] * 51, looks).regression() is None


def test_patience_counts_looks_that_were_not_better_by_enough() -> None:
    rule = EarlyStop(patience=2, least=0.1)
    held = Diary()
    better = [held.look(step, loss, rule) for step, loss in enumerate([1.0, 0.95, 0.8, 0.79, 0.81])]
    assert better == [True, False, True, False, False]
    assert (held.best, held.worse) == (2, 2)


def test_a_checkpoint_gives_back_what_it_was_given() -> None:
    held = diary([1.0, 0.5], [2.0, 1.0])
    assert Diary.from_json(json.loads(json.dumps(held.to_json()))) == held


def test_a_long_training_is_told_in_few_points() -> None:
    said = told(diary([float(number) for number in range(1000)], []))
    assert len(said["losses"]) == POINTS and said["steps"] == 1000
    assert said["losses"][0] == [1, 4.5]
