"""DBOS on SQLite, as its documentation sets it up on one machine: durable steps of a workflow, one after the other.

Run by an environment that has dbos, and nothing of ours.
"""

import json
import os
import sys
import time

from dbos import DBOS, DBOSConfig

config: DBOSConfig = {
    "name": "bench",
    "system_database_url": f"sqlite:///{sys.argv[1]}/dbos.sqlite",
    "run_admin_server": False,
    "log_level": "ERROR",
}
DBOS(config=config)


@DBOS.step()
def nothing(number: int) -> int:
    """One durable step."""
    return number


@DBOS.workflow()
def chain(count: int) -> int:
    """So many of them."""
    for number in range(count):
        nothing(number)
    return count


def main() -> None:
    """For each number on a line, a workflow of so many steps, and the seconds that it took."""
    DBOS.launch()
    for line in sys.stdin:
        begun = time.perf_counter()
        chain(int(line))
        print(json.dumps(time.perf_counter() - begun), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
