"""A place for attempts: real workers, warm and cold, started as the daemon starts them."""

import asyncio
import fcntl
import os
import socket
import sys
import time
import tomllib
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import sentinel
import sentinel.contract.registry
import sentinel.worker.call
import sentinel.worker.server
from sentinel.contract.attempt import LOCK, LOG, AttemptIn, AttemptOut, read_result, write_attempt
from sentinel.domain.artifact import Artifact
from sentinel.store import Store
from sentinel.supervisor.folders import is_busy
from sentinel.supervisor.forkserver import _FD, ForkServer, Workers, _Life, worker_environment
from sentinel.worker.__main__ import main
from tests.fault import odd_steps
from tests.forked import forked

T = TypeVar("T")
HOME = Path(sentinel.__file__).parent.parent


@dataclass
class Started:
    """An attempt that was started."""

    folder: Path
    pid: int
    workers: Workers

    async def ended(self, seconds: float = 30) -> int | None:
        """Wait for the worker to end; its wait status."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return self.workers.status(self.pid)  # it has ended, and its server has reaped it
        loop.add_reader(handle, over.set)
        try:
            await asyncio.wait_for(over.wait(), seconds)
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        return self.workers.status(self.pid)

    @property
    def result(self) -> AttemptOut | None:
        """What came of it."""
        return read_result(self.folder)

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self.folder / LOG).read_text(errors="replace")

    @property
    def busy(self) -> bool:
        """Whether somebody holds the attempt's lock."""
        return is_busy(self.folder)


@dataclass
class Place:
    """Attempts, a store, and a third party's distribution with the odd steps."""

    root: Path
    warm: bool = True
    quick: bool = True
    """Whether the fork server is forked from this process, for the sake of time, or started as in the house."""
    environment: dict[str, str] = field(default_factory=dict)
    idle_after: float = 60.0

    def __post_init__(self) -> None:
        self.store = Store(self.root / "store")
        (self.root / "attempts").mkdir()
        install(self.root / "site")
        base = worker_environment(os.environ)
        base["PYTHONPATH"] = f"{self.root / 'site'}:{HOME}"
        environment = {**base, **self.environment}
        servers = {(): Forked(environment, (), self.idle_after)} if self.quick else {}
        self.workers = Workers(environment, self.idle_after, dict(servers))
        self._count = 0

    def prepare(self, use: str, params: dict[str, Any] | None = None, **told: Any) -> tuple[Path, int]:
        """An attempt's folder and its locked lock."""
        self._count += 1
        folder = self.root / "attempts" / f"r1.s.a{self._count}"
        folder.mkdir(mode=0o700)
        told = {"inputs": {}, "store": str(self.store.root), "workspace": str(self.root), **told}
        write_attempt(folder, AttemptIn(folder.name, "r1", "s", use, params or {}, **told))
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        return folder, handle

    async def start(self, use: str, params: dict[str, Any] | None = None, **told: Any) -> Started:
        """Start an attempt, and let go of its lock as the daemon does."""
        folder, lock = self.prepare(use, params, **told)
        pid = await self.workers.spawn(folder, lock) if self.warm else self.workers.spawn_cold(folder, lock)
        os.close(lock)
        return Started(folder, pid, self.workers)

    async def run(self, use: str, params: dict[str, Any] | None = None, **told: Any) -> Started:
        """Start an attempt and wait for its end, which must be a good one of its worker."""
        started = await self.start(use, params, **told)
        status = await started.ended()
        assert status == 0, f"the worker ended with {status}: {started.log[-2000:]}"
        return started

    async def program(self, script: str, args: list[str] | None = None, **told: Any) -> Started:
        """Run a program step."""
        params = {"run": "it", "args": args or []}
        return await self.run("program", params, programs={"it": self.script(script)}, **told)

    def script(self, script: str) -> tuple[str, ...]:
        """The argv of a shell script."""
        path = self.root / f"script-{len(list(self.root.iterdir()))}"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return (str(path),)

    def kept(self, kind: str, **files: str) -> Artifact:
        """An artifact in the store."""
        folder = self.root / "making"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        return Artifact(kind, self.store.put(folder, move=True).digest)

    def read(self, started: Started, port: str, name: str) -> str:
        """A file that an attempt gave on a port."""
        assert started.result is not None
        (artifact,) = started.result.outputs[port]
        return self.store.read(artifact.digest, name).decode()


class Forked(ForkServer):
    """A fork server that is forked from this process, for the sake of time, and is else the real one."""

    def _begin(self) -> _Life:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        pid = forked(lambda: self._become(os.dup2(theirs.fileno(), _FD)))
        theirs.close()
        self._life = _Life(pid, ours)
        asyncio.get_running_loop().add_reader(ours, self._hear, self._life)
        return self._life

    def _become(self, line: int) -> int:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.environ.clear()
        os.environ.update(self._environment)
        sys.stdout, sys.stderr = (open(each, "w", 1, closefd=False) for each in (1, 2))  # noqa: SIM115
        sys.path.insert(0, self._environment["PYTHONPATH"].split(":")[0])
        return main(["--server", "--line-fd", str(line)])


def live(place: Place, act: Callable[[Place], Coroutine[Any, Any, T]]) -> T:
    """Do something with a place, in an event loop, and let its fork servers go."""

    pids: list[int] = []

    async def whole() -> T:
        try:
            return await asyncio.wait_for(act(place), 600)
        finally:
            pids.extend(server.pid for server in place.workers.servers.values() if server.pid is not None)
            place.workers.close()

    try:
        return asyncio.run(whole())
    finally:
        for pid in pids:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something to be so."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to be so"
        await asyncio.sleep(0.005)


def install(site: Path) -> None:
    """What pip would write for Sentinel as its pyproject.toml is now, and for the distribution of the odd steps."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    odd = {held.name: f"{odd_steps.__name__}:{name}" for name, held in _registered()}
    for name, groups in (("sentinel", project["entry-points"]), ("odd", {"sentinel.steps": odd})):
        folder = site / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        text = [
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in held.items())
            for group, held in groups.items()
        ]
        (folder / "entry_points.txt").write_text("\n".join(text))


def _registered() -> list[tuple[str, Any]]:
    return [
        (name, function.__registers__)
        for name, function in vars(odd_steps).items()
        if hasattr(function, "__registers__")
    ]
