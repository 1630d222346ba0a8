"""`python -m tests.hub`: a loopback hub as a process. Its first line says where it is; it ends with its standard input.

`--token TOKEN=NAME` lets NAME in, `--benchmark DATASET=TASK` gives a leaderboard, `--seed N --share S` makes trouble.
"""

import argparse
import sys

from sentinel.outside.hub.world import User, World
from tests.hub.server import LoopbackHub


def main() -> int:
    """Serve until nobody holds the other end."""
    parser = argparse.ArgumentParser(prog="python -m tests.hub")
    parser.add_argument("--token", action="append", default=[], metavar="TOKEN=NAME")
    parser.add_argument("--benchmark", action="append", default=[], metavar="DATASET=TASK")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.0)
    told = parser.parse_args()
    world = World(users={token: User(name) for token, _, name in (each.partition("=") for each in told.token)})
    for dataset, _, task in (each.partition("=") for each in told.benchmark):
        world.put(dataset, {"README.md": b"#"}, kind="datasets", tasks=(task,))
    hub = LoopbackHub(world)
    if told.share:
        hub.troubles.draw(told.seed, told.share)
    print(hub.url, flush=True)
    sys.stdin.read()
    hub.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
