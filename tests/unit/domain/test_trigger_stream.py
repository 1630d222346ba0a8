"""Triggers: a slot fires at most once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.event import Happened
from sentinel.domain.house import DaemonStopped
from sentinel.domain.trigger_stream import Decision, Stream, TriggerArmed, TriggerDisarmed, TriggerFired, evolve, fire

YES = Decision(True, "it is due", {"n": 3})


def put(stream: Stream, events: list[Happened], at: int = 0) -> Stream:
    """The stream after events."""
    for body in events:
        stream = evolve(stream, body, at)
    return stream


def armed(at: int = 100) -> Stream:
    """A trigger in force since then."""
    return put(Stream("nightly"), [TriggerArmed("nightly", "router", "cron", {"at": "0 3 * * *"})], at)


def test_a_slot_fires_into_a_run_with_its_reason_and_numbers() -> None:
    fired = fire(armed(), 200, 0, YES, "r1", False)
    assert fired == [TriggerFired(200, 0, "it is due", {"n": 3}, "r1", False)]
    stream = put(armed(), fired)
    assert [stream.accounted, stream.fired, stream.last_run, stream.last_reason] == [200, 1, "r1", "it is due"]


def test_a_slot_fires_at_most_once() -> None:
    stream = put(armed(), fire(armed(), 200, 0, YES, "r1", False))
    assert fire(stream, 200, 0, YES, "r2", False) == []
    assert fire(stream, 150, 0, YES, "r2", False) == []
    assert fire(stream, 201, 0, YES, "r2", False) != []


def test_slots_before_a_trigger_came_into_force_are_not_its_own() -> None:
    assert fire(armed(100), 100, 0, YES, "r1", False) == []
    assert fire(armed(100), 101, 0, YES, "r1", False) != []


def test_arming_again_does_not_bring_a_slot_back() -> None:
    stream = put(armed(), fire(armed(), 200, 0, YES, "r1", False))
    again = put(stream, [TriggerArmed("nightly", "router", "cron", {})], 150)
    assert again.accounted == 200
    assert fire(again, 200, 0, YES, "r2", False) == []


def test_a_disarmed_trigger_fires_nothing_and_lets_the_slots_of_its_absence_pass() -> None:
    stream = put(armed(), [TriggerDisarmed("the recipe is gone")])
    assert fire(stream, 200, 0, YES, "r1", False) == []
    back = put(stream, [TriggerArmed("nightly", "router", "cron", {})], 300)
    assert fire(back, 200, 0, YES, "r1", False) == []


def test_a_trigger_s_stream_holds_no_other_events() -> None:
    with pytest.raises(TypeError, match="DaemonStopped is no event of a trigger"):
        evolve(armed(), DaemonStopped("x"), 0)


moves = st.lists(
    st.one_of(
        st.tuples(st.just("fire"), st.integers(0, 30)),
        st.tuples(st.just("arm"), st.integers(0, 30)),
        st.tuples(st.just("disarm"), st.just(0)),
    ),
    max_size=40,
)


@given(moves)
def test_whatever_the_clock_does_no_slot_fires_twice(moves: list[tuple[str, int]]) -> None:
    stream, slots = Stream("nightly"), []
    for what, when in moves:
        if what == "fire":
            fired = fire(stream, when, 0, YES, "r1", False)
            slots += [when for _ in fired]
            stream = put(stream, fired)
        elif what == "arm":
            stream = put(stream, [TriggerArmed("nightly", None, "cron", None)], when)
        else:
            stream = put(stream, [TriggerDisarmed("")])
    assert slots == sorted(set(slots))
