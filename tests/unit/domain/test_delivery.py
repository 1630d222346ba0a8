"""The outbox: intended before tried, done at most once on record, and honest about what may have been sent."""

import pytest

from sentinel.domain import delivery as d
from sentinel.domain.event import Happened
from sentinel.domain.quantity import DAY, SECOND
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.moves import IllegalMove
from sentinel.domain.trigger_stream import TriggerDisarmed

INTENDED = d.DeliveryIntended("webhook", "chat", "k" * 64, {"text": "frozen"})


def put(delivery: d.Delivery, *events: Happened, at: int = 0) -> d.Delivery:
    """The delivery after events."""
    for body in events:
        delivery = d.evolve(delivery, body, at)
    return delivery


def tried(at: int = 0) -> d.Delivery:
    """A delivery whose first attempt runs."""
    fresh = put(d.Delivery("d4"), INTENDED, at=at)
    return put(fresh, d.DeliveryTried(fresh.next_attempt), at=at)


def test_a_delivery_is_intended_then_tried_then_done() -> None:
    delivery = put(d.Delivery("d4"), INTENDED, at=5)
    assert [delivery.state, delivery.next_at, delivery.next_attempt] == ["waiting", 5, "d4.webhook.a1"]
    delivery = put(delivery, d.DeliveryTried("d4.webhook.a1"))
    assert [delivery.state, delivery.live] == ["trying", "d4.webhook.a1"]
    delivery = put(delivery, *d.end(delivery, "succeeded", None, {"status": 200}, 9))
    assert [delivery.state, delivery.live, delivery.receipt] == ["done", None, {"status": 200}]


def test_what_failed_is_put_off_and_tried_again_later_and_later() -> None:
    delivery, pauses = tried(), []
    for _ in range(4):
        (put_off,) = d.end(delivery, "failed", Refusal("E-http", "429"), None, 0)
        assert isinstance(put_off, d.DeliveryPutOff)
        assert [put_off.why, put_off.maybe_sent] == ["E-http: 429", False]
        pauses.append(round(put_off.next_at / (10 * SECOND)))
        delivery = put(delivery, put_off)
        delivery = put(delivery, d.DeliveryTried(delivery.next_attempt))
    assert pauses == [1, 2, 4, 8]
    assert delivery.live == "d4.webhook.a5"


@pytest.mark.parametrize("end", ["lost", "timed-out", "stalled"])
def test_an_attempt_that_was_not_heard_of_again_may_have_been_sent(end: str) -> None:
    delivery = put(tried(), *d.end(tried(), end, None, None, 0))
    assert [delivery.state, delivery.maybe_sent, delivery.why] == ["waiting", True, end]
    delivery = put(delivery, d.DeliveryTried(delivery.next_attempt))
    delivery = put(delivery, *d.end(delivery, "failed", None, None, 0))
    assert delivery.maybe_sent


def test_a_refused_delivery_is_given_up_at_once() -> None:
    assert d.end(tried(), "refused", Refusal("E-gone", "410"), None, 0) == [d.DeliveryGivenUp("E-gone: 410")]


def test_after_a_week_a_delivery_is_given_up() -> None:
    assert isinstance(d.end(tried(), "failed", None, None, 7 * DAY)[0], d.DeliveryPutOff)
    assert d.end(tried(), "failed", None, None, 7 * DAY + 1) == [d.DeliveryGivenUp("failed")]


def test_what_is_given_up_still_says_that_it_may_have_been_sent() -> None:
    delivery = put(tried(), *d.end(tried(), "lost", None, None, 7 * DAY + 1))
    assert [delivery.state, delivery.maybe_sent, delivery.live] == ["given-up", True, None]


def test_a_delivery_that_was_given_up_may_be_taken_up_again() -> None:
    delivery = put(tried(), d.DeliveryGivenUp("410"), d.DeliveryPutOff("asked for again", 9, False))
    assert [delivery.state, delivery.next_at] == ["waiting", 9]


@pytest.mark.parametrize(
    "body", [d.DeliveryTried("d4.webhook.a2"), d.DeliveryDone(None), d.DeliveryPutOff("x", 1, False), INTENDED]
)
def test_what_is_done_stays_done(body: Happened) -> None:
    done = put(tried(), d.DeliveryDone({"status": 200}))
    with pytest.raises(IllegalMove, match="delivery d4 cannot go from done to"):
        put(done, body)


def test_nothing_is_done_before_it_was_tried() -> None:
    with pytest.raises(IllegalMove, match="cannot go from waiting to done"):
        put(d.Delivery("d4"), INTENDED, d.DeliveryDone(None))


def test_one_attempt_at_a_time() -> None:
    with pytest.raises(IllegalMove, match="cannot go from trying to trying"):
        put(tried(), d.DeliveryTried("d4.webhook.a2"))


def test_a_delivery_holds_no_other_events() -> None:
    with pytest.raises(TypeError, match="TriggerDisarmed is no event of a delivery"):
        d.evolve(tried(), TriggerDisarmed("x"), 0)
