"""The command line in this process, over a daemon that lives beside it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sentinel.cli.main import main
from tests.unit.api.house import House


class Said(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


Sentinel = Callable[..., Said]


def no_daemon(workspace: Path, **_: Any) -> int:
    """A factory that must not be called."""
    raise AssertionError("nobody asked for a daemon")


class NoScreens:
    """A dashboard that must not be opened."""

    def in_terminal(self, workspace: Path, theme: str | None) -> int:
        """Nobody asked for it."""
        raise AssertionError("nobody asked for a dashboard")

    def in_browser(self, workspace: Path, port: int, theme: str | None, say: Callable[[str], None]) -> int:
        """Nobody asked for it."""
        raise AssertionError("nobody asked for a dashboard")


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon outside of the test is ever spoken to."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    for name in (
        "RUNTIME_DIRECTORY",
        "STATE_DIRECTORY",
        "SENTINEL_WORKSPACE",
        "NOTIFY_SOCKET",
        "NO_COLOR",
        "TEXTUAL_DRIVER",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A daemon with an open door, and its workspace as the current folder."""
    with House(tmp_path) as living:
        monkeypatch.chdir(living.workspace)
        yield living


@pytest.fixture
def sentinel(capsys: pytest.CaptureFixture[str]) -> Sentinel:
    """`sentinel(…)` as on a command line."""

    def call(*argv: str | os.PathLike[str], serve: Any = no_daemon, screens: Any = NoScreens()) -> Said:  # noqa: B008
        capsys.readouterr()
        status = main([os.fspath(word) for word in argv], serve, screens)
        return Said(status, *capsys.readouterr())

    return call
