"""Triggers that look in a worker: asked for when due, one at a time, and what they decide is done once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.artifact import Artifact
from sentinel.domain.feed import Signal
from sentinel.domain.house import House as HouseState
from sentinel.domain.line.events import AliasMoved, VersionRegistered
from sentinel.domain.plan import Port
from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.streams import HOUSE, stream_of
from sentinel.domain.trigger_stream import Decision, Stream
from sentinel.supervisor.catalogue import TriggerInForce
from sentinel.supervisor.signals import take_signal
from sentinel.supervisor.taking import take
from tests.unit.domain.plans import plan, use, wait
from tests.unit.supervisor.floor import PERSON, ROUTER, House, Recipe

FIRE = Decision(True, "`amount` looks like × 1000", {"look": 1}, {"of": "d", "looks": 1})
HOLD = Decision(False, "nothing of 24 measures moved", {"look": 1}, {"of": "d", "looks": 1})
SIGNAL = Signal("s1", 90, 100, None, None, "time", 0, DAY)
READS = ("champion", "line", "profiles", "signals")


class Looker:
    """A house with one trigger that looks in a worker."""

    def __init__(self, root: Path, reads: tuple[str, ...] = READS, **params: Any) -> None:
        self.trigger = TriggerInForce("trial", ROUTER, "distribution", 0, {"every": DAY, **params}, reads)
        recipes = {"trial": Recipe(plan(wait("nap", HOUR)))}
        self.house = House(root, recipes=recipes, triggers=(self.trigger,))
        self.house.catalogue = replace(self.house.catalogue, lines={ROUTER: {"live": "live.jsonl", "hold": 0.2}})
        self.house.do(lambda engine: take(engine, self.house.catalogue, (), {}))
        self.house.tick()

    @property
    def stream(self) -> Stream:
        """The trigger's stream."""
        state: Stream = self.house.engine.ledger.state(self.trigger.stream)
        return state

    @property
    def asked(self) -> list[str]:
        """Every look that was started."""
        return sorted(name for name, told in self.house.told.attempts.items() if told.use == "look")

    def end(self, decision: Decision | None, end: str = "succeeded") -> None:
        """The look that goes on ends."""
        assert self.stream.looking is not None
        self.house.clock.advance(1)
        name = f"{self.stream.looking.run}.look.a1"
        self.house.finish(name, end, **({"outputs": {}, "decision": decision} if end == "succeeded" else {}))

    def told(self, number: int = 0) -> Any:
        """What a look was told."""
        return self.house.told.attempts[self.asked[number]].reads["look"]

    @property
    def alerts(self) -> list[str]:
        """The sentences of the alerts that stand."""
        house: HouseState = self.house.engine.ledger.state(HOUSE)
        return [alert.sentence for alert in house.alerts.values()]


def test_a_look_is_asked_for_at_once_and_then_as_often_as_it_says(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    assert len(held.asked) == 1
    held.end(HOLD)
    held.house.tick(86_000)
    assert len(held.asked) == 1
    due = held.house.engine.next_alarm()
    assert due == held.house.clock.now() + 399_000
    held.house.tick(400)
    assert len(held.asked) == 2
    assert held.told(1)["state"] == {"of": "d", "looks": 1}


def test_while_it_looks_nothing_else_is_asked_for_even_by_another_daemon(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.house.restart()
    held.house.tick(3 * 86_400)
    assert len(held.asked) == 1
    held.end(FIRE)
    assert held.stream.fired == 1


def test_what_it_fires_is_a_run_with_its_reason_and_numbers(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.end(FIRE)
    run = held.house.run(held.stream.last_run or "")
    assert (run.trigger, run.reason, run.line) == ("distribution", FIRE.reason, ROUTER)
    assert held.stream.looking is not None and held.stream.looking.state == FIRE.state
    held.house.tick(86_400)
    assert held.stream.fired == 1
    assert held.house.engine.next_alarm() == held.stream.looking.asked_at + DAY
    held.house.tick()
    assert len(held.asked) == 2, "once that run has ended it looks again"
    assert held.told(1)["fired"] == held.told(1)["now"] - DAY


def test_while_a_run_that_it_asked_for_goes_on_it_does_not_look(tmp_path: Path) -> None:
    held = Looker(tmp_path, every=60_000)
    held.end(FIRE)
    held.house.tick(600)
    assert len(held.asked) == 1
    held.house.tick(3000)
    held.house.tick()
    assert len(held.asked) == 2


def test_a_look_that_fails_is_told_and_tried_when_it_is_next_due(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.end(None, "refused")
    held.house.tick()
    assert held.alerts == ["The trigger distribution of trial could not look: r1 failed."]
    assert held.stream.looking is not None and not held.stream.looking.decided
    assert len(held.asked) == 1
    held.house.tick(86_400)
    held.end(HOLD)
    assert held.alerts == []


def test_a_failure_forgets_nothing_that_an_earlier_look_kept(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.end(HOLD)
    held.house.tick(86_400)
    held.end(None, "failed")
    held.house.tick(86_400)
    assert held.told(2)["state"] == HOLD.state


def test_it_fires_no_more_often_than_it_may(tmp_path: Path) -> None:
    held = Looker(tmp_path, at_most={"times": 1, "per_ms": 10 * DAY})
    held.end(FIRE)
    held.house.tick(2 * 86_400)
    held.house.tick(2 * 86_400)
    assert len(held.asked) == 1, "it could not fire, so it does not look"
    held.house.tick(7 * 86_400)
    assert len(held.asked) == 2


def test_it_is_told_what_it_reads(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    assert held.told()["facts"] == {
        "champion": None, "profiles": {"live": "live.jsonl"}, "signals": [],
        "line": {"name": ROUTER, "live": "live.jsonl", "hold": 0.2},
    }  # fmt: skip
    held.end(HOLD)
    champion(held, "c" * 64)
    feed = f"{ROUTER}.canary.accuracy"
    held.house.do(lambda engine: take_signal(engine, PERSON, feed, SIGNAL))
    held.house.tick(86_400)
    facts = held.told(1)["facts"]
    assert (facts["champion"]["version"], facts["signals"][0]["signals"][0]["value"]) == ("v1", 90)


def test_what_it_does_not_read_it_is_not_told(tmp_path: Path) -> None:
    assert Looker(tmp_path, reads=()).told()["facts"] == {}


def champion(held: Looker, model: str) -> None:
    """A version comes, and serves."""
    bodies = [VersionRegistered("v1", model, "r2", "made", "", (), {}),
              AliasMoved("champion", "v1", None, "adoption", (), "so")]  # fmt: skip
    held.house.do(lambda engine: engine.do(PERSON, lambda work: work.apply(stream_of("line", ROUTER), bodies)))


def test_the_training_set_is_found_through_the_steps_that_made_the_champion(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.end(HOLD)
    rows = Artifact("Dataset", "d" * 64)
    trained = replace(use("trained", takes={"data": "inputs.data"}), takes={"data": Port("Dataset")})
    held.house.queue(plan(trained, use("merged", takes={"base": "trained.out"})), inputs={"data": rows.to_json()})
    held.house.finish("r2.trained.a1")
    held.house.finish("r2.merged.a1")
    (made,) = held.house.run("r2").steps["merged"].outputs["out"]
    champion(held, made.digest)
    held.house.tick(86_400)
    assert held.house.told.attempts[held.asked[1]].inputs == {"reference": (rows,)}


def test_a_champion_that_came_from_elsewhere_has_no_training_set(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.end(HOLD)
    champion(held, "c" * 64)
    held.house.tick(86_400)
    assert held.house.told.attempts[held.asked[1]].inputs == {}


def test_a_fire_that_cannot_be_placed_is_no_look_that_was_paid_for(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.house.do(lambda engine: take(engine, replace(held.house.catalogue, triggers=()), (), {}))
    held.end(FIRE)
    looking = held.stream.looking
    assert looking is not None and looking.run is None and looking.state is None
    assert held.stream.fired == 0 and "it is not in force" in looking.reason
    held.house.do(lambda engine: take(engine, held.house.catalogue, (), {}))
    held.house.tick(86_400)
    assert held.told(1)["state"] is None


def test_a_clock_that_was_put_back_loses_no_fire(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.house.clock.set(held.house.clock.now() - 3_600_000)
    held.end(FIRE)
    assert held.stream.fired == 1


def test_a_look_that_does_not_end_is_told_once_and_cleared_when_it_has(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    assert held.house.engine.next_alarm() == held.stream.looking.asked_at + DAY  # type: ignore[union-attr]
    held.house.tick(86_400)
    (told,) = held.alerts
    assert "has looked since" in told and "`sentinel show r1`" in told
    assert held.house.engine.next_alarm() is None
    held.end(HOLD)
    assert held.alerts == []


def test_an_alert_of_a_trigger_that_is_taken_away_is_cleared(tmp_path: Path) -> None:
    held = Looker(tmp_path)
    held.end(None, "failed")
    held.house.tick()
    assert held.alerts
    held.house.do(lambda engine: take(engine, replace(held.house.catalogue, triggers=()), (), {}))
    assert held.alerts == []


@pytest.mark.parametrize("every", ["daily", 5, True, None])
def test_a_setting_that_is_no_pause_makes_it_look_daily(tmp_path: Path, every: object) -> None:
    held = Looker(tmp_path, every=every)
    held.end(HOLD)
    assert held.house.engine.next_alarm() == held.stream.looking.asked_at + DAY  # type: ignore[union-attr]
