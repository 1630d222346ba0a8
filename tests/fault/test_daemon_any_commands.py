"""A real engine on a real ledger under random commands, and the bugs that the machine has to find."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from sentinel.domain.needs import Slots
from sentinel.domain.quantity import DAY, MINUTE, SECOND
from sentinel.domain.run import commands as c
from sentinel.supervisor.catalogue import Target
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.settle import Floor, Settler
from tests.effort import often, slow
from tests.fault.commanding import EngineMachine
from tests.unit.domain.plans import plan, use, wait
from tests.unit.supervisor.floor import PERSON, House

FEW = settings(
    max_examples=often(20, 40), stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
MANY = settings(FEW, max_examples=1000)
# the same commands each time, and no time lost on making a failure small: it is known what it is
SEEDED = settings(FEW, max_examples=500, derandomize=True, database=None, phases=[Phase.generate])


@pytest.mark.timeout(300)
def test_whatever_is_asked_in_whatever_order_nothing_is_stuck_or_done_twice() -> None:
    run_state_machine_as_test(EngineMachine, settings=settings(FEW, derandomize=True))


@pytest.mark.long
def test_the_same_for_long() -> None:
    run_state_machine_as_test(EngineMachine, settings=MANY)


def test_a_run_that_was_paused_while_it_waited_does_not_ring_for_ever(tmp_path: Path) -> None:
    """Its wait was over, nothing could come of that, and the alarm was set to that moment again and again."""
    house = House(tmp_path)
    run = house.queue(plan(wait("nap", MINUTE)))
    house.do(lambda engine: engine.command(PERSON, run, c.Pause("lunch")))
    house.tick(120)
    assert house.engine.next_alarm() is None
    house.do(lambda engine: engine.command(PERSON, run, c.Resume()))
    assert house.run(run).state == "done"


def test_a_retry_that_waits_for_a_slot_does_not_ring_for_ever(tmp_path: Path) -> None:
    house = House(tmp_path, Slots(1, 0, 0, 2**36))
    again = house.queue(plan(use("again", times=1)))
    house.finish(f"{again}.again.a1", "failed")
    other = house.queue(plan(use("other")), priority=90)
    assert house.living == {f"{other}.other.a1"}
    house.tick(120)
    assert house.engine.next_alarm() is None
    house.finish(f"{other}.other.a1")
    assert house.living == {f"{again}.again.a2"}


def test_a_retry_that_was_due_before_the_clock_was_put_back_is_due_at_its_moment_again(tmp_path: Path) -> None:
    house = House(tmp_path, Slots(1, 0, 0, 2**36))
    again = house.queue(plan(use("again", times=1)))
    house.finish(f"{again}.again.a1", "failed")
    other = house.queue(plan(use("other")), priority=90)
    house.tick(120)
    house.clock.set(house.clock.now() - DAY)
    house.finish(f"{other}.other.a1")
    assert house.living == set()
    house.tick(86_400)
    assert house.living == {f"{again}.again.a2"}


def test_a_notice_that_no_folder_can_be_made_for_goes_out_when_one_can(tmp_path: Path) -> None:
    """It took the daemon down, which came back to the same notice."""
    house = House(tmp_path, targets=(Target("board", ("failed",)),))
    run = house.queue(plan(use("one")))
    house.told.full = True
    house.finish(f"{run}.one.a1", "refused")
    house.tick()
    assert [alert.kind for alert in house.engine.ledger.reads.alerts()] == ["disk"]
    assert house.engine.next_alarm() == house.clock.now() + SECOND
    house.told.full = False
    house.tick(1)
    assert house.living == {"d1.notify.a1"}
    assert house.engine.ledger.reads.alerts() == []


def keeps_claims(patch: pytest.MonkeyPatch) -> None:
    """Who has ended keeps its slots."""
    patch.setattr(Floor, "release", lambda *_: None)


def remembers_what_was_not_recorded(patch: pytest.MonkeyPatch) -> None:
    """After a failure, the floor is what it would have been."""
    patch.setattr(Engine, "_recall", lambda engine: None)


def tells_nobody_to_end(patch: pytest.MonkeyPatch) -> None:
    """A run is cancelled, and its workers work on."""
    patch.setattr(Settler, "_end_all", lambda *_: None)


def wakes_nobody(patch: pytest.MonkeyPatch) -> None:
    """Whoever waited for another run to end waits for ever."""
    patch.setattr(Settler, "_wake_queued", lambda *_: None)
    patch.setattr(Floor, "rung", lambda floor, name, at: floor.due.get(name, at + 1) <= at)


def hears_no_clock(patch: pytest.MonkeyPatch) -> None:
    """What is due by the clock is looked at once only."""
    patch.setattr(Floor, "rung", lambda floor, name, at: name not in floor.wants)


BUGS: list[Callable[[pytest.MonkeyPatch], None]] = [
    keeps_claims, remembers_what_was_not_recorded, tells_nobody_to_end, wakes_nobody,
    hears_no_clock,
]  # fmt: skip


@pytest.mark.parametrize(
    "bug", [slow(bug) if bug is tells_nobody_to_end else bug for bug in BUGS], ids=lambda bug: bug.__name__
)
def test_a_seeded_bug_is_found(bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    bug(monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(EngineMachine, settings=SEEDED)
