"""A history, written once, and a shop with a daemon over a copy of it for each test that wants one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sentinel.api.peers import OPERATE
from tests.tui.history import Names, write
from tests.tui.house import NOW, Shop


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon outside of the test is ever spoken to."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    for name in ("RUNTIME_DIRECTORY", "STATE_DIRECTORY", "SENTINEL_WORKSPACE", "NOTIFY_SOCKET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Names]:
    """A history on the disk, for reading only: tests that change something take a shop."""
    place = tmp_path_factory.mktemp("history") / "workspace"
    return place, write(place, NOW)


@pytest.fixture
def open_shop(tmp_path: Path, written: tuple[Path, Names]) -> Iterator[Callable[[str | None], Shop]]:
    """Opens a shop whose peers have a role."""
    place, names = written
    with ExitStack() as stack:
        yield lambda role: stack.enter_context(Shop(tmp_path, place, names, role))


@pytest.fixture
def shop(open_shop: Callable[[str | None], Shop]) -> Shop:
    """A shop whose peers may do everything."""
    return open_shop(OPERATE)


@pytest.fixture(scope="session")
def names(written: tuple[Path, Names]) -> Names:
    """What the things of the history are called."""
    return written[1]
