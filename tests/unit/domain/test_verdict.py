"""A gate takes the worst of its checks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.plan import VERDICTS
from sentinel.domain.verdict import worst


@pytest.mark.parametrize(
    ("verdicts", "folded"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "inconclusive"], "inconclusive"),
        (["error", "inconclusive"], "error"),
        (["error", "fail", "pass"], "fail"),
        (["freeze", "fail"], "freeze"),
    ],
)
def test_the_worst_verdict_wins_in_the_order_pass_inconclusive_error_fail_freeze(
    verdicts: list[str], folded: str
) -> None:
    assert worst(verdicts) == folded


def test_no_check_at_all_is_an_error_since_missing_data_never_passes() -> None:
    assert worst([]) == "error"


@given(st.lists(st.sampled_from(VERDICTS), min_size=1), st.lists(st.sampled_from(VERDICTS)))
def test_folding_in_more_never_makes_it_better(some: list[str], more: list[str]) -> None:
    assert VERDICTS.index(worst([*some, *more])) >= VERDICTS.index(worst(some))
    assert worst([worst(some), *more]) == worst([*some, *more])
