"""How soon a fall is seen, by a formula: the same as counting it out, and near what chance makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.evidence.detector import Detector, detector, usual_baseline
from sentinel.evidence.drift import delay, delay_from_start
from sentinel.evidence.simulator import Promise, World, play

A_THIRD = 1 / 3


def usual(rate: float, rows: float, often: float = 1095, margin: float = 0.01) -> Detector:
    held = detector(usual_baseline(rate, rows, 28), margin, often)
    assert held is not None
    return held


@given(st.floats(0.3, 0.99), st.floats(1, 2000), st.floats(0.001, 0.29), st.floats(3, 1e7))
def test_the_formula_says_what_counting_evaluation_by_evaluation_says(
    rate: float, rows: float, fall: float, often: float
) -> None:
    base = usual_baseline(rate, rows, 28)
    found = detector(base, 0.01, often)
    if found is None:
        return
    counted, told = delay(found, rate - fall, rows, most=300), delay_from_start(found, rate - fall, rows)
    if counted is None:
        assert told is None or told > 300
    else:
        assert told == counted


def test_it_has_no_end_to_how_far_it_counts() -> None:
    weak = usual(0.8, 30 / 7)
    assert delay(weak, 0.74, 30 / 7) is None
    assert delay_from_start(weak, 0.74, 30 / 7) == delay(weak, 0.74, 30 / 7, most=5000)
    assert delay_from_start(weak, 0.8, 30 / 7) is None


@pytest.mark.parametrize(("labels", "fall"), [(50, 0.13), (100, 0.06), (100, 0.13), (200, 0.06), (1400, 0.06)])
def test_half_of_the_falls_are_seen_about_then(labels: int, fall: float) -> None:
    """Within a third: the formula lets chance have no say, and chance sees small falls sooner now and then."""
    rows = labels / 7
    half = play(World(0.91, rows, moves_to=0.91 - fall), Promise(often=1095), length=400, series=1000, seed=1).by(0.5)
    told = delay_from_start(usual(0.91, rows), 0.91 - fall, rows)
    assert half is not None and told is not None
    assert told == pytest.approx(half, rel=A_THIRD, abs=1)
