"""How slow this machine is just now, so that a bound on processor time holds on any."""

import time

_USUAL = 0.1
"""Seconds that the work below takes on the machine for which the bounds were written."""


def slowness() -> float:
    """How many times as long as there ordinary work takes here; 1 at least."""
    begun = time.process_time()
    table: dict[str, list[int]] = {}
    for number in range(200_000):
        table.setdefault(str(number % 5_000), []).append(number)
    return max(1.0, (time.process_time() - begun) / _USUAL)
