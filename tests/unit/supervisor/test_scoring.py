"""Signals that evaluations bring: counted for the version that was scored, and refused where they count twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.domain.feed import Feed, Scored
from sentinel.domain.line.events import VersionRegistered
from sentinel.domain.streams import stream_of
from tests.unit.domain.plans import plan, use
from tests.unit.supervisor.floor import PERSON, ROUTER
from tests.unit.supervisor.test_drift import FEED, Watched

MODEL = "c" * 64


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A line whose champion has been scored on five sets of fresh documents."""
    held = Watched(tmp_path)
    held.promote("cccccccccccccccc")
    for number, right in enumerate((91, 90, 92, 91, 91)):
        assert score(held, number, right) == "succeeded"
    return held


def asked(held: Watched) -> str:
    """A run of one step that no earlier one has done."""
    step = replace(use("scored", gives=()), params={"at": held.house.clock.now()})
    held.house.clock.advance(86_400)
    return held.house.queue(plan(step), line=ROUTER)


def score(held: Watched, number: int, right: int, model: str = MODEL, name: str = "canary") -> str:
    """A run scores a model on a hundred documents; how its step ended."""
    run = asked(held)
    documents = tuple(f"{number * 100 + k:012}" for k in range(100))
    scored = Scored(name, "accuracy", model, float(right), 100.0, None, documents)
    held.house.finish(f"{run}.scored.a1", outputs={}, scored=scored)
    return held.house.run(run).attempts[f"{run}.scored.a1"].state


def test_a_baseline_is_learned_from_evaluations_and_a_slide_asks_for_a_run(watched: Watched) -> None:
    assert watched.feed.baseline is not None and watched.feed.baseline.rate == pytest.approx(0.91, abs=0.01)
    for number, right in enumerate((78, 77, 79, 78), 5):
        score(watched, number, right)
    assert watched.stream.fired == 1


def test_documents_that_were_counted_are_refused_and_the_step_says_so(watched: Watched) -> None:
    before = watched.feed
    assert score(watched, 4, 30) == "succeeded", "the very same ones are no news"
    run = asked(watched)
    mixed = Scored("canary", "accuracy", MODEL, 1.0, 2.0, None, (f"{400:012}", "new"))
    watched.house.finish(f"{run}.scored.a1", outputs={}, scored=mixed)
    attempt = watched.house.run(run).attempts[f"{run}.scored.a1"]
    assert attempt.state == "refused" and attempt.error is not None and attempt.error.code == "E-overlap"
    assert watched.feed == before


def test_a_model_that_is_no_version_or_a_set_that_is_none_is_refused(watched: Watched) -> None:
    assert score(watched, 9, 90, model="e" * 64) == "refused"
    assert score(watched, 9, 90, name="nowhere") == "refused"


def test_what_a_shadow_was_scored_is_a_feed_of_its_own(watched: Watched) -> None:
    shadow = VersionRegistered("v2", "d" * 64, "r1", "made", "spec", (), {})
    house = watched.house
    house.do(lambda engine: engine.do(PERSON, lambda work: work.apply(stream_of("line", ROUTER), [shadow])))
    assert score(watched, 0, 40, model="d" * 64) == "succeeded", "the champion's documents are as good for it"
    feed: Feed = house.engine.ledger.state(stream_of("feed", f"{FEED}.v2"))
    assert len(feed.signals) == 1 and watched.stream.fired == 0


def test_what_a_failed_attempt_scored_counts_for_nothing(watched: Watched) -> None:
    run, before = asked(watched), watched.feed
    scored = Scored("canary", "accuracy", MODEL, 1.0, 2.0, None, ("a", "b"))
    watched.house.finish(f"{run}.scored.a1", "failed", scored=scored)
    assert watched.feed == before


def test_a_model_that_two_versions_have_is_the_champion_s(watched: Watched) -> None:
    again = VersionRegistered("v9", MODEL, "r1", "made", "spec", (), {})
    house = watched.house
    house.do(lambda engine: engine.do(PERSON, lambda work: work.apply(stream_of("line", ROUTER), [again])))
    score(watched, 7, 90)
    assert len(watched.feed.signals) == 6


def test_a_signal_of_fresh_documents_is_told_what_was_counted_for_whom(watched: Watched) -> None:
    house = watched.house
    shadows = [VersionRegistered(name, "d" * 64, "r1", "made", "spec", (), {}) for name in ("v2", "v3")]
    shadows.append(VersionRegistered("v9", MODEL, "r1", "made", "spec", (), {}))
    house.do(lambda engine: engine.do(PERSON, lambda work: work.apply(stream_of("line", ROUTER), shadows)))
    score(watched, 0, 40, model="d" * 64)
    step = replace(use("told", gives=()), params={"set": "canary"}, reads=("counted",))
    run = house.queue(plan(step), line=ROUTER)
    told = house.told.attempts[f"{run}.told.a1"].reads["counted"]
    counted = {each["version"]: len(each["documents"]) for each in told["feeds"]}
    assert counted[None] == 500 and set(counted.values()) == {500, 100}
    assert told["models"] == {MODEL: None, "d" * 64: next(each for each in counted if each)}


@pytest.mark.parametrize(
    ("value", "n", "variance"),
    [(1.0, 0.0, None), (170.0, 100.0, None), (-1.0, 100.0, None), (37.0, 100.0, 900.0), (0.5, 10.0, -1.0),
     (float("nan"), 10.0, None), (1.0, float("inf"), None)],
)  # fmt: skip
def test_what_is_no_measure_ends_its_attempt_and_nothing_else(
    watched: Watched, value: float, n: float, variance: float | None
) -> None:
    run = asked(watched)
    scored = Scored("canary", "accuracy", MODEL, value, n, variance, ("a", "b"))
    watched.house.finish(f"{run}.scored.a1", outputs={}, scored=scored)
    assert watched.house.run(run).attempts[f"{run}.scored.a1"].state == "refused"
    nameless = Scored("canary", "a.b/../c", MODEL, 1.0, 2.0, None, ("a", "b"))
    run = asked(watched)
    watched.house.finish(f"{run}.scored.a1", outputs={}, scored=nameless)
    assert watched.house.run(run).attempts[f"{run}.scored.a1"].state == "refused"
