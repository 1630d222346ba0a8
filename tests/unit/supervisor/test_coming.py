"""When a recipe is asked for by the clock, as far ahead as its triggers can tell."""

from pathlib import Path
from typing import Any

from sentinel.api.zoo_shape import Due
from sentinel.contract.registry import load
from sentinel.domain.moment import format_moment, parse_moment
from sentinel.domain.quantity import DAY
from sentinel.domain.trigger_stream import Stream
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.coming import coming
from sentinel.supervisor.engine import Done
from sentinel.supervisor.work import Work
from tests.unit.api.house import House
from tests.unit.api.test_routes import has_version


class Record:
    """A record on which every trigger is armed, and accounted for up to a moment."""

    def __init__(self, at: str, accounted: str, armed: bool = True) -> None:
        self.at = parse_moment(at)
        self._stream = Stream("t", armed=armed, accounted=parse_moment(accounted))

    def state(self, _: str) -> Stream:
        return self._stream


def moments(record: Record, *schedules: str, many: int = 3, line: str | None = None) -> list[str]:
    """The next moments of a recipe with these schedules."""
    params = [{"at": schedule, "jitter": 0} for schedule in schedules]
    own = [TriggerInForce("weekly", None, "cron", index, each) for index, each in enumerate(params)]
    other = TriggerInForce("hourly", None, "cron", 0, {"at": "* * * * *", "jitter": 0})
    held: Any = record
    return [format_moment(each) for each in coming(held, Catalogue(triggers=(*own, other)), "weekly", line, many)]


def test_the_slots_of_a_schedule_come_one_after_the_other() -> None:
    record = Record("2026-11-22", "2026-11-21T03:00")
    assert moments(record, "0 3 * * 6") == ["2026-11-28T03:00", "2026-12-05T03:00", "2026-12-12T03:00"]
    assert moments(record, "0 3 * * 6", line="router") == [], "those of another line are no concern of this one"
    assert moments(Record("2026-11-22", "2026-11-21", armed=False), "0 3 * * 6") == []


def test_slots_that_were_missed_come_now_and_once() -> None:
    record = Record("2026-11-22", "2026-10-01")
    assert moments(record, "0 3 * * 6") == ["2026-11-22", "2026-11-28T03:00", "2026-12-05T03:00"]


def test_several_schedules_come_in_the_order_of_time_and_a_moment_of_both_once() -> None:
    record = Record("2026-11-22T04:00", "2026-11-22T03:00")
    assert moments(record, "0 3 * * *", "0 3 23 * *", "0 1 24 * *", many=4) == [
        "2026-11-23T03:00", "2026-11-24T01:00", "2026-11-24T03:00", "2026-11-25T03:00",
    ]  # fmt: skip


def test_a_floor_is_told_once_among_the_slots(tmp_path: Path) -> None:
    house = House(tmp_path, registry=load())
    recipe = "recipe: aged\nline: router\ntriggers: [{floor: {older_than: 2d}}, {cron: {at: 0 3 1 1 *}}]\n"
    (house.workspace / "recipes/aged.yaml").write_text(f"{recipe}steps: [{{id: rest, wait: 1ms}}]\n")

    def ahead(engine: Any) -> Done:
        work = Work(engine.ledger, engine.clock.now(), "test")
        return Done((coming(work, engine.catalogue, "aged", "router", 3), work.line("router")))

    with house:
        slots, _ = house.do(ahead)
        assert len(slots) == 3, "without a champion nothing grows old"
        has_version(house, "a" * 64, champion=True)
        told, line = house.do(ahead)
        due = line.versions[line.champion].registered_at + 2 * DAY
        assert told == sorted([due, *slots])[:3]


def test_a_turn_has_the_moment_of_its_rotation_unless_one_waits_already() -> None:
    due = Due((10, 20))
    assert [due.of_turn(turn) for turn in (1, 2, 3, None)] == [10, 20, None, None]
    late = Due((10, 20), waits=True)
    assert [late.of_turn(turn) for turn in (1, 2, 3, 4, None)] == [None, 10, 20, None, None]
