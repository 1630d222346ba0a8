"""A house for each test that wants one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.api.house import House


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon outside of the test is ever spoken to."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    for name in ("RUNTIME_DIRECTORY", "STATE_DIRECTORY", "SENTINEL_WORKSPACE", "NOTIFY_SOCKET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A daemon with an open door."""
    with House(tmp_path) as living:
        yield living
