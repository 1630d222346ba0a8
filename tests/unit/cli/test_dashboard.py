"""`sentinel tui`: where it opens, what it refuses, and what it loads."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.refusal import Refused
from tests.unit.api.house import make_workspace
from tests.unit.cli.conftest import Sentinel
from tests.unit.cli.test_usage import told

NEVER = {
    "apscheduler", "numpy", "pandas", "peft", "plotext", "polars", "pydantic", "ruamel", "ruamel.yaml", "sqlite3",
    "textual_plotext", "torch", "transformers", "sentinel.api.here", "sentinel.ledger", "sentinel.recipe",
    "sentinel.supervisor",
}  # fmt: skip


@dataclass
class Screens:
    """A dashboard that only says how it was opened."""

    opened: list[tuple[Any, ...]] = field(default_factory=list)

    def in_terminal(self, workspace: Path, theme: str | None) -> int:
        """Opened."""
        self.opened.append((workspace, theme))
        return 0

    def in_browser(self, workspace: Path, port: int, theme: str | None, say: Callable[[str], None]) -> int:
        """Opened."""
        self.opened.append((workspace, port, theme))
        say("http://127.0.0.1:1/?key=x")
        return 0


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace without a daemon."""
    return make_workspace(tmp_path / "workspace")


def test_without_a_terminal_it_is_refused_and_says_what_is_for_scripts(sentinel: Sentinel, workspace: Path) -> None:
    told(sentinel("tui", "--workspace", workspace), 2, "The dashboard needs a terminal.", "`sentinel queue --json`")


def test_in_a_terminal_it_opens_there(sentinel: Sentinel, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screens = Screens()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert sentinel("tui", "--workspace", workspace, "--theme", "nord", screens=screens).status == 0
    assert screens.opened == [(workspace, "nord")]


def test_what_serves_it_to_a_browser_is_terminal_enough(
    sentinel: Sentinel, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was refused for want of a terminal, and the browser saw a session that had ended."""
    screens = Screens()
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    assert sentinel("tui", "--workspace", workspace, screens=screens).status == 0
    assert screens.opened == [(workspace, None)]


def test_a_browser_needs_no_terminal_and_has_a_port(sentinel: Sentinel, workspace: Path) -> None:
    screens = Screens()
    said = sentinel("tui", "--web", "--workspace", workspace, screens=screens)
    assert (said.status, said.out) == (0, "http://127.0.0.1:1/?key=x\n")
    sentinel("tui", "--web", "--port", "0", "--workspace", workspace, screens=screens)
    assert screens.opened == [(workspace, 8000, None), (workspace, 0, None)]


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        (["--port", "9000"], ["`--port` is for a browser.", "Add --web"]),
        (["--web", "--port", "65536"], ["65536 is no port.", "up to 65535"]),
        (["--web", "--port", "-1"], []),
        (["--thme", "x"], ["Did you mean `--theme`?"]),
    ],
)
def test_wrong_words_are_refused(sentinel: Sentinel, workspace: Path, argv: list[str], parts: list[str]) -> None:
    told(sentinel("tui", *argv, "--workspace", workspace), 2, *parts)


def test_a_theme_that_is_not_there_is_refused_before_anything_opens(workspace: Path) -> None:
    from sentinel.bootstrap import Screens as Real

    for opened in (
        lambda: Real().in_terminal(workspace, "textual-lihgt"),
        lambda: Real().in_browser(workspace, 0, "textual-lihgt", print),
    ):
        with pytest.raises(Refused, match=r"There is no theme 'textual-lihgt'. Did you mean `textual-light`"):
            opened()


def test_without_the_extra_the_browser_is_refused_with_what_to_install(workspace: Path, root: Path) -> None:
    for missing in ("textual_serve", "aiohttp"):
        script = (
            f"import sys; sys.modules[{missing!r}] = None; sys.argv[1:] = ['tui', '--web', '--workspace', "
            f"{str(workspace)!r}]\nfrom sentinel.__main__ import main\nsys.exit(main())"
        )
        ran = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60,
                             check=False)  # fmt: skip
        assert (ran.returncode, ran.stdout) == (1, ""), ran.stderr
        assert f"needs `{missing}`, which is not installed." in ran.stderr
        assert "pip install 'sentinel[web]'" in ran.stderr and "Traceback" not in ran.stderr


LOADED = """
import importlib, pkgutil, sys
from sentinel.bootstrap import Screens
from sentinel.api.async_client import AsyncClient
import sentinel.tui.app, sentinel.tui.screens, sentinel.tui.dialogs
for package in (sentinel.tui.screens, sentinel.tui.dialogs):
    for found in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{found.name}")
print(*sys.modules)
"""


def test_the_dashboard_loads_nothing_that_it_does_not_need(root: Path) -> None:
    """Every screen and dialog of it: textual, and what textual needs."""
    ran = subprocess.run([sys.executable, "-c", LOADED], cwd=root, capture_output=True, text=True, timeout=60,
                         check=True)  # fmt: skip
    loaded = set(ran.stdout.split())
    assert loaded & NEVER == set()
    foreign = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    assert foreign - {"__main__", "_distutils_hack", "sentinel"} <= {
        "markdown_it", "mdurl", "platformdirs", "pygments", "rich", "textual", "typing_extensions",
    }  # fmt: skip


def test_it_opens_and_is_left_in_a_real_terminal(workspace: Path, root: Path) -> None:
    there, here = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(
        [sys.executable, "-m", "sentinel", "tui", "--workspace", str(workspace)], cwd=root, stdin=here, stdout=here,
        stderr=here, env=env,
    ) as process:  # fmt: skip
        os.close(here)
        seen = b""
        while b"Overview" not in seen:
            seen += os.read(there, 65536)
        os.write(there, b"q")
        try:
            while os.read(there, 65536):
                pass
        except OSError:  # the other end is closed
            pass
        assert process.wait(20) == 0
    os.close(there)
    assert b"No daemon runs" in seen or b"Sentinel" in seen
