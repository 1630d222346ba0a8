"""Every kind of event has a sentence of its own."""

import pytest

from sentinel.api.event_shape import event_shape
from sentinel.api.sentences import sentence
from sentinel.domain.event import Event, Happened, event_kinds
from tests.samples.bodies import BODIES


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_an_event_is_told_in_words_and_not_by_its_kind(body: Happened) -> None:
    told = sentence(event_shape(Event(7, "run/r12", 1, 0, "daemon", None, body)))
    assert type(body).__name__ not in told
    assert "{" not in told and "None" not in told


def test_every_kind_is_among_the_samples() -> None:
    assert {type(body).__name__ for body in BODIES} == set(event_kinds())


def test_a_kind_of_a_later_release_is_named_at_least() -> None:
    assert sentence({"kind": "MoonLanded", "stream": "house", "payload": {"why": "we can"}}) == "MoonLanded house"
