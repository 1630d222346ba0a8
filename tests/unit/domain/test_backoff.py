"""How long to wait before trying again."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.plan import Retry
from sentinel.domain.policy.backoff import LONGEST, pause_before
from sentinel.domain.quantity import DAY, MINUTE


@given(st.integers(0, 7 * DAY), st.integers(1, 10**6), st.text(max_size=20))
def test_a_pause_doubles_up_to_an_hour_and_is_spread_by_a_tenth(backoff: int, nth: int, attempt: str) -> None:
    plain = min(backoff * 2 ** min(nth - 1, 60), max(LONGEST, backoff))
    pause = pause_before(Retry(9, backoff), nth, attempt)
    assert round(plain * 0.95) <= pause <= round(plain * 1.05)


def test_the_spread_depends_on_the_attempt_and_on_nothing_else() -> None:
    pauses = {pause_before(Retry(9, MINUTE), 1, f"r1.a.a{number}") for number in range(50)}
    assert len(pauses) > 40
    assert pause_before(Retry(9, MINUTE), 1, "r1.a.a1") == pause_before(Retry(9, MINUTE), 1, "r1.a.a1") == 60_340


def test_no_backoff_is_no_pause() -> None:
    assert pause_before(Retry(9, 0), 5, "r1.a.a5") == 0
