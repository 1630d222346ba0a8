"""How much of what could be tried without end is tried: some in `make test`, many times as much in `make long`."""

import os

IS_LONG = os.environ.get("SENTINEL_EFFORT") == "long"


def often(few: int, many: int) -> int:
    """So many examples, lives or draws: `few` in minutes, `many` where there is time."""
    return many if IS_LONG else few
