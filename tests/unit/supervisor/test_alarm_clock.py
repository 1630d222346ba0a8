"""The alarm clock rings once for each alarm, however soon the next is set."""

import asyncio
import contextlib
import time

from sentinel.supervisor.alarm_clock import AlarmClock


def test_an_alarm_that_is_set_while_the_last_one_rings_is_not_lost() -> None:
    """The scheduler skipped it, and the daemon slept until it looks at the clock anyway: up to a minute."""

    async def live() -> int:
        clock, over, rings = AlarmClock(), asyncio.Event(), 0

        def wake() -> None:
            nonlocal rings
            rings += 1
            if rings == 100:
                over.set()
            now = time.time_ns() // 1_000_000
            clock.wake_at(now, now)

        clock.start(wake)
        clock.wake_at(0, 0)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 20)
        clock.stop()
        return rings

    assert asyncio.run(live()) >= 100


def test_a_clock_that_stands_still_in_the_past_rings_no_sooner() -> None:
    """It rang without an end, and the daemon of every test on such a clock took half of the machine."""

    async def live() -> int:
        clock, rings = AlarmClock(), 0

        def wake() -> None:
            nonlocal rings
            rings += 1
            clock.wake_at(None, 1_000)

        clock.start(wake)
        clock.wake_at(2_000_000, 1_000)
        await asyncio.sleep(0.2)
        clock.stop()
        return rings

    assert asyncio.run(live()) == 0
