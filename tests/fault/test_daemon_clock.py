"""Clocks that go back, forward and over every change of the hour: a slot fires at most once, what was missed once."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan, PlannedStep
from sentinel.domain.quantity import DAY, HOUR, MINUTE, SECOND
from sentinel.domain.trigger_stream import Decision, Stream, TriggerArmed, evolve, fire
from sentinel.ledger import Ledger
from sentinel.ledger.doctor import doctor
from sentinel.outside.clock import FakeClock
from sentinel.supervisor.attempts import Places
from sentinel.supervisor.catalogue import Catalogue, TriggerInForce
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.taking import take
from sentinel.trigger.cron import due_slots, next_due
from tests.effort import often
from tests.fault import lives
from tests.fault.conftest import Tell

SCHEDULES = often(2_000, 10_000)
LOOKS = 5
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns",
         "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo")  # fmt: skip
_CHANGES = tuple(
    round(datetime(*day, tzinfo=UTC).timestamp() * 1000)
    for day in ((2025, 3, 30), (2025, 10, 26), (2025, 3, 9), (2025, 11, 2), (2025, 4, 5), (2025, 10, 4), (2011, 12, 30))
)
"""Days on which clocks are changed somewhere, and the one that Apia left out."""
FEW = 12
"""Slots that are counted one by one, beside the trigger's own count."""
BATCHES = 4


@dataclass(frozen=True)
class Schedule:
    """A cron trigger, and when it came into force."""

    params: dict[str, Any]
    zone: str
    begins: int

    @staticmethod
    def by(chance: random.Random) -> "Schedule":
        """One of many kinds."""
        minute, night, hour = chance.randrange(60), chance.randrange(5), chance.randrange(24)
        at = chance.choice((
            "* * * * *", f"*/{chance.choice((5, 15, 20, 45))} * * * *", f"{minute} * * * *", f"{minute} {night} * * *",
            f"{minute} */{chance.choice((2, 3, 6))} * * *", f"30 {hour} * * {chance.randrange(7)}", "30 2 * * *",
            f"0 {night},{hour} {chance.randint(1, 28)} * *", "15 1-3 * * *",
        ))  # fmt: skip
        begins = chance.choice(_CHANGES) + chance.randint(-3 * DAY, 3 * DAY)
        jitter = chance.choice((0, 0, 10 * SECOND, 10 * MINUTE))
        return Schedule({"at": at, "jitter": jitter}, chance.choice(ZONES), begins)


def moments(begins: int, chance: random.Random, looks: int = LOOKS) -> Iterator[int]:
    """The time at each look: it goes on, jumps, and is put back."""
    now = begins
    for _ in range(looks):
        now += chance.choices(
            (0, chance.randint(1, 90) * SECOND, chance.randint(1, 90) * MINUTE, chance.randint(1, 30) * HOUR,
             -chance.randint(1, 90) * MINUTE, -chance.randint(1, 30) * HOUR, chance.randint(1, 40) * DAY),
            (2, 3, 6, 3, 4, 3, 1),
        )[0]  # fmt: skip
        yield now


Remember = Callable[[Stream, int], Stream]


def faults_of(schedule: Schedule, chance: random.Random, remember: Remember = lambda stream, _: stream) -> list[str]:
    """Look at a schedule again and again, as the daemon does; what went wrong."""
    params, zone, name = schedule.params, schedule.zone, "trigger/t"
    stream = evolve(Stream(name), TriggerArmed("r", None, "cron", params), schedule.begins)
    fired: list[int] = []
    for now in moments(schedule.begins, chance):
        due, missed = due_slots(params, zone, stream.accounted, now, name)
        if due is not None:
            happened = fire(stream, due, missed, Decision(True, ""), "r1", False)
            if len(happened) != 1 or due in fired:
                return [f"{schedule}: the slot {due} fired twice"]
            if due > now:
                return [f"{schedule}: the slot {due} fired early"]
            if fired and due < fired[-1]:
                return [f"{schedule}: the slot {due} fired after a later one"]
            if missed < FEW and (counted := _count(schedule, stream.accounted, due)) != missed + 1:
                return [f"{schedule}: {counted} slots were due at {now}, and {missed + 1} are accounted for"]
            stream = evolve(stream, happened[0], now)
            fired.append(due)
        stream = remember(stream, now)
        if due_slots(params, zone, stream.accounted, now, name)[0] is not None:
            return [f"{schedule}: a second look at {now} fired again"]
        following = next_due(params, zone, stream.accounted, name)
        if following is not None and following <= now:
            return [f"{schedule}: the alarm of {following} rings for ever, since nothing is due at {now}"]
    return []


def _count(schedule: Schedule, after: int, until: int) -> int:
    """How many slots there are, one by one."""
    plain = {**schedule.params, "jitter": 0}
    count, slot = 0, next_due(plain, schedule.zone, after)
    while slot is not None and slot <= until and count <= FEW:
        count, slot = count + 1, next_due(plain, schedule.zone, slot)
    return count


@pytest.mark.parametrize("batch", range(BATCHES))
def test_thousands_of_schedules_fire_each_slot_at_most_once(batch: int, seed: int, tell: Tell) -> None:
    found = [fault for number in range(batch, SCHEDULES, BATCHES) for fault in _one(seed, number)]
    assert found[:5] == []
    tell(schedules=SCHEDULES // BATCHES, looks=SCHEDULES * LOOKS // BATCHES)


def test_a_trigger_that_takes_the_clock_for_what_it_has_accounted_for_is_caught(seed: int) -> None:
    """The seeded bug: the clock is put back, and slots come again."""

    def forgets(stream: Stream, now: int) -> Stream:
        return evolve(Stream(stream.name), TriggerArmed("r", None, "cron", stream.params), now)

    assert any("fired twice" in fault for number in range(300) for fault in _one(seed, number, forgets))


def _one(seed: int, number: int, remember: Remember = lambda stream, _: stream) -> list[str]:
    chance = random.Random(f"{seed}.{number}")
    return faults_of(Schedule.by(chance), chance, remember)


def test_schedules_of_a_daemon_that_dies_again_and_again(tmp_path: Path, seed: int, tell: Tell) -> None:
    _through_the_engine(tmp_path, 200, 12, random.Random(seed), tell)


@pytest.mark.long
def test_many_schedules_of_a_daemon_that_dies_again_and_again(tmp_path: Path, seed: int, tell: Tell) -> None:
    for number in range(10):
        _through_the_engine(tmp_path / f"{number}", 200, 40, random.Random(f"{seed}.{number}"), tell)


@dataclass(frozen=True)
class _Recipe:
    """A recipe in force whose run is over at once."""

    name: str
    lines: tuple[str, ...] = ()
    path: str = ""

    def plan_for(self, line: str | None) -> Plan:
        return lives.plan_of(PlannedStep("s", "wait", wait=0))


def _through_the_engine(root: Path, number: int, looks: int, chance: random.Random, tell: Tell) -> None:
    """Triggers of a real engine on a real ledger, whose clock jumps, and which is opened anew now and then."""
    root.mkdir(exist_ok=True)
    schedules = {f"t{each}": Schedule.by(chance) for each in range(number)}
    zone = chance.choice(ZONES)
    triggers = tuple(TriggerInForce(name, None, "cron", 0, each.params) for name, each in schedules.items())
    recipes = {name: _Recipe(name) for name in schedules}
    catalogue = Catalogue(recipes=recipes, triggers=triggers, timezone=zone)
    begins = chance.choice(_CHANGES) - DAY
    clock = FakeClock(begins)
    engine = _wake(root, clock, catalogue)
    restarts = 0
    for now in moments(begins, chance, looks):
        if chance.random() < 0.4:
            engine.ledger.close()
            engine = _wake(root, clock, catalogue)
            restarts += 1
        clock.set(now)
        before = {row.stream: row.fired for row in engine.ledger.reads.triggers()}
        engine.tick()
        for row in engine.ledger.reads.triggers():
            assert row.fired - before[row.stream] <= 1, f"{row.stream} fired more than once in one look"
        assert engine.tick().events == [], "a second look at the same time found something"
        alarm = engine.next_alarm()
        assert alarm is None or alarm > now, "the alarm rings for ever"
    fires = [fire for trigger in triggers for fire in engine.ledger.reads.fires(trigger.stream.partition("/")[2], 1000)]
    slots = Counter((fire.trigger, fire.due_at) for fire in fires)
    assert [slot for slot, times in slots.items() if times > 1] == []
    assert len({fire.run for fire in fires}) == len(fires) == engine.ledger.reads.last_run()
    engine.ledger.close()
    assert doctor(root / "ledger.db").faults == []
    tell(schedules=number, looks=looks, restarts=restarts, fires=len(fires))


def _wake(root: Path, clock: FakeClock, catalogue: Catalogue) -> Engine:
    engine = Engine(Ledger.open(root / "ledger.db"), clock, _Nowhere(), Places("", "", "here"), Slots(1, 0, 0, 0))
    engine.start(1, "test")
    take(engine, catalogue, (), {})
    return engine


class _Nowhere:
    """No attempt is ever started here."""

    def prepare(self, told: Any) -> tuple[Path, int]:
        raise AssertionError(f"{told.attempt} wants a worker")
