"""How much of what could be tried without end is tried: some in `make test`, many times as much in `make long`."""

import os
from typing import Any

import pytest

IS_LONG = os.environ.get("SENTINEL_EFFORT") == "long"


def slow(*values: Any) -> Any:
    """A case of a test that takes minutes: left to `make long`, where its neighbours show the same sooner."""
    return pytest.param(*values, marks=pytest.mark.long)


def often(few: int, many: int) -> int:
    """So many examples, lives or draws: `few` in minutes, `many` where there is time."""
    return many if IS_LONG else few
