"""How good something was by its rows: what belongs together is worth less than it looks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.measure import Measured, measured


def test_right_or_wrong_rows_that_count_alike_are_so_many_of_n() -> None:
    assert measured([1, 0, 1, 1], True) == Measured(3.0, 4.0, None)
    assert measured([1, 0, 1, 1], True, [2.0] * 4) == Measured(3.0, 4.0, None)


def test_scores_are_a_mean_with_the_variance_of_their_rows() -> None:
    found = measured([0.2, 0.6, 0.7], False)
    assert (found.value, found.n) == (pytest.approx(0.5), pytest.approx(3.0))
    assert found.variance == pytest.approx(np.var([0.2, 0.6, 0.7], ddof=1))


def test_rows_that_stand_or_fall_together_are_worth_one() -> None:
    groups = ["a"] * 5 + ["b"] * 5 + ["c"] * 5 + ["d"] * 5
    found = measured([1.0] * 15 + [0.0] * 5, True, None, groups)
    assert (found.value / found.n, found.n) == (pytest.approx(0.75), pytest.approx(4.0))


def test_groups_in_which_rows_differ_as_among_all_cost_nothing_but_their_unlike_sizes() -> None:
    found = measured([1.0, 0.0] * 10, True, None, [k // 2 for k in range(20)])
    assert found.n <= 10.0


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 10), st.integers(0, 5)), min_size=1, max_size=40))
def test_whatever_the_rows_it_is_worth_no_more_than_there_are_and_is_a_measure(
    rows: list[tuple[float, float, int]],
) -> None:
    values, weights, groups = (list(column) for column in zip(*rows, strict=True))
    for found in (measured(values, False, weights), measured(values, False, weights, groups)):
        assert 0 <= found.value <= 1 + 1e-9 and 0 < found.n <= len(rows) + 1e-9
        assert found.variance is not None and found.variance <= 0.25 * max(1.0, found.n / max(found.n - 1, 1e-9)) + 1e-9
