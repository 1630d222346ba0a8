"""A workspace with real daemons: the `sentinel` command as a user types it, in processes of their own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sentinel.api.client import Client, NoDaemon
from sentinel.domain.refusal import Refused

ROOT = Path(__file__).resolve().parent.parent.parent

CONFIG = """\
timezone: UTC
nodes: {here: {slots: {cpus: 4, memory: 4GiB}}}
lines: {router: {}}
programs:
  slow: [programs/slow]
  quick: [/bin/sh, -c, 'mkdir "$OUT/rows" && echo row > "$OUT/rows/a"']
"""
SLOW = """\
recipe: slow
steps:
  - id: count
    use: program
    with: {run: slow}
    gives: {rows: RawSnapshot}
    timeout: 1m
"""
QUICK = """\
recipe: quick
steps:
  - id: made
    use: program
    with: {run: quick, pure: true}
    gives: {rows: RawSnapshot}
"""
PROGRAM = """\
#!/bin/sh
echo "began as $$"
i=0
while [ $i -lt 600 ]; do
  [ -e "$(dirname "$0")/../go-on" ] && break
  sleep 0.1
  i=$((i + 1))
done
mkdir "$OUT/rows"
echo row > "$OUT/rows/a"
echo ended
"""
FILES = {"sentinel.yaml": CONFIG, "recipes/slow.yaml": SLOW, "recipes/quick.yaml": QUICK, "programs/slow": PROGRAM}


class House:
    """A workspace, and the daemons that were started for it; none of them is left behind."""

    def __init__(self, root: Path, files: Mapping[str, str] = FILES) -> None:
        self.workspace = root / "workspace"
        for name, text in files.items():
            path = self.workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755 if name.startswith("programs/") else 0o644)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SENTINEL")},
            "XDG_RUNTIME_DIR": str(root), "PYTHONPATH": str(ROOT), "TZ": "UTC",
        }  # fmt: skip
        for name in ("RUNTIME_DIRECTORY", "STATE_DIRECTORY", "NOTIFY_SOCKET"):
            self.environment.pop(name, None)
        self.daemons: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "House":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Refused):
            self.ask("down", how="workers")
        for daemon in self.daemons:
            try:
                daemon.wait(timeout=30)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def start(self, *argv: str) -> "subprocess.Popen[bytes]":
        """Start a command, to be looked at later."""
        started: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "sentinel", *argv], cwd=self.workspace, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return started

    def up(self) -> "subprocess.Popen[bytes]":
        """Start a daemon, and wait until its door is open."""
        daemon = self.launch()
        self.until(lambda: daemon.poll() is not None or self.is_up())
        assert daemon.poll() is None, self.log
        return daemon

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start a daemon."""
        with (self.workspace.parent / "daemon.log").open("ab") as log:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "sentinel", "up"], cwd=self.workspace, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.daemons.append(daemon)
        return daemon

    def is_up(self) -> bool:
        """Whether a daemon answers."""
        with contextlib.suppress(NoDaemon):
            return bool(self.ask("status"))
        return False

    def ask(self, route: str, **given: Any) -> Any:
        """Ask the daemon without a process in between, for what is looked at often and not under test."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", self.environment["XDG_RUNTIME_DIR"])
            return Client(self.workspace).ask(route, **given)

    def state(self, run: str) -> str:
        """The state of a run."""
        state: str = self.ask("show", run=run)["state"]
        return state

    @property
    def log(self) -> str:
        """What the daemons said."""
        file = self.workspace.parent / "daemon.log"
        return file.read_text() if file.exists() else ""

    def __call__(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        """A command, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "sentinel", *argv], cwd=self.workspace, env=self.environment, timeout=100,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def told(self, *argv: str) -> Any:
        """The JSON that a command answers; it must be done."""
        ran = self(*argv, "--json")
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def run(self, recipe: str) -> str:
        """Ask for a run."""
        run: str = self.ask("run", recipe=recipe)["run"]
        return run

    def attempts(self, run: str, step: str = "count") -> list[Any]:
        """The attempts at a step."""
        return [a for each in self.ask("show", run=run)["steps"] if each["step"] == step for a in each["attempts"]]

    def until(self, look: Callable[[], Any], seconds: float = 60) -> Any:
        """Wait for something."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < deadline, f"waited in vain\n{self.log}"
            time.sleep(0.05)
        return found

    def go_on(self) -> None:
        """Let the slow program end."""
        (self.workspace / "go-on").touch()


def end(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> float:
    """Send a signal, and give how long it took to end."""
    begun = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=60)
    return time.monotonic() - begun


def lives(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
