"""Slots are found as a minute-by-minute walk through real time finds them; each fires once, whatever clocks do."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import registered
from sentinel.contract.types import TriggerType
from sentinel.domain.quantity import DAY, HOUR, MINUTE
from sentinel.trigger.cron import MOST_MISSED, cron, due_slots, next_due
from sentinel.trigger.crontab import crontab
from sentinel.trigger.manual import manual
from tests.effort import often

CHANGES = {
    # clocks put back and forward, by an hour and by half an hour, at 02:00, at midnight, and twice within weeks
    "Europe/Berlin": ("2026-03-29 01:00", "2026-10-25 01:00"),
    "America/New_York": ("2026-03-08 07:00", "2026-11-01 06:00"),
    "Australia/Lord_Howe": ("2026-04-04 15:00", "2026-10-03 15:30"),
    "America/Santiago": ("2026-04-05 03:00", "2026-09-06 04:00"),
    "Africa/Casablanca": ("2026-02-15 02:00", "2026-03-22 02:00"),
    "America/Havana": ("2026-03-08 05:00", "2026-11-01 05:00"),
    "Asia/Kathmandu": ("2026-06-01 00:00",),
    "UTC": ("2026-12-31 22:00",),
}
PLACES = [(zone, change) for zone, changes in CHANGES.items() for change in changes]
LIVES = often(1_000, 10_000)
SPAN = 8 * HOUR


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def a_field(chance: random.Random, low: int, high: int) -> str:
    match chance.randrange(5):
        case 0:
            return "*"
        case 1:
            return f"*/{chance.randint(2, max(2, high // 2))}"
        case 2:
            begin = chance.randint(low, high)
            return f"{begin}-{chance.randint(begin, high)}"
        case _:
            return ",".join(str(chance.randint(low, high)) for _ in range(chance.randint(1, 3)))


def a_schedule(chance: random.Random) -> str:
    hour = chance.choice(["*", "*/2", "*/3", "1", "2", "0,1,2,3", "2-4", "0", "23", a_field(chance, 0, 23)])
    day = chance.choice(["*", "*", "*", a_field(chance, 1, 31)])
    weekday = chance.choice(["*", "*", "*", a_field(chance, 0, 7)])
    return f"{a_field(chance, 0, 59)} {hour} {day} {chance.choice(['*', '*', '*/2'])} {weekday}"


@cache
def clock(place: tuple[str, str]) -> list[tuple[int, datetime]]:
    """Each minute around a change of the clock, with what the clock shows."""
    zone, middle = ZoneInfo(place[0]), ms(place[1])
    return [
        (moment, datetime.fromtimestamp(moment / 1000, tz=UTC).astimezone(zone).replace(tzinfo=None))
        for moment in range(middle - SPAN, middle + SPAN + 1, MINUTE)
    ]


def numbers(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        begin, _, end = (f"{low}-{high}" if span == "*" else span).partition("-")
        found.update(range(int(begin), int(end or begin) + 1, int(step or 1)))
    return found


@cache
def reading(text: str) -> tuple[set[int], ...]:
    """The five fields as sets of numbers, read without any of our own code."""
    spans = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    minute, hour, day, month, weekday = (numbers(word, *span) for word, span in zip(text.split(), spans, strict=True))
    return minute, hour, day, month, {number % 7 for number in weekday}


def matches(text: str, shown: datetime) -> bool:
    minute, hour, day, month, weekday = reading(text)
    days = shown.day in day, shown.isoweekday() % 7 in weekday
    _, _, written_day, _, written_weekday = text.split()
    either = written_day[0] != "*" and written_weekday[0] != "*"
    return (
        shown.minute in minute and shown.hour in hour and shown.month in month and (any(days) if either else all(days))
    )


def walked(text: str, place: tuple[str, str]) -> list[int]:
    """The slots around a change of the clock, found by walking through it minute by minute."""
    found = []
    every_hour = text.split()[1].startswith("*")
    latest: datetime | None = None
    for moment, shown in clock(place):
        passed = [shown]
        if not every_hour and latest is not None:
            # what the clock shows for the first time in this minute, and what it jumped over to get here
            passed = [latest + timedelta(minutes=1 + each) for each in range((shown - latest) // timedelta(minutes=1))]
        latest = shown if latest is None else max(latest, shown)
        if any(matches(text, each) for each in passed):
            found.append(moment)
    return found


def ours(text: str, place: tuple[str, str]) -> list[int]:
    """The same slots, asked for one after the other."""
    begin, end = ms(place[1]) - SPAN, ms(place[1]) + SPAN
    found: list[int] = []
    slot = next_due({"at": text}, place[0], begin - 1)
    while slot is not None and slot <= end:
        found.append(slot)
        slot = next_due({"at": text}, place[0], slot)
    return found


@pytest.mark.parametrize("schedules", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_schedules_have_the_slots_that_a_walk_through_the_change_of_clocks_finds(schedules: int) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(schedules):
        text, place = a_schedule(chance), chance.choice(PLACES)
        try:
            crontab(text)
        except ValueError:
            continue  # a day that never comes
        assert ours(text, place) == walked(text, place), f"seed {seed}: {text!r} in {place}"


class Daemon:
    """What the daemon does at each look, with a clock that somebody sets."""

    def __init__(self, params: dict[str, object], zone: str, at: int) -> None:
        self.params, self.zone, self.accounted = params, zone, at
        self.fired: list[int] = []

    def look(self, now: int) -> int:
        due, missed = due_slots(self.params, self.zone, self.accounted, now, "recipe.line.cron.0")
        if due is not None:
            self.fired.append(due)
            self.accounted = due
        return missed


class Naive(Daemon):
    """The seeded bug: it remembers when it looked instead of what it fired."""

    def look(self, now: int) -> int:
        due, missed = due_slots(self.params, self.zone, self.accounted, now, "recipe.line.cron.0")
        if due is not None:
            self.fired.append(due)
        self.accounted = now
        return missed


SCHEDULES = [f"{minute} {hour} * * *" for minute in ("0", "17,43", "*/20") for hour in ("*", "*/2", "1", "2", "1-3")]


def lives(chance: random.Random, sort: type[Daemon]) -> Daemon:
    """A daemon through some looks, while its clock goes on, leaps, stands, or is put back."""
    zone, change = chance.choice(PLACES)
    now = ms(change) - chance.randrange(12) * HOUR
    jitter = chance.choice([0, 0, 30_000, 10 * MINUTE, 3 * HOUR])
    daemon = sort({"at": chance.choice(SCHEDULES), "jitter": jitter}, zone, now)
    for _ in range(5):
        now += chance.choice([MINUTE, 7 * MINUTE, HOUR, 3 * HOUR, 0, -HOUR, -5 * HOUR, DAY])
        before = len(daemon.fired)
        daemon.look(now)
        assert len(daemon.fired) <= before + 1, "one look gives one catch-up at most"
    return daemon


def test_in_thousands_of_lives_with_clocks_put_back_and_forward_no_slot_fires_twice() -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(LIVES):
        daemon = lives(chance, Daemon)
        assert daemon.fired == sorted(set(daemon.fired)), f"seed {seed}: {daemon.params} in {daemon.zone}"


def test_the_lives_catch_a_daemon_that_remembers_looks_instead_of_slots() -> None:
    chance = random.Random(1)
    doubled = [life for life in (lives(chance, Naive) for _ in range(1_000)) if len(set(life.fired)) < len(life.fired)]
    assert doubled


def test_a_night_slot_comes_once_when_clocks_are_put_back_and_once_when_its_hour_is_skipped() -> None:
    back = ours("30 2 * * *", ("Europe/Berlin", "2026-10-25 01:00"))
    assert back == [ms("2026-10-25 00:30")]
    forward = ours("30 2 * * *", ("Europe/Berlin", "2026-03-29 01:00"))
    assert forward == [ms("2026-03-29 01:00")]


def test_an_hourly_slot_follows_real_time_through_both_changes() -> None:
    for place in (("Europe/Berlin", "2026-10-25 01:00"), ("Europe/Berlin", "2026-03-29 01:00")):
        slots = ours("0 * * * *", place)
        assert {later - sooner for sooner, later in pairwise(slots)} == {HOUR}


def test_slots_missed_while_nobody_looked_give_one_catch_up_and_are_counted() -> None:
    begin = ms("2026-06-01 00:00")
    assert due_slots({"at": "0 * * * *"}, "UTC", begin, begin + 5 * HOUR + 1) == (begin + 5 * HOUR, 4)


def test_a_year_of_missed_minutes_is_caught_up_with_in_a_moment() -> None:
    begin = ms("2026-01-01 00:00")
    due, missed = due_slots({"at": "* * * * *"}, "Europe/Berlin", begin, begin + 365 * DAY + 1)
    assert (due, missed) == (begin + 365 * DAY, MOST_MISSED)


def test_a_clock_put_back_behind_the_last_slot_fires_nothing() -> None:
    fired = ms("2026-06-01 04:00")
    assert due_slots({"at": "0 4 * * *"}, "UTC", fired, fired - 3 * HOUR) == (None, 0)


def test_jitter_is_the_same_each_time_and_never_reaches_the_next_slot() -> None:
    params = {"at": "*/10 * * * *", "jitter": 2 * HOUR}
    after, seen = ms("2026-06-01 00:00"), set()
    for _ in range(50):
        slot = next_due({"at": params["at"]}, "UTC", after)
        due = next_due(params, "UTC", after, "a")
        assert slot is not None and due is not None
        assert due == next_due(params, "UTC", after, "a")
        assert slot <= due < slot + 10 * MINUTE
        assert due_slots(params, "UTC", after, due - 1, "a") == (None, 0)
        assert due_slots(params, "UTC", after, due, "a") == (slot, 0)
        seen.add(due - slot)
        after = slot
    assert len(seen) > 40
    assert next_due(params, "UTC", after, "a") != next_due(params, "UTC", after, "b")


def test_a_look_says_why_it_fires_or_holds() -> None:
    begin = ms("2026-06-01 00:00")
    fires = cron(TriggerLook(begin + 3 * HOUR, "nightly", since=begin), at="0 * * * *")
    assert (fires.fire, fires.reason) == (True, "the schedule '0 * * * *' was due, 2 missed before it")
    holds = cron(TriggerLook(begin + 1, "nightly", since=begin), at="0 * * * *")
    assert (holds.fire, holds.reason) == (False, "the schedule '0 * * * *' has no slot due")


def test_a_first_look_owes_nothing_for_the_time_before_it() -> None:
    assert not cron(TriggerLook(ms("2026-06-01 00:30"), "nightly"), at="0 * * * *").fire


def test_a_wrong_schedule_is_refused_by_the_parameters_that_the_checker_reads() -> None:
    held = registered(cron)
    assert isinstance(held, TriggerType)
    with pytest.raises(ValidationError, match="five fields"):
        held.params.model_validate({"at": "@daily"})
    assert held.params.model_validate({"at": "0 4 * * *", "jitter": "10m"}).model_dump()["jitter"] == 10 * MINUTE


def test_manual_never_fires_by_itself() -> None:
    assert not manual(TriggerLook(ms("2026-06-01 00:30"), "nightly")).fire
