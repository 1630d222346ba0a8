"""A history, written once, and a shop with a daemon over a copy of it for each test that wants one."""

import asyncio
import fcntl
import inspect
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sentinel.api.peers import OPERATE
from sentinel.domain.form import from_json, to_json
from tests.tui.history import Names, write
from tests.tui.house import NOW, Shop


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test that is a coroutine has a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon outside of the test is ever spoken to."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    for name in ("RUNTIME_DIRECTORY", "STATE_DIRECTORY", "SENTINEL_WORKSPACE", "NOTIFY_SOCKET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Days begin where they do in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Names]:
    """A history on the disk, for reading only: tests that change something take a shop."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "history"
    kept = place.with_suffix(".json")
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first of the processes that share the tests writes it for all
        if not kept.exists():
            kept.write_text(json.dumps(to_json(write(place, NOW))), encoding="utf-8")
    return place, from_json(Names, json.loads(kept.read_text(encoding="utf-8")))


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
