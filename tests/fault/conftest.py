"""Chance and figures of the fault matrix."""

import json
import os
import random
from collections.abc import Callable
from typing import Any

import pytest

FIXED = 20261121
Tell = Callable[..., None]


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Fixed in the tests, fresh in the long run; SENTINEL_SEED sets both."""
    given = os.environ.get("SENTINEL_SEED")
    if given is not None:
        return int(given)
    long = request.node.get_closest_marker("long") is not None
    return random.SystemRandom().randrange(10**6) if long else FIXED


@pytest.fixture
def tell(request: pytest.FixtureRequest, seed: int, record_property: Callable[[str, Any], None]) -> Tell:
    """Have figures printed at the end of the run, with the seed."""

    def figures(**held: Any) -> None:
        record_property("figures", f"{request.node.name}: {json.dumps({**held, 'seed': seed})}")

    return figures
