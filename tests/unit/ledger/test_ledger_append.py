"""What is put on record is there, whole, in order and for good; what is refused leaves nothing behind."""

import random
from pathlib import Path

import pytest

from sentinel.domain.event import Happened
from sentinel.domain.house import AlertRaised, DaemonStarted, DaemonStopped
from sentinel.domain.kept import ArtifactKept, PlanKept
from sentinel.domain.line.events import LineHeld
from sentinel.domain.run import events as e
from sentinel.domain.run.moves import IllegalMove
from sentinel.domain.trigger_stream import TriggerArmed
from sentinel.ledger import Ledger, LedgerConflict, LedgerDamaged
from sentinel.ledger.streams import KEPT_AT_HAND
from tests.unit.domain.plans import plan, use
from tests.unit.ledger.world import World

PLAN = plan(use("one"), use("two", takes={"model": "one.out"}))
KEPT: list[Happened] = [PlanKept(PLAN.to_json())]


def queued(digest: str = PLAN.digest) -> list[Happened]:
    return [
        e.RunQueued("trial", "router", digest, {}, 50, "manual", "asked", None, False, "recipe", None, None, None, None)
    ]


def started(attempt: str = "r1.one.a1", **more: str) -> list[Happened]:
    return [e.AttemptStarted("one", attempt, "here", {}, more.get("key"), more.get("effect"))]


def succeeded(attempt: str = "r1.one.a1") -> list[Happened]:
    return [e.AttemptEnded("one", attempt, "succeeded", {}, "", None, {"id": 7}, 1, 1, False)]


def running(ledger: Ledger, run: str = "r1") -> None:
    """Have a run of the plan on record, and running."""
    ledger.append(
        [(f"plan/{PLAN.digest}", KEPT), (f"run/{run}", queued()), (f"run/{run}", [e.RunStarted({}, 1)])],
        at=1, actor="test",
    )  # fmt: skip


def test_events_are_numbered_in_one_order_and_in_their_own_streams(ledger: Ledger) -> None:
    first = ledger.append([("house", [DaemonStarted(1, "0.1.0")]), ("line/a", [LineHeld("x")])], at=5, actor="daemon")
    second = ledger.append([("house", [DaemonStopped("asked")])], at=4, actor="uid:7", cause=1)
    assert [(each.seq, each.stream, each.version) for each in [*first, *second]] == [
        (1, "house", 1),
        (2, "line/a", 1),
        (3, "house", 2),
    ]
    assert second[0].at == 4, "a clock that goes back is put on record as it is; seq orders"
    assert (second[0].actor, second[0].cause) == ("uid:7", 1)
    assert ledger.reads.events() == [*first, *second]
    assert ledger.last_seq == ledger.reads.last_seq() == 3


def test_a_later_change_may_rest_on_an_earlier_one_of_the_same_append(ledger: Ledger) -> None:
    running(ledger)
    assert ledger.state("run/r1").state == "running"
    assert ledger.state("run/r1").plan == PLAN


def test_a_run_whose_plan_is_not_on_record_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerDamaged, match="plan"):
        ledger.append([("run/r1", queued())], at=1, actor="test")
    assert ledger.reads.events() == []


def test_a_move_that_the_domain_does_not_allow_leaves_nothing_behind(ledger: Ledger) -> None:
    running(ledger)
    before, seq = ledger.state("run/r1"), ledger.last_seq
    with pytest.raises(IllegalMove):
        ledger.append(
            [("line/a", [LineHeld("x")]), ("run/r1", [e.RunEnded("done", ""), e.RunMoved("waiting", "")])],
            at=2, actor="test",
        )  # fmt: skip
    assert ledger.state("run/r1") is before
    assert ledger.state("line/a").held is None
    assert ledger.last_seq == ledger.reads.last_seq() == seq


def test_what_the_schema_refuses_leaves_nothing_behind_and_the_ledger_goes_on(ledger: Ledger) -> None:
    running(ledger)
    ledger.append([("run/r1", started())], at=2, actor="test")
    before, seq = ledger.state("run/r1"), ledger.last_seq
    second = e.AttemptStarted("one", "r1.one.a2", "here", {}, None, None)
    waiting = e.StepWaiting("one", "retry", 3, "")
    with pytest.raises(LedgerConflict):
        ledger.append([("line/a", [LineHeld("x")]), ("run/r1", [waiting, second])], at=2, actor="test")
    assert ledger.state("run/r1") is before
    assert ledger.last_seq == ledger.reads.last_seq() == seq
    ledger.append([("run/r1", succeeded())], at=3, actor="test")
    assert ledger.reads.attempts_of("r1")[0].state == "succeeded"


def test_an_effect_is_on_record_as_done_at_most_once(ledger: Ledger) -> None:
    running(ledger)
    ledger.append([("run/r1", [*started(effect="k"), *succeeded()])], at=2, actor="test")
    found = ledger.reads.find_effect("k")
    assert found is not None
    assert (found.by, found.receipt) == ("r1.one.a1", {"id": 7})
    assert ledger.reads.find_effect("other") is None
    again = [e.StepWaiting("one", "retry", 2, ""), *started("r1.one.a2", effect="k"), *succeeded("r1.one.a2")]
    with pytest.raises(LedgerConflict):
        ledger.append([("run/r1", again)], at=3, actor="test")


def test_a_step_that_passes_through_several_states_in_one_append_is_written_in_each(ledger: Ledger) -> None:
    ledger.append(
        [
            (f"plan/{PLAN.digest}", KEPT),
            ("run/r1", [*queued(), e.RunStarted({}, 1), e.RunMoved("waiting", ""), e.RunEnded("done", "")]),
        ],
        at=1, actor="test",
    )  # fmt: skip
    row = ledger.reads.run_row("r1")
    assert row is not None
    assert row.state == "done"


def test_a_row_that_comes_back_to_what_it_was_is_not_written_at_all(ledger: Ledger) -> None:
    ledger.append([("house", [AlertRaised("a", "k", "x", "one")])], at=1, actor="test")
    ledger.append([("house", [AlertRaised("a", "k", "x", "two"), AlertRaised("a", "k", "x", "one")])], at=1, actor="t")
    assert [alert.sentence for alert in ledger.reads.alerts()] == ["one"]


def test_what_was_read_back_is_what_was_put_in_however_it_is_reached(path: Path) -> None:
    with Ledger.open(path) as ledger:
        world = World(ledger, random.Random(3))
        for _ in range(60):
            world.turn()
        live = {stream: ledger.state(stream) for stream in world.streams}
        for stream in world.streams:
            ledger.forget(stream)
        assert {stream: ledger.state(stream) for stream in world.streams} == live
    with Ledger.open(path) as ledger:
        assert {stream: ledger.state(stream) for stream in live} == live
        assert ledger.reads.events(limit=10_000) == world.acknowledged


def test_a_state_follows_what_is_on_record_and_not_the_object_that_was_handed_in(ledger: Ledger) -> None:
    params = {"at": "3", "days": (1, 2)}
    ledger.append([("trigger/t", [TriggerArmed("trial", None, "cron", params)])], at=1, actor="test")
    params["at"] = "4"
    live = ledger.state("trigger/t")
    assert live.params == {"at": "3", "days": [1, 2]}
    ledger.forget("trigger/t")
    assert ledger.state("trigger/t") == live


def test_text_that_is_no_text_is_put_on_record_as_question_marks(ledger: Ledger) -> None:
    ledger.append([("line/a", [LineHeld("half a pair: \ud800, and \0")])], at=1, actor="uid:\udc80")
    (row,) = ledger.reads.lines()
    assert row.held == "half a pair: ?, and \0"
    assert ledger.reads.events()[0].actor == "uid:?"


def test_a_number_too_large_for_a_row_leaves_nothing_behind(ledger: Ledger) -> None:
    with pytest.raises(OverflowError):
        ledger.append([("artifact/a", [ArtifactKept("Model", 2**80, "r1.one.a1")])], at=1, actor="test")
    assert ledger.reads.events() == []
    ledger.append([("artifact/a", [ArtifactKept("Model", 2**40, "r1.one.a1")])], at=1, actor="test")


def test_an_append_of_nothing_writes_nothing(ledger: Ledger) -> None:
    assert ledger.append([("house", [])], at=1, actor="test") == []
    assert ledger.append([], at=1, actor="test") == []
    assert ledger.last_seq == 0


def test_a_stream_that_nothing_has_happened_to_is_as_it_begins(ledger: Ledger) -> None:
    assert ledger.state("run/r9").state == ""
    assert not ledger.state("run/r9").open
    assert ledger.state("line/none").versions == {}


def test_ids_are_minted_once_each_and_go_on_after_a_start(path: Path) -> None:
    with Ledger.open(path) as ledger:
        assert [ledger.next_run(), ledger.next_run(), ledger.next_delivery()] == ["r1", "r2", "d1"]
        running(ledger, "r2")
    with Ledger.open(path) as ledger:
        assert ledger.next_run() == "r3"
        assert ledger.next_delivery() == "d1"


def test_streams_that_have_ended_are_let_go_and_come_back_when_asked_for(ledger: Ledger) -> None:
    running(ledger)
    many = KEPT_AT_HAND + 50
    for number in range(many):
        ledger.append([(f"artifact/{number}", [ArtifactKept("Model", number, "r1.one.a1")])], at=1, actor="test")
    assert len(ledger._streams._idle) == KEPT_AT_HAND
    assert list(ledger._streams._staying) == ["run/r1"], "an open run stays, however many others come"
    assert [ledger.state(f"artifact/{number}").size for number in range(many)] == list(range(many))
