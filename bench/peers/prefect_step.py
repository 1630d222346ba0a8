"""Prefect with a server of its own, as its documentation sets it up on one machine: tasks of a flow, one by one.

Run by an environment that has prefect, and nothing of ours.
"""

import json
import os
import sys
import time

from prefect import flow, task
from prefect.cache_policies import NO_CACHE


@task(cache_policy=NO_CACHE)
def nothing(number: int) -> int:
    """One task."""
    return number


@flow(log_prints=False)
def chain(count: int) -> int:
    """So many of them."""
    for number in range(count):
        nothing(number)
    return count


def main() -> None:
    """For each number on a line, a flow of so many tasks, and the seconds that it took."""
    for line in sys.stdin:
        begun = time.perf_counter()
        chain(int(line))
        print(json.dumps(time.perf_counter() - begun), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
