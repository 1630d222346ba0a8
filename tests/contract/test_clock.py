"""Every clock, real and fake."""

import time
from datetime import UTC, datetime

import pytest

from sentinel.outside.clock import Clock, FakeClock, SystemClock


class World:
    """A clock, and a way to let time pass on it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def wait(self, seconds: float) -> None:
        if isinstance(self.clock, FakeClock):
            self.clock.advance(seconds)
        else:
            time.sleep(seconds)


@pytest.fixture(params=[SystemClock, FakeClock])
def world(request) -> World:
    return World(request.param())


def test_now_is_whole_milliseconds_of_this_century(world):
    now = world.clock.now()
    assert isinstance(now, int)
    assert 2000 < datetime.fromtimestamp(now / 1000, UTC).year < 2100


def test_waiting_passes_on_both_hands(world):
    now, monotonic = world.clock.now(), world.clock.monotonic()
    world.wait(0.02)
    assert 15 <= world.clock.now() - now < 5_000
    assert 0.015 <= world.clock.monotonic() - monotonic < 5


def test_monotonic_time_never_goes_back(world):
    looks = [world.clock.monotonic() for _ in range(100)]
    assert looks == sorted(looks)


def test_the_system_clock_is_the_time_of_the_machine():
    assert abs(SystemClock().now() - datetime.now(UTC).timestamp() * 1000) < 2_000


def test_a_fake_clock_stands_still_and_can_be_put_back_without_moving_monotonic_time():
    clock = FakeClock(5_000)
    clock.advance(1.5)
    assert (clock.now(), clock.monotonic()) == (6_500, 1.5)
    clock.set(1_000)
    assert (clock.now(), clock.monotonic()) == (1_000, 1.5)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)
