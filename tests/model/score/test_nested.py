"""Answers that begin other answers: the shorter one counts for what is likely of it alone."""

import math

import numpy as np
import pytest

from sentinel.model.score.nested import alone, longer


def test_an_answer_is_known_to_begin_those_that_go_on_from_it_directly() -> None:
    assert longer([(1,), (1, 2), (1, 2, 3), (1, 4), (5,), (2, 1)]) == {0: [1, 3], 1: [2]}
    assert longer(["a", "b"]) == {}


def test_what_an_answer_goes_on_to_be_is_not_counted_for_it() -> None:
    logs = np.log([[0.9, 0.6, 0.4, 0.2, 0.1], [0.5, 0.5, 0.0001, 1e-300, 0.5]])
    found = np.exp(alone(logs, {0: [1, 3], 1: [2]}))
    assert found[0] == pytest.approx([0.9 - 0.6 - 0.2, 0.6 - 0.4, 0.4, 0.2, 0.1])
    assert found[1, 0] < 1e-8 and found[1, 1] == pytest.approx(0.4999)


def test_answers_of_which_none_begins_another_stay_as_they_are_and_what_is_no_number_stays_none() -> None:
    assert alone([-1.5, -2.5], {}).tolist() == [-1.5, -2.5]
    assert math.isnan(alone([math.nan, -1.0], {0: [1]})[0])
