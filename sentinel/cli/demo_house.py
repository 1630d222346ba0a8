"""The daemons of the demo: started, killed, and none left behind, nor a worker, whatever happens."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sentinel
from sentinel.api.client import Client


@dataclass
class House:
    """The daemons of one workspace."""

    place: Path
    started: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self) -> None:
        """Start a daemon."""
        argv = [sys.executable, "-P", "-m", "sentinel", "up", "--workspace", str(self.place)]
        # the example's programs are started as `python3`, and need what is installed here
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(Path(sentinel.__file__).parent.parent)}
        with (self.place / "daemon.log").open("ab") as log:
            daemon = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.started.append(daemon)

    def kill(self) -> int:
        """Kill the daemon that runs, and give its pid."""
        daemon = self.started[-1]
        daemon.kill()
        daemon.wait()
        return daemon.pid


@contextmanager
def house(place: Path) -> Iterator[House]:
    """The daemons of a workspace, until the block ends."""
    held = House(place)
    try:
        yield held
    finally:
        with suppress(Exception):
            Client(place).ask("down", how="workers")
        for daemon in held.started:
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def lives(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
