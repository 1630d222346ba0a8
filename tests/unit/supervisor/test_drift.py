"""Drift over a real ledger: a baseline is learned, a slide is seen, a run is asked for, and restarts change nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.feed import SETTLED, TIME, Feed, Signal
from sentinel.domain.line.events import AliasMoved, VersionRegistered
from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.refusal import Refusal
from sentinel.domain.streams import stream_of
from sentinel.domain.trigger_stream import Stream
from sentinel.supervisor.catalogue import TriggerInForce
from sentinel.supervisor.drift import PARAMS
from sentinel.supervisor.signals import accept_baseline, named_feed, take_signal
from sentinel.supervisor.taking import take
from tests.unit.domain.plans import plan, wait
from tests.unit.ledger.fresh import fresh_folder
from tests.unit.supervisor.floor import PERSON, ROUTER, House, Recipe

FEED = f"{ROUTER}.canary.accuracy"


class Watched:
    """A house whose line is watched, and days of signals."""

    def __init__(self, root: Path, **params: Any) -> None:
        told = PARAMS.model_validate({"baseline": 5, **params}).model_dump(mode="json")
        self.trigger = TriggerInForce("trial", ROUTER, "drift", 0, told)
        self.house = House(root, recipes={"trial": Recipe(plan(wait("nap", HOUR)))}, triggers=(self.trigger,))
        self.house.catalogue = replace(self.house.catalogue, lines={ROUTER: {"sets": {"canary": {}, "other": {}}}})
        self.house.engine.catalogue = self.house.catalogue
        self.house.do(lambda engine: take(engine, self.house.catalogue, (), {}))
        self.days = 0

    def day(self, k: float, n: float = 100, **more: Any) -> Any:
        """A day goes by, and its signal comes."""
        self.days += 1
        self.house.tick(86_400)
        signal = Signal("", k, n, None, None, TIME, self.days * DAY, (self.days + 1) * DAY)
        return self.send(replace(signal, **more))

    def send(self, signal: Signal) -> Any:
        """A signal comes."""
        return self.house.do(lambda engine: take_signal(engine, PERSON, FEED, signal))

    @property
    def stream(self) -> Stream:
        """The trigger's stream."""
        state: Stream = self.house.engine.ledger.state(self.trigger.stream)
        return state

    @property
    def feed(self) -> Feed:
        """The feed."""
        state: Feed = self.house.engine.ledger.state(stream_of("feed", FEED))
        return state

    @property
    def standing(self) -> str:
        """How the line stands."""
        return self.stream.watch.standing if self.stream.watch is not None else ""

    def runs(self) -> list[str]:
        """The runs that were asked for, in their order."""
        rows = self.house.engine.ledger.reads.runs()
        assert all(row.trigger == "drift" for row in rows)
        return sorted(row.id for row in rows)

    def promote(self, version: str) -> None:
        """Another version becomes champion."""

        def act(work: Any) -> None:
            was = work.line(ROUTER).champion
            made = VersionRegistered(version, version * 4, "r1", "made", version, (), {})
            work.apply(stream_of("line", ROUTER), [made, AliasMoved("champion", version, was, "verdict", (), "")])

        self.house.do(lambda engine: engine.do(PERSON, act))


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A line that has been right 91 times of a hundred, five days long."""
    held = Watched(tmp_path)
    for k in (91, 90, 92, 91, 91):
        held.day(k)
    return held


def test_a_baseline_is_learned_from_the_first_signals(watched: Watched) -> None:
    base = watched.feed.baseline
    assert base is not None
    assert (round(base.rate, 2), base.rows, base.signals, watched.feed.because) == (0.91, 500, 5, "learned")
    assert watched.standing == "ok"


def test_a_slide_asks_for_a_run_once(watched: Watched) -> None:
    for k in (90, 92, 78, 77, 79):
        watched.day(k)
    assert watched.standing == "firing"
    assert watched.runs() == ["r1"]
    assert "firing" in watched.stream.last_reason


def test_one_bad_day_is_no_slide(watched: Watched) -> None:
    watched.day(60)
    assert watched.runs() == [], "two evaluations at least"


def test_a_run_that_is_being_made_is_waited_for_and_so_is_the_cooldown(watched: Watched) -> None:
    for _ in range(3):
        watched.day(78)
    assert watched.runs() == ["r1"]
    watched.house.tick(2 * 3600)
    assert watched.house.engine.ledger.state("run/r1").state == "done"
    for _ in range(6):
        watched.day(78)
    assert watched.runs() == ["r1"], "seven days of quiet"
    watched.house.tick(86_400)
    assert watched.runs() == ["r1", "r2"], "nothing has mended it, and no signal had to come"


def test_the_clock_says_when_it_may_fire_again(watched: Watched) -> None:
    for _ in range(3):
        watched.day(78)
    watched.house.tick(2 * 3600)
    ended = watched.house.engine.ledger.state("run/r1").ended_at
    silent = watched.feed.latest.taken_at + 3 * DAY if watched.feed.latest else 0
    assert watched.house.engine.next_alarm() == min(silent, ended + 7 * DAY)


def test_a_new_champion_resets_the_evidence_and_never_the_baseline(watched: Watched) -> None:
    watched.promote("v1")
    for _ in range(3):
        watched.day(78)
    assert watched.standing == "firing"
    before = watched.feed.baseline
    watched.promote("v2")
    watched.day(91)
    assert watched.standing == "ok"
    assert watched.stream.watch is not None
    assert (watched.stream.watch.champion, watched.feed.baseline) == ("v2", before)
    watched.day(78, version="v1")
    watched.day(78, version="v1")
    assert watched.standing == "ok", "what the last champion answered says nothing of this one"


def test_the_first_champion_of_a_line_keeps_what_was_gathered(watched: Watched) -> None:
    """The signals were about what served before anybody had adopted it."""
    watched.day(76)
    watched.promote("v1")
    watched.day(76)
    assert watched.standing == "firing"


def test_a_baseline_rises_with_evidence_and_falls_only_by_name(watched: Watched) -> None:
    for _ in range(5):
        watched.day(98)
    assert watched.feed.because == "risen"
    assert watched.feed.baseline is not None
    high = watched.feed.baseline.rate
    for _ in range(10):
        watched.day(94)
    assert watched.feed.baseline.rate == high
    house = watched.house
    refused = house.do(lambda engine: accept_baseline(engine, PERSON, FEED, 5, " "))
    assert isinstance(refused, Refusal)
    assert refused.code == "E-reason"
    house.do(lambda engine: accept_baseline(engine, PERSON, FEED, 5, "the questions have become harder"))
    assert (watched.feed.because, round(watched.feed.baseline.rate, 2)) == ("accepted", 0.94)
    assert watched.standing == "ok"


def test_a_baseline_does_not_creep_up_with_luck(watched: Watched) -> None:
    """It is asked for at twice, four times, eight times as many signals, and has to be better beyond doubt."""
    for _ in range(10):
        watched.day(93)
    assert watched.feed.because == "learned"
    for _ in range(30):
        watched.day(96)
    assert watched.feed.because == "risen"
    assert watched.feed.baseline is not None
    assert watched.feed.baseline.signals == 45, "ten days of 93 and thirty of 96, counted together"


def test_a_trigger_that_watches_another_feed_begins_anew(watched: Watched) -> None:
    for _ in range(3):
        watched.day(78)
    assert watched.standing == "firing"
    house = watched.house
    lines = {ROUTER: {"sets": {"canary": {}}, "metric": "f1"}}
    house.engine.catalogue = replace(house.engine.catalogue, lines=lines)
    house.tick()
    assert watched.stream.watch is not None
    assert (watched.stream.watch.feed, watched.standing) == (f"{ROUTER}.canary.f1", "ok")


def test_a_feed_that_goes_silent_is_told_once_and_cleared_when_it_is_heard(watched: Watched) -> None:
    watched.house.tick(3 * 86_400)
    watched.house.tick(3 * 86_400)
    alerts = watched.house.engine.ledger.reads.alerts()
    assert [(alert.kind, alert.about) for alert in alerts] == [("silent", FEED)]
    watched.day(91)
    assert watched.house.engine.ledger.reads.alerts() == []
    assert not watched.stream.watch.silent if watched.stream.watch else False


def test_the_plain_rule_by_name(tmp_path: Path) -> None:
    watched = Watched(tmp_path, below=0.85, **{"for": 3 * DAY})
    for k in (90, 84, 84):
        watched.day(k)
    assert watched.runs() == []
    watched.day(84)
    assert (watched.runs(), watched.standing) == (["r1"], "firing")


def test_a_world_that_has_healed_asks_for_no_second_run(watched: Watched) -> None:
    for _ in range(3):
        watched.day(75)
    watched.house.tick(2 * 3600)
    for _ in range(9):
        watched.day(93)
    assert watched.runs() == ["r1"]


def test_a_feed_that_was_never_heard_is_told_too(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.house.tick(4 * 86_400)
    assert [alert.about for alert in watched.house.engine.ledger.reads.alerts()] == [FEED]


def test_a_version_that_nobody_knows_is_refused(watched: Watched) -> None:
    refused = watched.day(91, version="v9")
    assert isinstance(refused, Refusal)
    assert refused.code == "E-unknown-version"


def test_its_place_in_the_file_is_nothing_to_a_trigger(watched: Watched) -> None:
    moved = replace(watched.trigger, index=3)
    assert moved.stream == watched.trigger.stream


def test_a_trigger_that_comes_later_counts_nothing_against_an_earlier_champion(watched: Watched) -> None:
    watched.promote("v1")
    for _ in range(3):
        watched.day(78)
    watched.promote("v2")
    other = replace(watched.trigger, recipe="late")
    recipes = {**watched.house.catalogue.recipes, "late": Recipe(plan(wait("nap", HOUR)), path="recipes/late.yaml")}
    catalogue = replace(watched.house.catalogue, recipes=recipes, triggers=(watched.trigger, other))
    watched.house.do(lambda engine: take(engine, catalogue, (), {}))
    watched.day(91)
    state: Stream = watched.house.engine.ledger.state(other.stream)
    assert state.watch is not None
    assert (state.watch.standing, state.watch.signals) == ("ok", 8)


def test_a_set_or_a_line_that_nobody_knows_is_refused(watched: Watched) -> None:
    engine = watched.house.engine
    assert named_feed(engine, ROUTER, "canary", None) == FEED
    for line, name, code in ((ROUTER, "canry", "E-unknown-set"), ("rooter", "canary", "E-unknown-line")):
        refused = named_feed(engine, line, name, None)
        assert isinstance(refused, Refusal)
        assert refused.code == code
        assert "Did you mean" in refused.todo


def test_a_signal_that_nobody_watches_is_on_record_all_the_same(watched: Watched) -> None:
    other = f"{ROUTER}.other.accuracy"
    signal = Signal("x", 9, 10, None, None, SETTLED, 0, 10)
    told = watched.house.do(lambda engine: take_signal(engine, PERSON, other, signal))
    assert told == {"feed": other, "signal": "x", "new": True, "late": False}
    told = watched.house.do(lambda engine: take_signal(engine, PERSON, other, signal))
    assert told["new"] is False


rates = st.lists(st.integers(60, 100), min_size=8, max_size=20)


@settings(max_examples=25)
@given(rates, st.sets(st.integers(0, 20)))
def test_restarting_anywhere_changes_no_decision(ks: list[int], deaths: set[int]) -> None:
    """The same signals, with a daemon that lives and with one that dies now and then."""
    came: list[tuple[Any, ...]] = []
    for dies in (set(), deaths):
        with fresh_folder() as root:
            watched = Watched(root)
            for number, k in enumerate(ks):
                if number in dies:
                    watched.house.restart()
                watched.day(k)
            bodies = [event.body for event in watched.house.engine.ledger.reads.events(stream=watched.trigger.stream)]
            came.append((bodies, watched.feed.baseline, watched.runs()))
            watched.house.engine.ledger.close()
    assert came[0] == came[1]
