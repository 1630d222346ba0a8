"""Steps a second: ours, in a run of `wait: 0s`, against a durable step of a peer, taking turns."""

import argparse
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.engine_step import answered, whole_run
from bench.environment import python_of
from bench.figure import Figure, Skipped, interleaved, tell
from bench.house import BENCH, Folder, engine_in

STEPS = 100
"""In a run, a workflow or a flow."""
PEERS = {"dbos": ["dbos"], "prefect": ["prefect", "fastapi==0.139.0"]}
"""What each is installed from. Prefect's server does not import under a newer fastapi."""
PORT = 4217


class Peer:
    """A process that makes chains of steps when it is told to."""

    def __init__(self, python: Path, script: str, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        argv = [str(python), str(BENCH / "peers" / script), str(folder)]
        told = {**os.environ, **(environment or {})}
        with (folder / "peer.log").open("wb") as log:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=told, cwd=folder, text=True
            )

    def chain(self, steps: int) -> float:
        """The seconds of a step in a chain of so many."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        while line and not line[:1].isdigit():  # some talk on standard output
            line = self._process.stdout.readline()
        return float(line) / steps

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()


@contextmanager
def dbos(python: Path, folder: Path) -> Iterator[Peer]:
    """DBOS, in one process."""
    peer = Peer(python, "dbos_step.py", folder)
    yield peer
    peer.close()


@contextmanager
def prefect(python: Path, folder: Path) -> Iterator[Peer]:
    """Prefect: a server, and a process that runs flows."""
    told = {
        "PREFECT_HOME": str(folder), "PREFECT_API_URL": f"http://127.0.0.1:{PORT}/api", "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "ERROR",
    }  # fmt: skip
    argv = [str(python.parent / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(PORT)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(argv, env={**os.environ, **told}, stdout=log, stderr=log, cwd=folder)
    try:
        _until_it_answers(server)
        peer = Peer(python, "prefect_step.py", folder, told)
        yield peer
        peer.close()
    finally:
        server.terminate()
        server.wait()


def _until_it_answers(server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert server.poll() is None, "its server ended; see its log"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError("its server did not answer within 3 min")


def against(name: str, start: Callable[[Path, Path], object], steps: int, rounds: int) -> list[Figure | Skipped]:
    """Ours against one peer."""
    what = f"engine steps a second (`wait: 0s`), against {name}"
    python = python_of(name, PEERS[name])
    if isinstance(python, str):
        return [Skipped(what, python)]
    with Folder() as folder, engine_in(folder) as engine, start(python, folder) as peer:  # type: ignore[attr-defined]
        single = answered(engine, 10)
        ways = {
            "ours": whole_run(engine, steps),
            "ours, one a commit": lambda: sum(single() for _ in range(steps)) / steps,
            "theirs": lambda: peer.chain(steps),
        }
        taken = interleaved(ways, rounds, warm_up=1)
    where = "both in-process" if name == "dbos" else "ours in-process; theirs client and server, as it comes"
    least = 2 if name == "dbos" else None
    rate = {way: 1 / seconds for way, seconds in taken.items()}
    return [
        Figure(what, "/s", rate["ours"], f"{name}'s durable step", rate["theirs"], at_least=least, where=where,
               note=f"runs of {steps} steps; ours are one transaction, since nothing outside happens in between"),
        Figure(f"steps a second, each a commit of its own (an approval), against {name}", "/s",
               rate["ours, one a commit"], f"{name}'s durable step", rate["theirs"], at_least=least, where=where),
    ]  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    steps = 5 if tiny else STEPS
    tell([
        *against("dbos", dbos, steps, 1 if tiny else 9),
        *against("prefect", prefect, steps // 5, 1 if tiny else 3),
    ])  # fmt: skip


if __name__ == "__main__":
    main()
