"""floor, after and enough over a real ledger: each fires when it should, once, and no more often than it may."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sentinel.contract.types import registered
from sentinel.domain.artifact import Artifact
from sentinel.domain.kept import ArtifactKept
from sentinel.domain.line.events import AliasMoved, VersionRegistered
from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.streams import stream_of
from sentinel.domain.trigger_stream import Stream
from sentinel.supervisor.catalogue import TriggerInForce
from sentinel.supervisor.outcomes import take_outcomes
from sentinel.supervisor.own_triggers import LOOKS
from sentinel.supervisor.taking import take
from tests.unit.domain.plans import plan, wait
from tests.unit.supervisor.floor import PERSON, ROUTER, House, Recipe


class Triggered:
    """A house with one such trigger, whose runs take an hour."""

    def __init__(self, root: Path, kind: str, **params: Any) -> None:
        told = registered(LOOKS[kind]).params.model_validate(params).model_dump(mode="json")
        self.trigger = TriggerInForce("trial", ROUTER, kind, 0, told)
        recipes = {"trial": Recipe(plan(wait("nap", HOUR))), "other": Recipe(plan(wait("nap", HOUR)))}
        self.house = House(root, recipes=recipes, triggers=(self.trigger,))
        self.house.do(lambda engine: take(engine, self.house.catalogue, (), {}))

    def sleep(self, days: float) -> None:
        """Time passes, and the alarm rings as often as it is set."""
        end = self.house.clock.now() + round(days * DAY)
        for _ in range(200):
            due = self.house.engine.next_alarm()
            if due is None or due > end:
                break
            self.house.tick(max(1, due - self.house.clock.now()) / 1000)
        else:
            raise AssertionError("the alarm rings for ever")
        self.house.tick(max(0, end - self.house.clock.now()) / 1000)

    @property
    def stream(self) -> Stream:
        """The trigger's stream."""
        state: Stream = self.house.engine.ledger.state(self.trigger.stream)
        return state

    def line(self, *bodies: Any) -> None:
        """Something happens to the line."""
        self.house.do(lambda engine: engine.do(PERSON, lambda work: work.apply(stream_of("line", ROUTER), bodies)))

    def champion(self, version: str, was: str | None = None) -> None:
        """A version comes, and serves."""
        registered_as = VersionRegistered(version, "1a" * 32, "r1", "tuned", "", (), {})
        self.line(registered_as, AliasMoved("champion", version, was, "adoption", (), "so"))

    def label(self, first: int, last: int, right: bool = True) -> None:
        """Answers are labelled."""
        at = self.house.clock.now()
        told = [{"id": f"t{n}", "at": at, "right": right, "why": "feedback"} for n in range(first, last)]
        self.house.do(lambda engine: take_outcomes(engine, PERSON, ROUTER, told))
        self.sleep(0.01)


def test_a_champion_that_grows_old_is_retrained_and_not_again_before_as_long(tmp_path: Path) -> None:
    held = Triggered(tmp_path, "floor", older_than="45d")
    held.sleep(100)
    assert held.stream.fired == 0, "there is nobody to grow old"
    held.champion("v1")
    held.sleep(44)
    assert held.stream.fired == 0
    held.sleep(2)
    assert (held.stream.fired, held.stream.last_reason) == (1, "the champion is 45d old, and 45d is the most")
    held.sleep(40)
    assert held.stream.fired == 1, "the run that it led to was a try"
    held.house.restart()
    held.sleep(7)
    assert held.stream.fired == 2


def test_a_new_champion_begins_to_age_anew(tmp_path: Path) -> None:
    held = Triggered(tmp_path, "floor", older_than="10d")
    held.champion("v1")
    held.sleep(9)
    held.champion("v2", "v1")
    held.sleep(9)
    assert held.stream.fired == 0
    held.sleep(2)
    assert held.stream.fired == 1


def test_a_recipe_follows_another_once_for_each_time_that_it_has_run(tmp_path: Path) -> None:
    held = Triggered(tmp_path, "after", recipe="other")
    other = replace(plan(wait("nap", HOUR)), recipe="other")
    held.house.queue(other, line=ROUTER)
    held.sleep(0.02)
    assert held.stream.fired == 0
    held.sleep(0.2)
    assert held.stream.fired == 1 and "of other ended as done" in held.stream.last_reason
    held.sleep(30)
    assert held.stream.fired == 1
    held.house.queue(other, line=ROUTER)
    held.house.queue(replace(other, line="elsewhere"), line="elsewhere")
    held.sleep(1)
    assert held.stream.fired == 2


def test_another_end_is_not_followed_unless_it_is_named(tmp_path: Path) -> None:
    held = Triggered(tmp_path, "after", recipe="other", ended=["failed", "cancelled"])
    held.house.queue(replace(plan(wait("nap", HOUR)), recipe="other"), line=ROUTER)
    held.sleep(1)
    assert held.stream.fired == 0


def test_enough_labels_are_enough_once(tmp_path: Path) -> None:
    held = Triggered(tmp_path, "enough", of="labelled-usage", at_least=30)
    held.sleep(0.01)
    held.label(0, 29)
    assert held.stream.fired == 0
    held.label(0, 29)
    assert held.stream.fired == 0, "the same ones again are no more"
    held.label(29, 40)
    assert (held.stream.fired, held.stream.last_reason) == (1, "40 of 30 answers were labelled")
    held.sleep(5)
    held.label(40, 60)
    assert held.stream.fired == 1, "those that it fired for are used up"
    held.label(60, 75)
    assert held.stream.fired == 2


def test_only_wrong_answers_are_failures(tmp_path: Path) -> None:
    held = Triggered(tmp_path, "enough", of="labelled-failures", at_least=10)
    held.label(0, 50)
    held.label(50, 59, right=False)
    assert held.stream.fired == 0
    held.label(59, 60, right=False)
    assert held.stream.fired == 1


def test_adapters_are_counted_and_other_models_are_not(tmp_path: Path) -> None:
    held = Triggered(tmp_path, "enough", of="live-adapters", at_least=2)
    for number, kind in enumerate(("Model", "Adapter", "Adapter")):
        assert held.stream.fired == 0
        held.sleep(0.1)
        made = Artifact(kind, f"{number}a" * 32)
        kept = [ArtifactKept(kind, 10, "r1.a.a1")]
        held.house.do(lambda engine, m=made, k=kept: engine.do(
            PERSON, lambda work: work.apply(stream_of("artifact", m.digest), k)))  # fmt: skip
        held.line(VersionRegistered(f"v{number}", made.digest, "r1", "tuned", "", (), {}))
        held.sleep(0.1)
    assert held.stream.fired == 1


def test_a_trigger_fires_no_more_often_than_it_may(tmp_path: Path) -> None:
    held = Triggered(tmp_path, "enough", of="labelled-usage", at_least=1, at_most="2 per week")
    for day in range(10):
        held.label(day, day + 1)
        held.sleep(1)
    assert held.stream.fired == 4, "two in the first week, and the next two a week after each"
