"""The house: files in force, alerts, nodes and daemons."""

import pytest

from sentinel.domain import house as h
from sentinel.domain.event import Happened
from sentinel.domain.needs import Slots
from sentinel.domain.trigger_stream import TriggerDisarmed


def put(house: h.House, events: list[Happened], at: int = 0) -> h.House:
    """The house after events."""
    for body in events:
        house = h.evolve(house, body, at)
    return house


def test_an_alert_is_raised_once_until_it_is_cleared() -> None:
    raised = h.raise_alert(h.House(), "stalled", "r1.a", "It says nothing.")
    assert raised == [h.AlertRaised("stalled:r1.a", "stalled", "r1.a", "It says nothing.")]
    house = put(h.House(), raised, 7)
    assert house.alerts["stalled:r1.a"].raised_at == 7
    assert h.raise_alert(house, "stalled", "r1.a", "It says nothing.") == []
    cleared = h.clear_alert(house, "stalled", "r1.a", "It goes on.")
    assert cleared == [h.AlertCleared("stalled:r1.a", "It goes on.")]
    assert put(house, cleared).alerts == {}


def test_an_alert_that_says_something_new_is_raised_again() -> None:
    house = put(h.House(), h.raise_alert(h.House(), "disk", "store", "Nearly full."))
    house = put(house, h.raise_alert(house, "disk", "store", "Full."))
    assert [alert.sentence for alert in house.alerts.values()] == ["Full."]


def test_an_alert_that_does_not_stand_is_not_cleared() -> None:
    assert h.clear_alert(h.House(), "disk", "store", "") == []


def test_alerts_about_other_things_stand_side_by_side() -> None:
    house = put(h.House(), [*h.raise_alert(h.House(), "disk", "a", "x"), *h.raise_alert(h.House(), "disk", "b", "x")])
    assert set(put(house, h.clear_alert(house, "disk", "a", "")).alerts) == {"disk:b"}


def test_broken_files_leave_the_last_good_ones_in_force_until_good_ones_come() -> None:
    house = put(h.House(), [h.FilesTaken({"a.yaml": "1"}, "abc", False)])
    house = put(house, [h.FilesBroken({"a.yaml": "2"}, ("a.yaml:1:1: E-x: no.",))])
    assert [house.files, house.broken, house.broken_files] == [
        {"a.yaml": "1"},
        ("a.yaml:1:1: E-x: no.",),
        {"a.yaml": "2"},
    ]
    house = put(house, [h.FilesTaken({"a.yaml": "3"}, "abd", True)])
    assert [house.files, house.broken, house.broken_files, house.commit, house.dirty] == [
        {"a.yaml": "3"}, (), {}, "abd", True,
    ]  # fmt: skip


def test_nodes_and_daemons_come_and_go() -> None:
    house = put(h.House(), [h.NodeSeen("atlas", Slots(1, 0, 0, 1)), h.DaemonStarted(7, "0.1")])
    house = put(house, [h.NodeSeen("atlas", Slots(2, 0, 0, 1))])
    assert [house.nodes, house.daemon] == [{"atlas": Slots(2, 0, 0, 1)}, 7]
    assert put(house, [h.DaemonStopped("SIGTERM")]).daemon is None


def test_the_house_holds_no_other_events() -> None:
    with pytest.raises(TypeError, match="TriggerDisarmed is no event of the house"):
        h.evolve(h.House(), TriggerDisarmed("x"), 0)
