"""What is seen at a glance: the lines, over a real socket and a real ledger."""

from datetime import date, timedelta
from typing import Any

import pytest

from sentinel.domain.line.events import VersionFrozen
from tests.unit.api.house import House, watched
from tests.unit.api.test_routes import has_version


@pytest.fixture
def watching(house: House) -> House:
    """A house that watches a set."""
    return watched(house)


def days(house: House, *ks: int) -> None:
    """A measurement of `canary` each day, so many right of a hundred."""
    first = date(2026, 1, 1)
    for day, k in enumerate(ks):
        span = {"from": str(first + timedelta(day)), "to": str(first + timedelta(day + 1))}
        house.client.ask("signal", line="router", set="canary", metric="accuracy", measure=f"{k}/100", **span)


def line_of(house: House, name: str = "router") -> Any:
    """One line at a glance."""
    return next(each for each in house.client.ask("lines")["lines"] if each["line"] == name)


def test_a_line_that_nothing_has_happened_to_is_there_all_the_same(house: House) -> None:
    told = house.client.ask("lines")["lines"]
    assert [each["line"] for each in told] == ["router", "other"]
    assert told[0] == {
        "line": "router", "champion": None, "label": None, "since": None, "aliases": {}, "held": "", "frozen": "",
        "versions": 0, "frozen_versions": [], "sets": [],
    }  # fmt: skip


def test_a_line_says_who_serves_since_when_and_what_keeps_it_still(house: House) -> None:
    old, new = has_version(house, "a" * 64, champion=True), has_version(house, "b" * 64, champion=True)
    house.client.ask("hold", line="router", reason="holidays")
    freezes = VersionFrozen(old, "the canary fell")
    house.do(lambda engine: engine.do("test", lambda work: work.apply("line/router", [freezes])))
    told = line_of(house)
    assert (told["champion"], told["label"], told["versions"]) == (new, new, 2)
    assert (told["held"], told["frozen"], told["frozen_versions"]) == ("holidays", "", [old])
    assert told["aliases"] == {"champion": new, "previous": old, "anchor": old}
    moved = [e for e in house.client.ask("events")["events"] if e["kind"] == "AliasMoved"]
    assert told["since"] == next(e["at"] for e in moved if e["payload"]["version"] == new)


def test_a_line_that_left_the_file_is_shown_for_as_long_as_it_has_versions(house: House) -> None:
    has_version(house, "a" * 64, line="other")
    config = house.workspace / "sentinel.yaml"
    config.write_text(config.read_text().replace("other: {}", "third: {}"))
    (house.workspace / "recipes/lined.yaml").unlink()
    assert house.client.ask("reload")["faults"] == []
    assert [each["line"] for each in house.client.ask("lines")["lines"]] == ["router", "third", "other"]


def test_a_set_says_how_it_stands_and_shows_its_latest_signals(watching: House) -> None:
    quiet = line_of(watching)["sets"]
    assert [(each["feed"], each["standing"], each["baseline"]) for each in quiet] == [
        ("router.canary.accuracy", "ok", None)
    ]
    days(watching, 91, 90, 92, 91, 91, 90, 76)
    (one,) = line_of(watching)["sets"]
    (same,) = watching.client.ask("drift", line="router")["feeds"]
    assert (one["set"], one["metric"], one["silent"]) == ("canary", "accuracy", False)
    assert one["recent"] == [each[:3] for each in same["recent"]] and one["recent"][-1][1:] == [0.76, 100.0]
    assert one["baseline"] == same["baseline"]["rate"]
    assert one["standing"] == same["watched"][0]["standing"]
    assert 0 < one["share"] == pytest.approx(same["watched"][0]["share"])
    told = same["watched"][0]
    assert len(told["track"]) == 2 and told["track_at"] == [each[0] for each in same["recent"][-2:]]


def test_of_many_signals_the_latest_forty_are_shown_the_oldest_of_them_first(watching: House) -> None:
    days(watching, *range(41, 86))
    (one,) = line_of(watching)["sets"]
    assert [round(100 * rate) for _, rate, _ in one["recent"]] == list(range(46, 86))


def test_what_nothing_watches_has_no_standing(watching: House) -> None:
    (watching.workspace / "recipes/retrain.yaml").unlink()
    assert watching.client.ask("reload")["faults"] == []
    days(watching, 91)
    (one,) = line_of(watching)["sets"]
    assert (one["standing"], one["share"], one["silent"]) == (None, 0.0, False)
