"""A house for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A workspace whose daemons end with the test."""
    with House(tmp_path) as place:
        yield place
